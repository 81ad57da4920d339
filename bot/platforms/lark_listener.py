"""Hears Lark over its long connection: commits each event and only then acknowledges it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from bot.config import Lark
from bot.events import Click, Command
from bot.outgoing_links import Links
from bot.platforms.base import AskForm, Beat, Put, Refused, SendLater
from bot.platforms.chat_keeping import Kept
from bot.platforms.chat_line import LOOK_SECONDS, reached
from bot.platforms.lark import LarkPlatform
from bot.platforms.lark_calls import Calls
from bot.platforms.lark_ears import Ears, Probes
from bot.platforms.lark_line import PING_SECONDS, LarkLine
from bot.platforms.lark_lookups import Lookups
from bot.platforms.lark_messages import Redact
from bot.platforms.lark_pace import LarkPace
from bot.platforms.lark_wire import Wire
from bot.tally import Tally

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
        if not reached(self._platform.auth, beat, self._stopped.wait):
            return
        kept = Kept(put, self._tally, self._redact)
        lookups = Lookups(Calls(self._settings, LarkPace(share=self._settings.pace)))

        def show(event: Click | Command) -> None:
            wanted = form(event)
            if wanted is not None:
                self._platform.open_form(wanted, event.trigger)

        me = self._platform.auth()
        ears = Ears(me, self._redact, self._clock, kept, lookups, show, self._tally, self._refused)
        wire = Wire(self._settings, ears.hear, full_wait=FULL * self._ping_seconds)
        line = LarkLine(wire, self._ping_seconds)
        try:
            if reached(line.connect, beat, self._stopped.wait):
                self._listen(line, kept, Probes(ears, self._probe_seconds), beat)
        finally:
            line.close()
            ears.close()

    def _listen(self, line: LarkLine, kept: Kept, probes: Probes, beat: Beat) -> None:
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
