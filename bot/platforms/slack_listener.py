"""Hears Slack over Socket Mode: commits each payload and only then acknowledges it (only importer of slack_bolt)."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler

from bot.config import Slack
from bot.events import Click, Command, Event
from bot.messages import Form
from bot.models import VigilError
from bot.platforms.slack import SlackPlatform, web_client
from bot.platforms.slack_actions import blanks
from bot.platforms.slack_checks import APP_TOKEN
from bot.platforms.slack_events import heard
from bot.platforms.slack_json import text
from bot.platforms.slack_messages import Redact

Put = Callable[[Event, str, tuple[str, ...]], None]
AskForm = Callable[[Click | Command], Form | None]
Beat = Callable[[bool], None]

# One thread commits, so that events are stored in the order in which Slack sends them; a commit takes about 1 ms.
# After four pings without a pong the SDK connects anew.
THREADS, FORMS, PING_SECONDS, LOOK_SECONDS = 1, 4, 3.0, 0.25
# The SDK reads a message in recursive steps of this size: with its own 1,024 bytes a long one ends in RecursionError.
RECEIVE_BYTES = 65_536
_HUNG_UP = select.POLLHUP | select.POLLERR | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)
ACKNOWLEDGED, NOT_STORED = 200, 500


class SlackListener:
    """The ears of one workspace; `run` blocks until `stop` is called or the process ends."""

    def __init__(
        self,
        settings: Slack,
        redact: Redact,
        clock: Callable[[], float] = time.time,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._settings, self._redact, self._clock, self._ping_seconds = settings, redact, clock, ping_seconds
        self._platform = SlackPlatform(settings, redact)
        self._stopped = threading.Event()

    def run(self, put: Put, form: AskForm, beat: Beat) -> None:
        """Listen. Raises VigilError, in one line, when a token does not work or Slack cannot be reached at first."""
        self._platform.auth()
        if not self._settings.app_token:
            raise VigilError(f"there is no Slack app token; {APP_TOKEN}")
        self._platform.call("apps.connections.open", {}, token=self._settings.app_token)
        with ThreadPoolExecutor(FORMS, "forms") as forms:
            ears = Ears(self._platform, self._redact, self._clock, put, form, forms)
            handler = SocketModeHandler(
                ears.app(web_client(self._settings, self._settings.bot_token)),
                self._settings.app_token,
                ping_interval=self._ping_seconds,
                receive_buffer_size=RECEIVE_BYTES,
                concurrency=THREADS,
            )
            self._listen(handler, Pulse(handler.client, beat))

    def _listen(self, handler: SocketModeHandler, pulse: Pulse) -> None:
        try:
            handler.client.connect()
            while not self._stopped.wait(LOOK_SECONDS):
                pulse.look()
                pulse.mend()
        finally:
            handler.client.close()

    def stop(self) -> None:
        """End `run`; may be called from any thread."""
        self._stopped.set()


class Pulse:
    """Calls `beat` for every frame and pong of a connection that Slack has greeted, and for nothing else."""

    def __init__(self, client: Any, beat: Beat) -> None:
        self._client, self._beat = client, beat
        self._greeted: str | None = None
        self._pong: float | None = None
        client.on_message_listeners.append(self.frame)

    def frame(self, message: str) -> None:
        """A text frame came in; the first is the hello, and only after it does a connection count as one that hears."""
        session = self._client.session_id()
        fresh, self._greeted = session != self._greeted, session
        self._beat(fresh)

    def look(self) -> None:
        """Whether a pong came in since the last look; pings are sent by the SDK."""
        session = self._client.current_session
        if session is None or session.session_id != self._greeted:
            return
        if session.last_ping_pong_time != self._pong:
            self._pong = session.last_ping_pong_time
            self._beat(False)

    def mend(self) -> None:
        """Connect anew at once when the other side has hung up, which the SDK takes four pings to notice."""
        session = self._client.current_session
        try:
            if session is not None and hung_up(session.sock):
                session.disconnect()
                self._client.connect_to_new_endpoint()
        except Exception as error:  # noqa: BLE001 - the edge: the SDK tries again with its next ping
            structlog.get_logger("vigil.slack").warning("not reconnected", action="mend", error=type(error).__name__)


def hung_up(sock: socket.socket | None) -> bool:
    """Whether the connection was closed or reset from the other side."""
    if sock is None or sock.fileno() < 0:
        return False
    poll = select.poll()
    poll.register(sock, _HUNG_UP)
    return any(event & _HUNG_UP for _, event in poll.poll(0))


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
    ) -> None:
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
        try:
            if text(payload, "type") == "view_submission" and (blank := blanks(payload)):
                return _answer({"response_action": "errors", "errors": blank})
            found = heard(payload, self._platform.auth(), self._redact, self._clock())
            if found is not None:
                self._put(found.event, found.raw_id, found.aliases)
        except Exception as error:  # noqa: BLE001 - the edge: whatever went wrong, nothing was stored, so no ack
            self._complain("hear", "not stored, not acknowledged", error)
            return BoltResponse(status=NOT_STORED, body="")
        if found is not None and isinstance(found.event, Click | Command) and found.event.trigger:
            self._forms.submit(self._show, found.event)
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
