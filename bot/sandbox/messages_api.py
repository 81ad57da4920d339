"""A Messages endpoint as Anthropic's: checks, usage, streaming, errors and faults; its answers come from scripted rules."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.llm.scripted import Rule, plausible
from bot.llm.scripted_request import Asked, Said, asked_of
from bot.llm.scripted_voice import content_of, written_tokens
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.messages_checks import ApiError, body_of, check_headers
from bot.sandbox.messages_faults import Broken, Declined, Empty, OffShape, Truncated, WrongTool
from bot.sandbox.messages_outgoing import Outgoing, broken_stream, failure, refusal, streamed, struck, whole
from bot.sandbox.messages_usage import Kept, counted
from bot.sandbox.models import Json

MESSAGES, COUNT = "/v1/messages", "/v1/messages/count_tokens"
MODELS = frozenset(("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"))


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and when: path, headers by lower-case name without the key, the key, the body, the status given."""

    path: str
    headers: Mapping[str, str]
    key: str
    body: str
    status: int
    task: str
    at: float


@dataclass(slots=True)
class Endpoint:
    """One endpoint; safe from any thread. `rule` says what it answers; faults strike at "messages" or "messages.TASK"."""

    rule: Rule = plausible
    faults: Faults = field(default_factory=Faults)
    models: frozenset[str] = MODELS
    refused_keys: frozenset[str] = frozenset()
    forbidden_keys: frozenset[str] = frozenset()
    clock: Callable[[], float] = time.monotonic
    kept: Kept = field(default_factory=Kept)
    requests: list[Request] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """A request is under way."""
        with self.changed:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self.under_way -= 1
                self.changed.notify_all()

    def answer(self, path: str, headers: Mapping[str, str], raw: bytes) -> Outgoing:
        """The answer to one POST."""
        headers = {name.lower(): value for name, value in headers.items()}
        with self.changed:
            number = f"req_{len(self.requests) + 1:06d}"
            task = ""
            try:
                check_headers(headers, self.refused_keys, self.forbidden_keys)
                body = body_of(raw, self.models, counting=path == COUNT)
                asked = asked_of(body)
                task = asked.task
                out = (
                    whole({"input_tokens": counted(body)}, number) if path == COUNT else self._said(body, asked, number)
                )
            except ApiError as refused:
                out = failure(refused.status, refused.kind, str(refused), number)
            self._record(path, headers, raw, out.status, task)
        return out

    def wait_for(self, ready: "Callable[[Endpoint], bool]", timeout: float = 10.0) -> None:
        """Wait till `ready` holds, which is looked at on every change; raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: ready(self), timeout):
                raise TimeoutError(
                    f"waited {timeout} s in vain; {self.under_way} under way, {len(self.requests)} asked"
                )

    def _record(self, path: str, headers: Mapping[str, str], raw: bytes, status: int, task: str) -> None:
        key = headers.get("x-api-key") or headers.get("authorization", "")
        shown = {name: value for name, value in headers.items() if name not in ("x-api-key", "authorization")}
        text = raw.decode("utf-8", "replace")
        self.requests.append(Request(path, shown, key.removeprefix("Bearer "), text, status, task, self.clock()))
        self.changed.notify_all()

    def _said(self, body: Json, asked: Asked, number: str) -> Outgoing:
        fault = self.faults.draw(f"messages.{asked.task}") or self.faults.draw("messages")
        early = refusal(fault, number)
        if early is not None:
            return early
        message = self._message(body, asked, number, fault)
        if not body.get("stream"):
            return struck(whole(message, number), fault)
        broken = isinstance(fault, Broken)
        return struck(broken_stream(message, number) if broken else streamed(message, number), fault)

    def _message(self, body: Json, asked: Asked, number: str, fault: Fault | None) -> Json:
        said = _spoilt(self.rule(asked), fault)
        usage = self.kept.count(body)
        blocks, reason = content_of(said, len(self.requests)), "tool_use" if said.uses else "end_turn"
        written = written_tokens(said) + 3
        if written > body["max_tokens"] or isinstance(fault, Truncated):
            written, reason = min(written, body["max_tokens"]), "max_tokens"
            blocks = [_cut(block, 3 * written) for block in blocks if block["type"] != "tool_use"]
        if isinstance(fault, Declined):
            blocks, reason = [], "refusal"
        if isinstance(fault, Empty):
            blocks = []
        return {
            "id": f"msg_{number}", "type": "message", "role": "assistant", "model": body["model"], "content": blocks,
            "stop_reason": reason, "stop_sequence": None, "usage": {**usage, "output_tokens": written},
        }  # fmt: skip


def _spoilt(said: Said, fault: Fault | None) -> Said:
    match fault:
        case OffShape(text):
            return Said(text)
        case WrongTool(name, taken):
            return Said(uses=((name, json.loads(taken)),))
        case _:
            return said


def _cut(block: Json, characters: int) -> Json:
    """A block of which only the beginning was written: half, at most so much."""
    text = block.get("text")
    return block if text is None else {**block, "text": text[: min(len(text) // 2, characters)] or " "}
