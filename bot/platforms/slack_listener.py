"""Hears Slack over Socket Mode: commits each payload and only then acknowledges it (only importer of slack_bolt)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler

from bot.config import Slack
from bot.events import Click, Command
from bot.models import VigilError
from bot.outgoing_links import Links
from bot.platforms.base import AskForm, Beat, Put, Refused, Stranger
from bot.platforms.chat_fields import text
from bot.platforms.chat_keeping import Kept
from bot.platforms.chat_line import LOOK_SECONDS, reached
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack_acks import Acks, Probes
from bot.platforms.slack_actions import blanks
from bot.platforms.slack_calls import web_client
from bot.platforms.slack_checks import APP_TOKEN
from bot.platforms.slack_events import heard
from bot.platforms.slack_line import SlackLine
from bot.platforms.slack_messages import Redact
from bot.platforms.slack_origin import foreign
from bot.tally import Tally

# One thread commits, so that events are stored in the order in which Slack sends them; a commit takes about 1 ms.
THREADS, FORMS, PING_SECONDS = 1, 4, 3.0
# The SDK reads a message in recursive steps of this size: with its own 1,024 bytes a long one ends in RecursionError.
RECEIVE_BYTES = 65_536
ACKNOWLEDGED, NOT_STORED = 200, 500


class SlackListener:
    """The ears of one workspace; `run` blocks until `stop` is called or the process ends.

    `tally` counts what is heard. Every `probe_seconds` (0 for never) a probe goes the way of a frame. `refused` is told
    of each envelope of another team or app.
    """

    def __init__(
        self,
        settings: Slack,
        redact: Redact,
        clock: Callable[[], float] = time.time,
        ping_seconds: float = PING_SECONDS,
        tally: Tally | None = None,
        probe_seconds: float = 0.0,
        refused: Refused = str,
        links: Links | None = None,
    ) -> None:
        self._settings, self._redact, self._clock, self._ping_seconds = settings, redact, clock, ping_seconds
        self._tally, self._probe_seconds = tally or Tally(), probe_seconds
        self._platform = SlackPlatform(settings, redact, links=links)
        self._refused = refused
        self._stopped = threading.Event()

    def run(self, put: Put, form: AskForm, beat: Beat) -> None:
        """Listen. Raises VigilError, in one line, when a token does not work; while Slack cannot be reached it tries on."""
        if not reached(self._platform.auth, beat, self._stopped.wait):
            return
        if not self._settings.app_token:
            raise VigilError(f"there is no Slack app token; {APP_TOKEN}")
        acks = Acks(self._tally)
        kept = Kept(put, self._tally, self._redact)
        with ThreadPoolExecutor(FORMS, "forms") as forms:
            ears = Ears(self._platform, self._redact, self._clock, kept.put, form, forms, acks, self._refused)
            handler = SocketModeHandler(
                ears.app(web_client(self._settings, self._settings.bot_token)),
                self._settings.app_token,
                auto_reconnect_enabled=False,
                ping_interval=self._ping_seconds,
                receive_buffer_size=RECEIVE_BYTES,
                concurrency=THREADS,
            )
            acks.watch(handler.client)
            line = SlackLine(handler.client, self._address, self._ping_seconds)
            try:
                if reached(line.connect, beat, self._stopped.wait):
                    self._listen(line, kept, Probes(handler.client, kept, self._probe_seconds), beat)
            finally:
                line.close()

    def _address(self) -> str:
        """Where to connect to; each address is good for one connection."""
        answer, _ = self._platform.call("apps.connections.open", {}, token=self._settings.app_token)
        return text(answer, "url")

    def _listen(self, line: SlackLine, kept: Kept, probes: Probes, beat: Beat) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            line.mend()
            trouble = line.trouble() or kept.trouble() or probes.trouble()
            beat(line.fresh(), trouble, line.waits())
            if not trouble:
                probes.send()

    def stop(self) -> None:
        """End `run`; may be called from any thread."""
        self._stopped.set()


class Ears:
    """Turns one Bolt request into a committed event and its answer."""

    def __init__(
        self,
        platform: SlackPlatform,
        redact: Redact,
        clock: Callable[[], float],
        put: Put,
        form: AskForm,
        forms: ThreadPoolExecutor,
        acks: Acks,
        refused: Refused = str,
    ) -> None:
        self._acks, self._refused = acks, refused
        self._platform, self._redact, self._clock = platform, redact, clock
        self._put, self._form, self._forms = put, form, forms
        self._log = structlog.get_logger("vigil.slack")

    def app(self, client: Any) -> App:
        """A Bolt app whose first step is the commit; it answers there, so that nothing else can stand before the ack.

        Bolt's own steps would acknowledge some events before, or instead of, storing them: its authorisation answers
        200 when auth.test fails, its filter drops Vigil's own messages, unregistered events get no answer at all.
        """
        return App(
            client=client,
            signing_secret="unused in Socket Mode",
            before_authorize=self.hear,
            process_before_response=True,
            token_verification_enabled=False,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,
        )

    def hear(self, req: BoltRequest) -> BoltResponse:
        """Commit, then answer: 200 acknowledges, 500 sends no acknowledgement at all, so that Slack tries again."""
        payload = req.body
        self._acks.begin(req.headers)
        try:
            if stranger := foreign(payload, self._platform.auth()):
                return self._turned_away(stranger)
            if text(payload, "type") == "view_submission" and (blank := blanks(payload)):
                self._acks.settle("sent_back")
                return _answer({"response_action": "errors", "errors": blank})
            found = heard(payload, self._platform.auth(), self._redact, self._clock())
            if found is None:
                self._acks.settle("nothing_to_us")
            else:
                self._acks.settle("known" if self._put(found.event, found.raw_id, found.aliases) is False else "stored")
        except Exception as error:  # noqa: BLE001 - the edge: whatever went wrong, nothing was stored, so no ack
            self._complain("hear", "not stored, not acknowledged", error)
            return BoltResponse(status=NOT_STORED, body="")
        if found is not None and isinstance(found.event, Click | Command) and found.event.trigger:
            self._forms.submit(self._show, found.event)
        return _answer(None)

    def _turned_away(self, stranger: Stranger) -> BoltResponse:
        """What is not for this Vigil is acknowledged, so that it does not come again, and leaves only a line that it came."""
        self._acks.settle("foreign")
        self._log.warning("of another team or app", action="refuse", why=stranger.why, kind=stranger.kind)
        self._refused(stranger)
        return _answer(None)

    def _show(self, event: Click | Command) -> None:
        """Open the modal that a click or command asks for, while its trigger lives (three seconds)."""
        try:
            form = self._form(event)
            if form is not None:
                self._platform.open_form(form, event.trigger)
        except Exception as error:  # noqa: BLE001 - the edge: the event is stored, only its modal did not open
            self._complain("form", "no modal", error)

    def _complain(self, action: str, what: str, error: Exception) -> None:
        self._log.error(what, action=action, error=self._redact(f"{type(error).__name__}: {error}"))


def _answer(payload: dict[str, Any] | None) -> BoltResponse:
    if payload is None:
        return BoltResponse(status=ACKNOWLEDGED, body="")
    return BoltResponse(status=ACKNOWLEDGED, body=json.dumps(payload), headers={"content-type": "application/json"})
