"""A voice within its budgets: no call beyond what a day may cost, and every call written down as it is made."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from bot.llm.base import Ask, Book, Call, Reply, Speechless, T, Voice
from bot.llm.budgets import DAY, Limits, Reached


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What is set aside for a call that is under way."""

    channel_id: str
    at: float
    tokens: int
    cost: float


class Metered:
    """Asks `voice` as long as the budgets of the day (UTC, by `clock`) last; safe from any thread.

    What was spent is read from the `book` before every call, so that restarts, midnight, clocks that jump and other
    processes that write there need no care: each day of the calendar has one budget, and never a second one. What a call
    may cost at most is set aside while it is under way: a budget is exceeded by one call's cost at most.
    `tell` hears, before each refusal, which budget is used up.
    """

    def __init__(
        self, voice: Voice, book: Book, limits: Limits, clock: Callable[[], float] = time.time,
        tell: Callable[[Reached], object] = lambda reached: None,
    ) -> None:  # fmt: skip
        self._voice, self._book, self._limits, self._clock, self._tell = voice, book, limits, clock, tell
        self._lock = Lock()
        self._under_way: list[_Held] = []
        self._unwritten: list[tuple[Call, str, float]] = []

    def ask(self, ask: Ask[T]) -> Reply[T]:
        """The voice's answer; Speechless("budget") when a budget is used up, ("busy") when calls under way may use it up."""
        held = self._hold(ask)
        try:
            reply = self._voice.ask(ask)
        except Speechless as none:
            self._settle(held, replace(none.call or self._call(ask, none.why), failure=none.why))
            raise
        except BaseException:
            self._settle(held, self._call(ask, "failed"))
            raise
        self._settle(held, reply.call)
        return reply

    def _hold(self, ask: Ask[T]) -> _Held:
        with self._lock:
            self._write()
            held = _Held(ask.channel_id, self._clock(), *self._limits.worst(ask))
            reached, busy = self._look(held)
            if reached is None and not busy:
                self._under_way.append(held)
                return held
            why = "busy" if reached is None else "budget"
            self._unwritten.append((self._call(ask, why), held.channel_id, held.at))
            self._write()
        if reached is None:
            raise Speechless(why, "what is left of the budget is needed for the calls under way")
        self._tell(reached)
        raise Speechless(why, f"{reached.budget.name} is used up: {reached.spent:g} of {reached.budget.limit:g}")

    def _look(self, held: _Held) -> tuple[Reached | None, bool]:
        """The budget that is used up, if one is; and whether what is under way may use one up."""
        day, busy = int(held.at // DAY), False
        places = {held.channel_id if budget.each_channel else None for budget in self._limits.budgets}
        found = {place: self._book.spent(day * DAY, place, (day + 1) * DAY) for place in places}
        for budget in self._limits.budgets:
            place = held.channel_id if budget.each_channel else None
            spent = budget.of(*found[place])
            if spent >= budget.limit:
                return Reached(budget, spent, day, held.channel_id), busy
            aside = sum(budget.of(h.tokens, h.cost) for h in self._under_way if place in (None, h.channel_id))
            busy |= spent + aside >= budget.limit
        return None, busy

    def _call(self, ask: Ask[T], failure: str) -> Call:
        return Call(ask.task, self._limits.model_of(ask), ask.prompt.version, failure=failure)

    def _settle(self, held: _Held, call: Call) -> None:
        """Write down what the call has really cost, in place of what was set aside."""
        with self._lock:
            self._under_way.remove(held)
            self._unwritten.append((call, held.channel_id, held.at))
            self._write()

    def _write(self) -> None:
        """Write down what is not yet written; what the book does not take now comes before the next call is made."""
        while self._unwritten:
            self._book.add(*self._unwritten[0])
            self._unwritten.pop(0)
