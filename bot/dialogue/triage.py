"""Scores a turn: the probability that an offer of help is warranted right after it, with the reasons in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from bot.dialogue.alerts import alert_need
from bot.dialogue.cues import NAMES
from bot.dialogue.features import context
from bot.dialogue.question import Asked, asked
from bot.dialogue.reading import Linear, Reader, sigmoid
from bot.dialogue.scenes import Back, Scene, looking_back, scene
from bot.dialogue.weights import Weights
from bot.events import Turn
from bot.models import Score, Thread
from knowledge.base import Vectors

REASONS = 5
SAME_MATTER = 86400.0  # seconds: threads that go on for longer have often come to another matter
PROBE = "How do I restart the database after the error?"
WORDING = "the message's wording"
BACK = ("the speaker's last message needed help", "the other's last message needed help")


class Triage:
    """Scores turns; holds the weights and a memory of readings, so that a turn costs one embedding and little else.

    `embed` turns n texts into n x dim float32 unit rows. With any other model than the one the weights were fitted with
    (a probe sentence tells), and for scripts that model cannot read, the scales without vectors are used.
    """

    def __init__(
        self,
        embed: Callable[[Sequence[str]], Vectors],
        alert_bots: frozenset[str] = frozenset(),
        weights: Weights | None = None,
    ) -> None:
        self._weights = weights or Weights.load()
        self._alert_bots = frozenset(name.lower() for name in alert_bots)
        self._embed = embed
        self._reader: Reader | None = None

    def score(self, thread: Thread, now: float, turn: Turn | None = None) -> Score:
        """Need (0..1) right after `turn` (default: the thread's last), and the reasons, strongest first.

        Only what was said before `turn` counts: how long nobody answered is for timing to weigh, which has `now`.
        """
        turn = turn or thread.last
        if turn.author.lower() in self._alert_bots and not (turn.own or turn.deleted) and turn.text.strip():
            need, reason = alert_need(turn.text)
            return _fixed(turn, reason, need)
        if reason := _silent(turn):
            return _fixed(turn, reason)
        return self._scored(thread, turn)

    def prepare(self, places: Iterable[tuple[Thread, Turn]]) -> None:
        """Read together, with one call of the model, what scoring these turns in their threads will ask for."""
        reader = self._read()
        scenes = [scene(thread, turn, reader.names, reader.read) for thread, turn in places]
        reader.prepare(_voices(at for place in scenes for at in (place, *looking_back(place))))

    def question(self, thread: Thread, turn: Turn | None = None) -> Asked:
        """What to search with for `turn` (default: the thread's last); apart from `score`, since most turns need none."""
        turn = turn or thread.last
        reader = self._read()
        place = scene(thread, turn, reader.names, reader.read)
        return asked(turn.text, _opening(place), _follows(place))

    def _read(self) -> Reader:
        # The probe needs the model, which a process loads when the first turn comes and not while it is composed.
        if self._reader is None:
            row = self._embed([PROBE])[0]
            known = self._weights.probe
            trusted = row.shape == known.shape and float(row @ known) > 0.98
            self._reader = self._weights.reader(self._embed, trusted)
        return self._reader

    def measure(self, thread: Thread, turn: Turn) -> tuple[Vectors, Vectors]:
        """The named values of `turn` in its thread, in the weights' order, and its vector: all that need is told by."""
        reader = self._read()
        place = scene(thread, turn, reader.names, reader.read)
        back = looking_back(place)
        reader.prepare(_voices((place, *back)))
        return measured(place, back, self._weights)

    def _scored(self, thread: Thread, turn: Turn) -> Score:
        values, vector = self.measure(thread, turn)
        scale = self._weights.need_of(vector)
        need = sigmoid(scale.logit(values, vector))
        reasons = _reasons(self._weights.names, scale, values, vector)
        return Score(need, reasons, "", turn.id, turn.addressed)


def measured(place: Scene, back: Back, weights: Weights) -> tuple[Vectors, Vectors]:
    """All named values of a scene with what it looks `back` at, in the weights' order, and the turn's vector."""
    values, vector = first_sight(place)
    return np.append(values, [_at_first(earlier, weights) for earlier in back]).astype(np.float32), vector


def first_sight(place: Scene) -> tuple[Vectors, Vectors]:
    """The named values of a scene without those of looking back, in order, and the turn's vector."""
    seen = place.read(place.turn)
    return np.array([*context(place).values(), *seen.cues], dtype=np.float32), seen.vector


def feature_names(place: Scene) -> tuple[str, ...]:
    """Names of what `measured` gives, in order."""
    return (*context(place), *NAMES, *BACK)


def _at_first(place: Scene | None, weights: Weights) -> float:
    """The need of an earlier turn at first sight; 0 where there is none."""
    if place is None:
        return 0.0
    values, vector = first_sight(place)
    return sigmoid((weights.first if vector.any() else weights.first_plain).logit(values, vector))


def _voices(places: Iterable[Scene | None]) -> list[Turn]:
    return [voice for place in places if place is not None for voice in place.voices]


def _silent(turn: Turn) -> str:
    if turn.own:
        return "Vigil's own post"
    if turn.is_bot:
        return "a bot speaks"
    if turn.deleted:
        return "the message was deleted"
    if turn.system:
        return "a line of the platform's own"
    return "" if turn.text.strip() else "the message has no text"


def _fixed(turn: Turn, reason: str, need: float = 0.0) -> Score:
    return Score(need, ((reason, 1.0 if need >= 0.5 else -1.0),), "", turn.id, turn.addressed)


def _reasons(names: Sequence[str], scale: Linear, values: Vectors, vector: Vectors) -> tuple[tuple[str, float], ...]:
    """The strongest contributions to the log-odds, of what is there rather than of what is missing."""
    parts = np.append(scale.weights * values, scale.near(vector))
    strongest = np.argsort(-np.abs(parts), kind="stable")[:REASONS].tolist()
    named = [(names[i] if i < len(names) else WORDING, float(parts[i])) for i in strongest]
    return tuple((name, round(part, 2)) for name, part in named if abs(part) >= 0.05)


def _follows(place: Scene) -> bool:
    """Whether the turn goes on about its thread's opening: the asker's own word, within a day of it."""
    root = place.thread.root
    return place.reply and place.turn.author == root.author and place.turn.sent_at - root.sent_at < SAME_MATTER


def _opening(place: Scene) -> str:
    """What the matter is about: the asker's first message, or without a thread the speaker's most asking one nearby."""
    if place.reply:
        return place.thread.root.text
    return max(place.mine, key=lambda turn: place.read(turn).ask).text if place.mine else ""
