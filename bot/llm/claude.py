"""The voice behind Anthropic's SDK: any endpoint that speaks the Messages API (only importer of anthropic and its httpx2)."""

from __future__ import annotations

import logging
import random
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx2

from bot.config import LLM
from bot.llm.answer import Unusable, Usage, message_of, read, usage_of
from bot.llm.base import Alive, Ask, Call, Reply, Speechless, T
from bot.llm.patience import Patience, Trouble, Waits
from bot.llm.request import body_of

ANTHROPIC = "https://api.anthropic.com"
PLACEHOLDER = "no-key"
"""What a local server is sent, which wants the header and does not read it."""
LARGEST = 1_000_000
"""Bytes of one answer; the longest that is asked for has a tenth of it."""
LONGEST_CONNECT = 5.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
BYTES_PER_TOKEN, LONGEST_QUIET = 3.5, 3600.0
AGAIN = (408, 409, 429)
WHY = {401: "refused_key", 403: "refused_key", 408: "timeout", 429: "limited", 504: "timeout", 529: "overloaded"}


class Claude:
    """A Voice. `candid` lets errors repeat the endpoint's own words: only where nobody's text was sent.

    The answer is asked for and checked as `messages.parse` does it, by schema; not through it, because it raises before
    stop reason and usage can be read, and then refused, cut and garbled look alike and cost nothing.
    """

    def __init__(
        self, settings: LLM, alive: Alive = lambda: None, clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep, dice: Callable[[], float] = random.random, candid: bool = False,
    ) -> None:  # fmt: skip
        for name in ("anthropic", "httpx2", "httpcore2"):  # what they tell at "debug" are people's words
            logging.getLogger(name).setLevel(logging.WARNING)
        self._settings, self._clock, self._candid = settings, clock, candid
        waits = Waits(clock, sleep, dice, alive)
        self._patience = Patience(waits, settings.at_once, settings.retries + 1, settings.timeout_seconds)
        limits = httpx2.Limits(max_connections=settings.at_once, max_keepalive_connections=settings.at_once)
        # A redirect, or a proxy before a server on this machine, would carry what people said to another host.
        direct = dict.fromkeys(("all://", "http://", "https://")) if _local(settings.base_url) else {}
        http = anthropic.DefaultHttpxClient(limits=limits, follow_redirects=False, mounts=direct)
        weakref.finalize(self, http.close)
        self._sdk = anthropic.Anthropic(
            api_key=settings.api_key or PLACEHOLDER,
            base_url=settings.base_url or ANTHROPIC,  # named, so that no variable of the environment leads elsewhere
            max_retries=0,
            open_telemetry=False,
            http_client=http,
        )

    def ask(self, ask: Ask[T]) -> Reply[T]:
        """The model's answer; raises Speechless, whose call tells what was used all the same."""
        begun, model = self._clock(), self._settings.models.get(ask.task, self._settings.model)
        body, troubles, used = self._body(ask, model), list[Trouble](), Usage()
        try:
            with self._patience.place():
                message = self._patience.run(model, lambda seconds: self._once(body, seconds), troubles.append)
            used = usage_of(message)
            found = read(ask, message)
        except (Trouble, Unusable) as nothing:
            call = self._call(ask, model, used.plus(_lost(body, troubles)), begun, nothing.why)
            raise Speechless(nothing.why, str(nothing), call) from None
        call = self._call(ask, model, used.plus(_lost(body, troubles)), begun)
        return Reply(found.value, call, found.uses, message["content"] if found.uses else None)

    def _body(self, ask: Ask[Any], model: str) -> dict[str, Any]:
        settings = self._settings
        return body_of(
            ask, model, settings.thinking_tokens, settings.effort, anthropic.transform_schema, bool(settings.base_url)
        )

    def _once(self, body: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        """One message. The SDK's timeout is for each read, so a trickle is ended here: after twice it at most."""
        timeout = anthropic.Timeout(seconds, connect=min(seconds, LONGEST_CONNECT))
        ends, found = self._clock() + seconds, bytearray()
        begun = False
        try:
            with self._sdk.messages.with_streaming_response.create(**body, timeout=timeout) as response:
                begun = True
                for chunk in response.iter_bytes():
                    found += chunk
                    if len(found) > LARGEST:
                        raise Trouble("garbled", "the answer has no end", lost=True)
                    if self._clock() > ends:
                        raise Trouble("timeout", "the answer only trickled", again=True, lost=True)
        except anthropic.APIStatusError as error:
            raise self._refusal(error) from None
        except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
            connecting = isinstance(error.__cause__, (httpx2.ConnectTimeout, httpx2.PoolTimeout))
            why = "unreachable" if connecting else "timeout"
            raise Trouble(why, f"no answer within {seconds:.0f} s", again=True, lost=not connecting) from None
        except (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError) as error:
            raise broken(error, begun) from None
        except (ValueError, TypeError, httpx2.InvalidURL) as error:  # their words may hold what could not be sent
            raise Trouble("failed", f"the request could not be made ({type(error).__name__})") from None
        try:
            return message_of(bytes(found))
        except Unusable as garbled:
            raise Trouble(garbled.why, str(garbled), lost=True) from None

    def _refusal(self, error: anthropic.APIStatusError) -> Trouble:
        """An error of the endpoint's own; its words are left out, since they may repeat what was sent."""
        status, kind = error.status_code, error.type if isinstance(error.type, str) else ""
        why = "overloaded" if kind == "overloaded_error" else WHY.get(status, "failed")
        what = f"the endpoint answered {status}" + (f" {kind[:40]}" if kind.isidentifier() else "")
        if self._candid and error.api_message:
            key = self._settings.api_key
            said = str(error.api_message).replace(key, "[key]") if key else str(error.api_message)
            what = f"{what}: {' '.join(said.split())[:200]}"
        headers = error.response.headers
        again = status in AGAIN or status >= 500
        return Trouble(why, what, again and headers.get("x-should-retry") != "false", _after(headers))

    def _call(self, ask: Ask[Any], model: str, used: Usage, begun: float, failure: str = "") -> Call:
        return Call(
            ask.task, model, ask.prompt.version, used.read, used.cached, used.kept, used.written,
            self._clock() - begun, used.cost(self._settings.prices.get(model, ())), failure,
        )  # fmt: skip


def _local(address: str) -> bool:
    return urlsplit(address).hostname in LOOPBACK


def _lost(body: Mapping[str, Any], troubles: Sequence[Trouble]) -> Usage:
    """What tries read whose usage nobody told: an estimate, since the provider may charge for them."""
    return Usage(read=sum(trouble.lost for trouble in troubles) * int(len(str(body)) / BYTES_PER_TOKEN))


def broken(error: Exception, begun: bool) -> Trouble:
    """A connection that could not be made, or that ended in the middle of an answer."""
    if begun:
        return Trouble("cut", "the connection ended within the answer", again=True, lost=True)
    lost = not isinstance(error.__cause__, (httpx2.ConnectError, httpx2.UnsupportedProtocol))
    return Trouble("unreachable", f"no connection ({type(error.__cause__ or error).__name__})", again=True, lost=lost)


def _after(headers: Mapping[str, str]) -> float:
    """Seconds of quiet that a refusal asks for, as a number or as a date; 0 where it names none that can be read."""
    asked = headers.get("retry-after", "0")
    try:
        seconds = float(asked) if asked[:1].isdigit() else parsedate_to_datetime(asked).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_QUIET)
