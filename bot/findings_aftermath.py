"""What a recording shows after a turn: whether another person took it up as a need, and how soon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum

from bot.dialogue import signals
from bot.dialogue.cues import names_in
from bot.dialogue.timing import EXCHANGE
from bot.events import Turn

MINUTE = 60.0
THREAD_WINDOW = 24 * 60 * MINUTE
FLAT_WINDOW = 30 * MINUTE
"""How long after a turn an answer to it is looked for: where there are no threads, talk soon moves on."""


class After(StrEnum):
    """What came after a turn, within the window."""

    TAKEN_UP = "taken_up"
    OTHERWISE = "otherwise"
    ALONE = "alone"
    NOBODY = "nobody"


class Aftermath:
    """Looks ahead in a whole recording, which nothing that decides may do.

    A turn was *taken up* when the first word of another person after it helps along: it explains or instructs, asks back
    or promises to look; thanks, refusals ("that did not work") and "same here" do not, nor does a word of the person who
    opened the thread, who would be the one asking. In a thread every other person's word counts as one to the author; in
    a `flat` channel only one that names the author, so that answers without a name are missed there.
    """

    def __init__(self, turns: Sequence[Turn], flat: bool) -> None:
        self._flat = flat
        self._lanes: dict[str, list[Turn]] = defaultdict(list)
        self._at: dict[str, int] = {}
        self._opener: dict[str, str] = {}
        for turn in turns:
            self._opener.setdefault(turn.thread_id, turn.author)
            if turn.human:
                lane = self._lanes[self.lane(turn)]
                self._at[turn.id] = len(lane)
                lane.append(turn)

    @property
    def window(self) -> float:
        """Seconds after a turn in which an answer is looked for."""
        return FLAT_WINDOW if self._flat else THREAD_WINDOW

    def lane(self, turn: Turn) -> str:
        """Where an answer to the turn would stand: its thread, or where there are none its channel."""
        return turn.channel_id if self._flat else turn.thread_id

    def after(self, turn: Turn) -> After:
        """What came of a human turn of the recording."""
        word = next(self._words(turn), None)
        if word is not None:
            return After.TAKEN_UP if self._helps(turn, word) else After.OTHERWISE
        return After.ALONE if any(t.author == turn.author for t in self._later(turn)) else After.NOBODY

    def answered_at(self, turn: Turn) -> float | None:
        """When another person first helped along, epoch seconds, be it after other words; None if nobody did."""
        return next((word.sent_at for word in self._words(turn) if self._helps(turn, word)), None)

    def attended(self, turn: Turn) -> bool:
        """Whether somebody else was talking with the author when the turn came: Vigil stays out of that."""
        lane, at = self._lanes[self.lane(turn)], self._at[turn.id]
        for earlier in reversed(lane[:at]):
            if turn.sent_at - earlier.sent_at > EXCHANGE:
                return False
            if self._speaks_to(earlier, turn) and not signals.of(earlier).echo:
                return True
        return False

    def _words(self, turn: Turn) -> Iterator[Turn]:
        """What other people said to the author afterwards."""
        return (later for later in self._later(turn) if self._speaks_to(later, turn))

    def _later(self, turn: Turn) -> Iterator[Turn]:
        lane = self._lanes[self.lane(turn)]
        for at in range(self._at[turn.id] + 1, len(lane)):
            if lane[at].sent_at - turn.sent_at > self.window:
                return
            yield lane[at]

    def _speaks_to(self, word: Turn, turn: Turn) -> bool:
        if word.author == turn.author:
            return False
        return not self._flat or turn.author in word.mentions or turn.author.lower() in names_in(word.text)

    def _helps(self, turn: Turn, word: Turn) -> bool:
        if not self._flat and word.author == self._opener[turn.thread_id]:
            return False
        signs = signals.of(word)
        if signs.closes or signs.rejects or signs.echo:
            return False
        return signs.substantive or signs.asks or signs.promises
