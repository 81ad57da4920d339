"""The stock lark_oapi clients, pointed at a sandbox: REST calls in this process, the long connection in another."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.sandbox import LarkSandbox

Json = dict[str, Any]
LISTENER = Path(__file__).with_name("listener.py")


class Listener:
    """The listening process; `events` are what it printed so far. It takes some seconds to start."""

    def __init__(self, box: LarkSandbox, secret: str = "") -> None:
        self.box, self.events = box, list[Json]()
        command = [sys.executable, str(LISTENER), box.url, box.app_id, secret or box.app_secret]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))
            with self.box._core.changed:
                self.box._core.changed.notify_all()

    def __enter__(self) -> Self:
        try:
            self.box.wait_connected(timeout=100)  # its imports alone take seconds, on a busy machine a minute
        except TimeoutError:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def of(self, kind: str) -> list[Json]:
        """The events of a type, whole."""
        return [event for event in self.events if event["header"]["event_type"] == kind]

    def wait(self, kind: str, text: str = "", count: int = 1, timeout: float = 20) -> list[Json]:
        """Wait for so many events of a type that hold this text, and return them."""

        def found(_: object) -> list[Json] | None:
            there = [event for event in self.of(kind) if text in json.dumps(event, ensure_ascii=False)]
            return there if len(there) >= count else None

        return self.box.wait_for(found, timeout, f"{count} {kind} with {text!r}") or []

    def messages(self, text: str, count: int = 1) -> list[Json]:
        """The received messages that say this."""
        return [event["event"] for event in self.wait("im.message.receive_v1", text, count)]


class Rest:
    """Calls through the stock REST client, which gets and keeps its token by itself."""

    def __init__(self, box: LarkSandbox, secret: str = "", timeout: float = 10) -> None:
        import lark_oapi as lark

        self.lark = lark
        builder = lark.Client.builder().app_id(box.app_id).app_secret(secret or box.app_secret).domain(box.url)
        self.client = builder.timeout(timeout).log_level(lark.LogLevel.CRITICAL).build()

    def call(self, method: str, path: str, body: Json | None = None, **query: Any) -> tuple[int, Json, Json]:
        """Status, body and headers (names in lower case) of one raw call."""
        builder = self.lark.BaseRequest.builder().http_method(self.lark.HttpMethod[method])
        builder = builder.uri(f"/open-apis/{path}").token_types({self.lark.AccessTokenType.TENANT})
        if query:
            pairs = [
                (key, part) for key, value in query.items() for part in (value if isinstance(value, list) else [value])
            ]
            builder = builder.queries([(key, str(value)) for key, value in pairs])
        if body is not None:
            builder = builder.body(body)
        raw = self.client.request(builder.build()).raw
        return raw.status_code, json.loads(raw.content), {key.lower(): value for key, value in raw.headers.items()}

    def send(self, chat: str, text: str = "", **more: Any) -> Json:
        """Send a text to a chat by its id; the body of the answer."""
        body = {"receive_id": chat, "msg_type": "text", "content": json.dumps({"text": text})} | more
        return self.call("POST", "im/v1/messages", body, receive_id_type="chat_id")[1]

    def reply(self, message: str, text: str = "", **more: Any) -> Json:
        body = {"msg_type": "text", "content": json.dumps({"text": text})} | more
        return self.call("POST", f"im/v1/messages/{message}/reply", body)[1]
