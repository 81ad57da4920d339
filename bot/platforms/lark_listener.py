"""Hears Lark over its long connection: commits each event and only then acknowledges it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.config import Lark
from bot.events import Click, Command, Event
from bot.messages import Form
from bot.outgoing_links import Links
from bot.platforms.base import SendLater, SendUnknown
from bot.platforms.keeping import Kept
from bot.platforms.lark import LarkPlatform
from bot.platforms.lark_calls import Calls
from bot.platforms.lark_ears import Ears, Probes
from bot.platforms.lark_line import PING_SECONDS, Line
from bot.platforms.lark_lookups import Lookups
from bot.platforms.lark_messages import Redact
from bot.platforms.lark_origin import Stranger
from bot.platforms.lark_pace import Pace
from bot.platforms.lark_wire import Wire
from bot.tally import Tally

Put = Callable[[Event, str, tuple[str, ...]], object]
AskForm = Callable[[Click | Command], Form | None]
Beat = Callable[[bool, str, bool], None]
Refused = Callable[[Stranger], object]

LOOK_SECONDS = 0.25
FULL = 8.0
"""Pings to wait when Lark lets no further connection in, which it says without saying for how long."""


class LarkListener:
    """The ears of one tenant; `run` blocks until `stop` is called or the process ends.

    `tally` counts what is heard. Every `probe_seconds` (0 for never) a probe goes the way of an event. `refused` is told
    of each event of another tenant or app. Only one listener can be at work in a process: the SDK has one loop for all.
    """

    def __init__(
        self,
        settings: Lark,
        redact: Redact,
        clock: Callable[[], float] = time.time,
        tally: Tally | None = None,
        probe_seconds: float = 0.0,
        refused: Refused = str,
        links: Links | None = None,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._settings, self._redact, self._clock, self._ping_seconds = settings, redact, clock, ping_seconds
        self._tally, self._probe_seconds = tally or Tally(), probe_seconds
        self._platform = LarkPlatform(settings, redact, links=links)
        self._refused = refused
        self._stopped = threading.Event()

    def run(self, put: Put, form: AskForm, beat: Beat) -> None:
        """Listen. Raises VigilError, in one line, when the app's credentials do not work, and SendLater when only a new
        process can hear again; while Lark cannot be reached it tries on."""
        if not self._patiently(self._platform.auth, beat):
            return
        kept = Kept(put, self._tally, self._redact)
        lookups = Lookups(Calls(self._settings, Pace(share=self._settings.pace)))

        def show(event: Click | Command) -> None:
            wanted = form(event)
            if wanted is not None:
                self._platform.open_form(wanted, event.trigger)

        me = self._platform.auth()
        ears = Ears(me, self._redact, self._clock, kept, lookups, show, self._tally, self._refused)
        wire = Wire(self._settings, ears.hear, full_wait=FULL * self._ping_seconds)
        line = Line(wire, self._ping_seconds)
        try:
            if self._patiently(line.connect, beat):
                self._listen(line, kept, Probes(ears, self._probe_seconds), beat)
        finally:
            line.close()
            ears.close()

    def _patiently(self, reach: Callable[[], object], beat: Beat) -> bool:
        """Reach Lark, however long that takes; False when stopped meanwhile."""
        while not self._stopped.is_set():
            try:
                reach()
                return True
            except SendUnknown as trouble:
                beat(False, str(trouble), False)
                self._stopped.wait(1.0)
            except SendLater as told:
                until = time.monotonic() + told.retry_after
                while time.monotonic() < until and not self._stopped.wait(LOOK_SECONDS):
                    beat(False, str(told), True)
        return False

    def _listen(self, line: Line, kept: Kept, probes: Probes, beat: Beat) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            line.look()
            line.mend()
            trouble = line.trouble() or kept.trouble() or probes.trouble()
            beat(line.fresh(), trouble, line.waits())
            if stuck := line.hopeless():
                raise SendLater(f"{stuck}; only a new process can hear again", 1.0)
            if not trouble:
                probes.send()

    def stop(self) -> None:
        """End `run`; may be called from any thread."""
        self._stopped.set()
