"""Calls Lark's OpenAPI, each once and at Lark's pace, and says what a failure means (only REST importer of lark_oapi)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import lark_oapi
from lark_oapi.core.enum import AccessTokenType, HttpMethod
from lark_oapi.core.http import Transport
from lark_oapi.core.model import BaseRequest, Config, RequestOption

from bot.config import Lark
from bot.models import VigilError
from bot.platforms.base import Asking, SendLater, SendUnknown
from bot.platforms.chat_fields import Table, table, text
from bot.platforms.chat_pace import Pace, TooFast
from bot.platforms.lark_errors import STALE_TOKEN, Refusal, broken, code_of, failed
from bot.platforms.lark_json import parsed
from bot.platforms.lark_seal import Permit, sealed

TOKEN = "auth/v3/tenant_access_token/internal"
READ_ATTEMPTS, LONGEST_WAIT = 4, 15.0
# A token is given up this long before it ends: Lark gives out a new one half an hour before.
EARLY = 600.0
# How a call may fail before or after it was carried out: broken sockets (requests' errors are OSErrors), half replies.
_BROKEN = (OSError, ValueError)
Query = Mapping[str, str | int | Sequence[str]]
Answer = tuple[int, Table, Mapping[str, Any]]


def settings_of(lark: Lark) -> Config:
    """What the SDK is told; raises VigilError for a domain to which it would not send the secret."""
    builder = lark_oapi.Client.builder().app_id(lark.app_id).app_secret(lark.app_secret)
    try:
        builder = builder.domain(lark.domain.rstrip("/"))
    except ValueError as wrong:
        raise VigilError(f"lark.domain is not usable: {wrong}; it is https://open.larksuite.com for Lark and "
                         "https://open.feishu.cn for Feishu") from wrong  # fmt: skip
    config = builder.timeout(lark.timeout_seconds).build().config
    assert config is not None
    return config


class Calls:
    """The way to one tenant. Safe to use from several threads.

    `path` is the part behind /open-apis/, with `:name` where `at` fills something in, as Lark's reference writes it. The
    token is kept here and not in the SDK, whose cache knows an app's id only and cannot be told that a token is stale.
    """

    def __init__(
        self,
        settings: Lark,
        pace: Pace,
        sleep: Callable[[float], None] = time.sleep,
        asking: Asking = str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._pace, self._sleep, self._asking = settings_of(settings), pace, sleep, asking
        self._clock, self._lock = clock, threading.Lock()
        self._token, self._until = "", 0.0

    def call(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: dict[str, Any] | None = None,
        *,
        at: Mapping[str, str] | None = None,
        spot: str = "",
        patience: float = 0.0,
        allowed: Permit | None = None,
    ) -> Table:
        """One call, once: the answer's data; raises SendRefused, SendLater or SendUnknown.

        `spot` is the chat that is written to or the message that is changed. Where the pace asks for more than `patience`
        seconds, SendLater is raised and nothing was called. `allowed` is what may be mentioned and linked in what is said:
        nothing where it is not given. A call that was refused for its token is made once more with a new one.
        """
        name = f"{method} {path}"
        sent = sealed(name, body, allowed) if body is not None else None
        self._in_time(name, spot, patience)
        request = _request(method, path, at or {}, query or {}, sent)
        token = self._fresh_token()
        status, answer, headers = self._ask(name, request, token)
        if code_of(answer) in STALE_TOKEN:
            self._drop(token)
            status, answer, headers = self._ask(name, request, self._fresh_token())
        return self._data(name, spot, status, answer, headers)

    def read(
        self,
        path: str,
        query: Query | None = None,
        *,
        at: Mapping[str, str] | None = None,
        method: str = "GET",
        body: dict[str, Any] | None = None,
    ) -> Table:
        """A call that changes nothing, tried a few times; waits its turn; raises SendRefused or SendLater."""
        for attempt in range(READ_ATTEMPTS):
            last = attempt == READ_ATTEMPTS - 1
            try:
                return self.call(method, path, query, body, at=at, patience=LONGEST_WAIT)
            except SendLater as wait:
                if last or wait.retry_after > LONGEST_WAIT:
                    raise
                self._sleep(wait.retry_after)
            except SendUnknown as unknown:
                if last:
                    raise SendLater(str(unknown), 1.0) from unknown
                self._sleep(0.1 * 3**attempt)
        raise AssertionError("unreachable: the loop returns or raises")

    def _in_time(self, name: str, spot: str, patience: float) -> None:
        wait = self._pace.wait(name, spot, patience)
        if wait <= patience:
            if wait > 0:
                self._sleep(wait)
            wait = self._pace.paused(name, spot)  # Lark may have asked for it meanwhile
        if wait > 0:
            raise SendLater(f"{name} must wait {wait:.1f} s to keep Lark's pace", wait)

    def _ask(self, name: str, request: BaseRequest, token: str) -> Answer:
        """Send it, and read what comes back; raises SendLater or SendUnknown where nothing whole does."""
        self._asking("call")
        option = RequestOption.builder().tenant_access_token(token).build()
        try:
            raw = Transport.execute(self._config, request, option)
        except _BROKEN as error:
            raise broken(name, error) from error
        return raw.status_code or 0, parsed(raw.content or b""), raw.headers

    def _data(self, name: str, spot: str, status: int, answer: Table, headers: Mapping[str, Any]) -> Table:
        """What is in the answer's data, or for the calls that answer beside the code, all of it."""
        if code_of(answer) == 0 and 200 <= status < 300:
            return table(answer, "data") if isinstance(answer.get("data"), dict) else answer
        error = failed(name, status, answer, headers)
        if isinstance(error, TooFast):
            self._asking("limited")
            self._pace.refused(name, spot, error.retry_after, error.everywhere)
        elif isinstance(error, Refusal):
            self._asking("refused")
        raise error

    def _fresh_token(self) -> str:
        """The tenant access token, a new one when it is about to end. Whatever goes wrong here, nothing was posted."""
        with self._lock:
            if self._clock() < self._until:
                return self._token
            body = {"app_id": self._config.app_id, "app_secret": self._config.app_secret}
            name = f"POST {TOKEN}"
            self._in_time(name, "", 0.0)
            try:
                answer = self._data(name, "", *self._ask(name, _request("POST", TOKEN, {}, {}, body, bare=True), ""))
            except SendUnknown as unknown:
                raise SendLater(str(unknown), 1.0) from unknown
            lives = answer.get("expire")
            seconds = float(lives) if isinstance(lives, (int, float)) else 0.0
            self._token, self._until = text(answer, "tenant_access_token"), self._clock() + _useful(seconds)
            return self._token

    def _drop(self, token: str) -> None:
        """Use this token no more; if somebody else has got a new one meanwhile, that one stays."""
        with self._lock:
            if self._token == token:
                self._until = 0.0


def _useful(seconds: float) -> float:
    return seconds - min(EARLY, seconds / 2)


def _request(
    method: str, path: str, at: Mapping[str, str], query: Query, body: dict[str, Any] | None, bare: bool = False
) -> BaseRequest:
    """The SDK's own request; `bare` is one that needs no token."""
    request = BaseRequest()
    request.http_method, request.uri = HttpMethod[method], f"/open-apis/{path}"
    request.paths, request.body = dict(at), body
    request.token_types = set() if bare else {AccessTokenType.TENANT}
    for name, value in query.items():
        request.add_query(name, list(value) if isinstance(value, (list, tuple)) else value)
    if body is not None:
        request.headers["Content-Type"] = "application/json; charset=utf-8"
    return request
