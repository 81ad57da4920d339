"""Plays a recording through the corridor: inbox, worker, ledger, holds and errands, on a clock that jumps ahead."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.dialogue.confirming import KIND
from bot.engine import Engine
from bot.events import Reaction, Turn, natural_key
from bot.memory import Memory
from bot.models import Decision, State
from bot.outcomes import Outcome
from bot.replay_world import CHECK_MARK, SimulatedClock
from bot.stages import Stages
from knowledge.redaction import redact

AHEAD = 256
"""Turns that are redacted and embedded together before they are played."""
HOUR = 3600.0
AFTER = 4 * 24 * HOUR
"""Seconds played on after the last turn: a hold and a follow-up over a weekend fit in."""

Tell = Callable[[int], None]


class Replay:
    """One run. `committed` must be given to the engine as its listener; `hours` is the shortest follow-up time, `marks`
    are put on roots at their times, `learned_from` is told after each look for what can be learned."""

    def __init__(
        self,
        memory: Memory,
        clock: SimulatedClock,
        stages: Stages,
        hours: float,
        marks: Sequence[Reaction] = (),
        learned_from: Callable[[], object] | None = None,
        redact: Callable[[str], str] = redact,
    ) -> None:
        self._memory, self._clock, self._stages = memory, clock, stages
        self._marks, self._learned_from, self._redact = deque(marks), learned_from, redact
        self._wait = hours * HOUR
        self._due: float | None = None
        self._look_again = False
        self._content: list[Decision] = []
        self._scan_at = self._learn_at = math.inf
        self.follow_ups = self.learned = 0

    def committed(self, outcome: Outcome) -> None:
        """Note what a commit makes necessary later: a hold, a follow-up scan, a learning scan."""
        self._content += [decision for decision in outcome.decisions if decision.kind == KIND]
        self._look_again |= outcome.cancel or outcome.wake_up is not None
        if outcome.version is not None:
            self._scan_at = min(self._scan_at, _hour_after(self._clock() + self._wait))
        if outcome.state is State.RESOLVED:
            self._learn_at = min(self._learn_at, _hour_after(self._clock()))

    def play(self, engine: Engine, turns: Sequence[Turn], tell: Tell) -> None:
        """Play all turns and the time after them; `tell` hears how many were played."""
        for played, turn in enumerate(self._ready(turns, engine.mind.warm), start=1):
            self._mark(engine, turn.sent_at)
            self._until(engine, turn.sent_at)
            self._clock.move_to(turn.sent_at)
            self._memory.inbox.put(turn, turn.id, (), turn.sent_at)
            with self._stages(
                "state"
            ):  # what the thinking does outside its named stages: state, timing, releasing holds
                engine.worker.step()
            self._confirm(engine)
            tell(played)
        self._mark(engine, math.inf)
        self._until(engine, self._clock() + AFTER)

    def _mark(self, engine: Engine, before: float) -> None:
        """Play the marks up to a time."""
        while self._marks and self._marks[0].at < before:
            mark = self._marks.popleft()
            self._until(engine, mark.at)
            self._clock.move_to(mark.at)
            self._memory.inbox.put(mark, natural_key(mark), (), mark.at)
            with self._stages("state"):
                engine.worker.step()

    def _confirm(self, engine: Engine) -> None:
        """Nobody is there to be asked whether it is solved: a replay takes the asker's thanks for a check mark."""
        while self._content:
            said = self._content.pop()
            mark = Reaction(said.turn_id, said.person, CHECK_MARK, True, self._clock())
            self._memory.inbox.put(mark, f"yes {said.id}", (), self._clock())
            engine.worker.step()

    def _ready(self, turns: Sequence[Turn], warm: Callable[[list[str]], None]) -> Iterator[Turn]:
        """The turns, redacted, with their vectors computed in batches ahead."""
        for start in range(0, len(turns), AHEAD):
            with self._stages("redact"):
                chunk = [self._redacted(turn) for turn in turns[start : start + AHEAD]]
            warm([turn.text for turn in chunk if not (turn.is_bot or turn.system)])
            yield from chunk

    def _redacted(self, turn: Turn) -> Turn:
        clean = self._redact(turn.text)
        return turn if clean == turn.text else replace(turn, text=clean)

    def _until(self, engine: Engine, at: float) -> None:
        """Let everything happen that falls due up to `at`, in order of time."""
        while (moment := min(self._next_hold(engine), self._scan_at, self._learn_at)) <= at:
            self._clock.move_to(moment)
            if moment == self._due:
                self._due, self._look_again = None, True
                with self._stages("holds"):
                    engine.worker.wake_due()
            elif moment == self._scan_at:
                self._follow_up(engine, moment)
            else:
                self._learn_at = math.inf
                with self._stages("learn"):
                    self.learned += engine.librarian.learn()
                    if self._learned_from is not None:
                        self._learned_from()

    def _next_hold(self, engine: Engine) -> float:
        if self._look_again:
            self._due, self._look_again = engine.threads.next_due(), False
        return math.inf if self._due is None else self._due

    def _follow_up(self, engine: Engine, moment: float) -> None:
        self._scan_at = math.inf
        with self._stages("follow_up"):
            self.follow_ups += engine.follow_ups.run()
        later = engine.follow_ups.nothing_before
        if later < math.inf:
            self._scan_at = min(self._scan_at, _hour_after(max(later, moment)))


def _hour_after(at: float) -> float:
    return (at // HOUR + 1) * HOUR
