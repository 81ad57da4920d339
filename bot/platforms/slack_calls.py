"""Calls Slack's Web API, each once and at Slack's pace, and says what a failure means (only importer of slack_sdk)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any

import stamina
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.config import Slack
from bot.platforms.base import Asking, SendLater, SendUnknown
from bot.platforms.chat_fields import Table
from bot.platforms.chat_pace import Pace, TooFast
from bot.platforms.slack_errors import answered, broken, failed
from bot.platforms.slack_seal import Permit, sealed

READ_ATTEMPTS, READ_SECONDS, LONGEST_WAIT = 4, 30.0, 15.0
# How a call may fail before or after it was carried out: broken sockets, half replies, replies that are not JSON.
_BROKEN = (OSError, HTTPException, ValueError, AttributeError)
WEBHOOK = "response_url"


def web_client(settings: Slack, token: str) -> WebClient:
    """A client that never retries by itself, gives up after the configured time and logs no content."""
    logger = logging.getLogger("vigil.slack")
    # Below INFO the SDK writes whole requests and replies into the log.
    logger.setLevel(max(logging.INFO, logger.level))
    timeout: Any = settings.timeout_seconds  # the SDK says int and takes any number
    return WebClient(token=token, base_url=settings.base_url, timeout=timeout, retry_handlers=[], logger=logger)


class Calls:
    """The way to one workspace. Safe to use from several threads."""

    def __init__(self, settings: Slack, pace: Pace, sleep: Callable[[float], None], asking: Asking) -> None:
        self._settings, self._pace, self._sleep, self._asking = settings, pace, sleep, asking
        self._client = web_client(settings, settings.bot_token)

    def call(
        self,
        method: str,
        arguments: dict[str, Any],
        *,
        json: bool = False,
        token: str = "",
        patience: float = 0.0,
        allowed: Permit | None = None,
    ) -> tuple[Table, Mapping[str, Any]]:
        """One call, once: its answer and headers; raises SendRefused, SendLater or SendUnknown.

        Where the pace asks for more than `patience` seconds, SendLater is raised and nothing was called. `allowed` is
        what may be mentioned and linked in what is said: nothing where it is not given.
        """
        arguments = sealed(method, arguments, allowed)
        channel = str(arguments.get("channel") or "")
        self._in_time(method, channel, patience)
        client = web_client(self._settings, token) if token else self._client
        self._asking("call")
        try:
            given: dict[str, Any] = {"json": arguments} if json else {"params": arguments}
            response = client.api_call(method, **given)
        except SlackApiError as refused:
            answer = refused.response
            error = failed(method, answer.status_code, answer.data, answer.headers)
            if isinstance(error, TooFast):
                self._asking("limited")
                self._pace.refused(method, channel, error.retry_after, error.everywhere)
            raise error from None
        except _BROKEN as error:
            raise broken(method, error) from error
        if not isinstance(response.data, dict):
            raise SendUnknown(f"Slack's answer to {method} is not an object")
        return response.data, response.headers

    def read(self, method: str, arguments: dict[str, Any]) -> Table:
        """A call that changes nothing, tried a few times; waits its turn; raises SendRefused or SendLater."""

        def patience(error: Exception) -> bool | float:
            if isinstance(error, SendLater):
                return error.retry_after if error.retry_after <= LONGEST_WAIT else False
            return isinstance(error, SendUnknown)

        try:
            for attempt in stamina.retry_context(on=patience, attempts=READ_ATTEMPTS, timeout=READ_SECONDS):
                with attempt:
                    return self.call(method, arguments, patience=LONGEST_WAIT)[0]
        except SendUnknown as unknown:
            raise SendLater(str(unknown), 1.0) from unknown
        raise AssertionError("unreachable: the loop returns or raises")

    def webhook(self, address: str, body: dict[str, Any], allowed: Permit | None = None) -> None:
        """Answer at a response_url, once; raises as `call` does."""
        body = sealed(WEBHOOK, body, allowed)
        client = WebhookClient(address, timeout=int(self._settings.timeout_seconds) or 1, retry_handlers=[])
        try:
            answer = client.send_dict(body)
        except _BROKEN as error:
            raise broken(WEBHOOK, error) from error
        if answer.status_code != 200:
            raise failed(WEBHOOK, answer.status_code, answered(answer.body), answer.headers)

    def _in_time(self, method: str, channel: str, patience: float) -> None:
        wait = self._pace.wait(method, channel, patience)
        if wait <= patience:
            self._sleep(wait)
            wait = self._pace.paused(method, channel)  # Slack may have asked for it meanwhile
        if wait > 0:
            raise SendLater(f"{method} must wait {wait:.1f} s to keep Slack's pace", wait)
