"""Turns one event of Lark's into a committed one and its answer, in order, and off the loop on which it comes in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog

from bot.events import FOREIGN, FORM, Click, Command, Probe
from bot.messages import Message
from bot.models import VigilError
from bot.platforms.base import Refused, Stranger
from bot.platforms.chat_fields import Table, table, text
from bot.platforms.chat_keeping import Kept
from bot.platforms.lark_actions import SAID, toast
from bot.platforms.lark_cards import rendered
from bot.platforms.lark_events import CLICKED, Known, heard
from bot.platforms.lark_ids import Identity
from bot.platforms.lark_json import parsed
from bot.platforms.lark_lookups import Lookups
from bot.platforms.lark_messages import Redact
from bot.platforms.lark_origin import foreign
from bot.platforms.lark_socket import running
from bot.tally import Tally

LARK = "lark"
FORMS = 4
IN_HAND = 500
"""Events that may be in hand at once; what comes beyond them is answered as failed, so that Lark sends it later."""
LOST = 12.0
"""Seconds after which a probe should have been worked off."""

log = structlog.get_logger("vigil.lark")


class Ears:
    """Hears every event. One thread commits, so that events are stored in the order in which they come; a second one asks
    Lark about those that do not tell enough, also in order, and others show forms: the SDK's loop itself never waits.

    `show` opens the form, if any, that a click or command asks for; `refused` is told of events that are not for us.
    """

    def __init__(
        self,
        me: Identity,
        redact: Redact,
        clock: Callable[[], float],
        kept: Kept,
        lookups: Lookups,
        show: Callable[[Click | Command], object],
        tally: Tally,
        refused: Refused,
    ) -> None:
        self._me, self._redact, self._clock, self._kept, self._lookups = me, redact, clock, kept, lookups
        self._show, self._tally, self._refused = show, tally, refused
        self._commits, self._asks = ThreadPoolExecutor(1, "commits"), ThreadPoolExecutor(1, "lookups")
        self._forms = ThreadPoolExecutor(FORMS, "forms")
        self._in_hand = 0
        self.worked_at = time.monotonic()

    async def hear(self, payload: bytes) -> Mapping[str, Any] | None:
        """Commit an event, and say what a click is answered with. Raises when it must come again."""
        if self._in_hand >= IN_HAND:
            self._tally.add("not_stored")
            raise VigilError(f"{IN_HAND} events are in hand already")
        self._in_hand += 1
        try:
            answer = await self._heard(parsed(payload))
            self._tally.add("acknowledged")
            return answer
        except Exception as error:
            self._complain("hear", "not stored, not acknowledged", error)
            raise
        finally:
            self._in_hand -= 1

    async def _heard(self, item: Table) -> Mapping[str, Any] | None:
        # The order of events is that of their first steps here: nothing may be awaited before one of the threads has it.
        kind, event, loop = text(table(item, "header"), "event_type"), table(item, "event"), asyncio.get_running_loop()
        if not item or (stranger := foreign(item, self._me)):
            self._turned_away(stranger if item else None)
            return None
        self._lookups.hear(kind, event)
        if not self._lookups.needed(kind, event):
            return await loop.run_in_executor(self._commits, self._commit, kind, item, None)
        known = await loop.run_in_executor(self._asks, self._lookups.known, kind, event)
        return await loop.run_in_executor(self._commits, self._commit, kind, item, known)

    def _turned_away(self, stranger: Stranger | None) -> None:
        """What is not for this Vigil is acknowledged, so that it does not come again, and leaves only a line that it came."""
        if stranger is None:
            self._tally.add("nothing_to_us")
            return
        self._tally.add("foreign")
        log.warning("of another team or app", action="refuse", why=stranger.why, kind=stranger.kind)
        self._commits.submit(self._refused, stranger)

    def _commit(self, kind: str, item: Table, known: Known | None) -> Mapping[str, Any] | None:
        known = known or self._lookups.known(kind, table(item, "event"))
        found = heard(kind, item, self._me, self._redact, self._clock(), known)
        self.worked_at = time.monotonic()
        if found is None:
            self._tally.add("nothing_to_us")
            return toast("foreign") if kind == CLICKED else None
        event = found.event
        self._tally.add("known" if self._kept.put(event, found.raw_id, found.aliases) is False else "stored")
        if isinstance(event, Click | Command) and event.trigger:
            self._forms.submit(self._shown, event)
        return answered(event) if isinstance(event, Click) else None

    def _shown(self, event: Click | Command) -> None:
        try:
            self._show(event)
        except Exception as error:  # noqa: BLE001 - the edge: the event is stored, only its form did not open
            self._complain("form", "no form", error)

    def probe(self) -> Future[None]:
        """Send a probe the way of an event, over the loop and the thread that commits."""

        async def pass_on() -> None:
            await asyncio.get_running_loop().run_in_executor(self._commits, self._probed, Probe(LARK, time.time()))

        return asyncio.run_coroutine_threadsafe(pass_on(), running())

    def _probed(self, probe: Probe) -> None:
        self._kept.probe(probe)
        self.worked_at = time.monotonic()

    def close(self) -> None:
        """Take nothing any more; what is in hand ends by itself, or with the process."""
        for threads in (self._commits, self._asks, self._forms):
            threads.shutdown(wait=False, cancel_futures=True)

    def _complain(self, action: str, what: str, error: Exception) -> None:
        log.error(what, action=action, error=self._redact(f"{type(error).__name__}: {error}"))


class Probes:
    """Lets a probe pass every `every` seconds, 0 for never; only one is ever on its way."""

    def __init__(self, ears: Ears, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._ears, self._every, self._clock = ears, every, clock
        self._sent = self._next = clock()
        self._on_its_way: Future[None] | None = None

    def send(self) -> None:
        """Send one if it is time."""
        now = self._clock()
        if self._every and now >= self._next and (self._on_its_way is None or self._on_its_way.done()):
            self._sent, self._next, self._on_its_way = now, now + self._every, self._ears.probe()

    def trouble(self) -> str:
        """Why events are not worked off, in words; "" when they are."""
        if self._on_its_way is None or self._on_its_way.done():
            return ""
        waited = self._clock() - max(self._sent, self._ears.worked_at)
        return f"events have not been worked off for {waited:.0f} s" if waited > LOST else ""


def answered(click: Click) -> dict[str, Any]:
    """What somebody sees at once who clicked; a submitted form gives way to a line, so that it goes out once only."""
    if click.via != FORM:
        return toast("foreign" if click.via == FOREIGN else "kept")
    _, english, chinese = SAID["form"]
    return toast("form") | {"card": {"type": "raw", "data": rendered(Message(f"{english} {chinese}"))}}
