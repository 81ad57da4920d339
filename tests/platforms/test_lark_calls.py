"""Calls to Lark are made once, at its pace and with a token that works; what fails says what to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bot.config import Lark
from bot.models import VigilError
from bot.platforms.base import SendLater, SendRefused, SendUnknown
from bot.platforms.lark import LarkPlatform
from bot.platforms.lark_calls import Calls
from bot.platforms.lark_errors import Refusal
from bot.platforms.lark_pace import PAUSES, LarkPace
from bot.sandbox import Cut, Drop, Hang, LarkSandbox, LarkWorkspace, RateLimit, ServerError
from bot.sandbox.lark_faults import Code
from bot.sandbox.lark_workspace import SCOPES
from tests.platforms.conftest import lark_settings

INFO = "bot/v3/info"


def calls(box: LarkSandbox, **more: Any) -> Calls:
    return Calls(lark_settings(box), LarkPace(None, 1000.0), **more)


def made(box: LarkSandbox, method: str) -> list[str]:
    return [call.outcome for call in box.calls if call.method == method]


def say(box: LarkSandbox, via: Calls, said: str = "hi") -> Any:
    card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": said}]}}
    body = {"receive_id": box.chat_id("help"), "msg_type": "interactive", "content": card}
    return via.call("POST", "im/v1/messages", {"receive_id_type": "chat_id"}, body, spot=box.chat_id("help"))


def test_one_token_serves_many_calls_and_a_stale_one_is_renewed_once(tenant: LarkSandbox) -> None:
    via = calls(tenant)
    via.read(INFO)
    via.read(INFO)
    assert made(tenant, "auth.token") == ["ok"]
    tenant.expire_tokens()
    assert say(tenant, via)["message_id"]
    assert made(tenant, "im.message.create") == ["99991663", "ok"]
    assert made(tenant, "auth.token") == ["ok", "ok"]


def test_a_token_that_is_never_good_is_not_renewed_for_ever(tenant: LarkSandbox) -> None:
    via = calls(tenant)
    tenant.faults.next("im.message.create", Code(99991663, "Invalid access token", 401), times=9)
    with pytest.raises(Refusal):
        say(tenant, via)
    assert len(made(tenant, "im.message.create")) == 2


def test_a_token_is_renewed_before_it_ends(tenant: LarkSandbox) -> None:
    now = [0.0]
    via = calls(tenant, clock=lambda: now[0])
    via.read(INFO)
    now[0] = 7200.0 - 601.0
    via.read(INFO)
    assert len(made(tenant, "auth.token")) == 1
    now[0] += 2.0
    via.read(INFO)
    assert len(made(tenant, "auth.token")) == 2


def test_a_wrong_secret_is_one_clear_line(tenant: LarkSandbox) -> None:
    wrong = Lark(True, tenant.url, tenant.app_id, "", 1.0, 1000.0, "not it")
    with pytest.raises(SendRefused, match="the app secret is wrong; copy App ID and App Secret") as caught:
        Calls(wrong, LarkPace()).read(INFO)
    assert "\n" not in str(caught.value)
    assert "not it" not in str(caught.value)
    other = Lark(True, tenant.url, "cli_other", "", 1.0, 1000.0, tenant.app_secret)
    with pytest.raises(SendRefused, match="the app id is wrong"):
        Calls(other, LarkPace()).read(INFO)


@pytest.mark.parametrize("domain", ["http://lark.example.com", "lark", "https://open.feishu.cn/open-apis", ""])
def test_a_wrong_domain_is_one_clear_line(domain: str) -> None:
    with pytest.raises(VigilError, match=r"lark\.domain is not usable"):
        Calls(Lark(True, domain, "cli_x", "", 1.0, 1.0, "s"), LarkPace())


@pytest.mark.parametrize("fault", [Cut(), Drop(), ServerError(502), Hang(2.0)])
def test_without_a_token_nothing_was_posted(tenant: LarkSandbox, fault: Cut) -> None:
    via = calls(tenant)
    tenant.faults.next("auth.token", fault)
    with pytest.raises(SendLater):
        say(tenant, via)
    assert made(tenant, "im.message.create") == []
    assert say(tenant, via)["message_id"]


@pytest.mark.parametrize("fault", [Cut(), Drop(), ServerError(502), Hang(2.0), Code(230049, "being sent")])
def test_writes_are_never_repeated_by_themselves(tenant: LarkSandbox, fault: Cut) -> None:
    via = calls(tenant)
    via.read(INFO)
    tenant.faults.next("im.message.create", fault)
    with pytest.raises(SendUnknown):
        say(tenant, via)
    assert len(made(tenant, "im.message.create")) == 1


def test_reads_are_tried_again_and_wait_when_asked(tenant: LarkSandbox) -> None:
    slept = list[float]()
    via = calls(tenant, sleep=slept.append)
    tenant.faults.next("bot.info", Cut(), times=2)
    assert via.read(INFO)["bot"]
    assert slept == sorted(slept)
    assert len(slept) == 2
    tenant.faults.next("bot.info", ServerError(500), times=9)
    with pytest.raises(SendLater):
        via.read(INFO)
    tenant.faults.clear()
    tenant.faults.next("im.chat.list", RateLimit(60))
    with pytest.raises(SendLater) as caught:
        via.read("im/v1/chats")
    assert caught.value.retry_after == 60.0


class Kept(dict[str, str]):
    """Facts as a dict."""

    def fact(self, key: str) -> str:
        return self.get(key, "")

    def remember(self, key: str, value: str) -> None:
        self[key] = value


def test_how_long_to_wait_outlasts_a_restart(tenant: LarkSandbox) -> None:
    facts = Kept()
    lark = LarkPlatform(lark_settings(tenant), str, facts)
    lark.auth()
    tenant.faults.next("im.chat.list", RateLimit(60))
    with pytest.raises(SendLater):
        lark.channels()
    before = len(tenant.calls)
    again = LarkPlatform(lark_settings(tenant), str, facts)
    with pytest.raises(SendLater) as caught:
        again.channels()
    assert 55 < caught.value.retry_after <= 60
    assert not [call for call in tenant.calls[before:] if call.method == "im.chat.list"]
    assert PAUSES in facts


def test_a_crowded_chat_does_not_hold_up_others(tenant: LarkSandbox) -> None:
    via = calls(tenant)
    via.read(INFO)
    tenant.faults.next("im.message.create", Code(230020, "This operation triggers the frequency limit."))
    with pytest.raises(SendLater) as caught:
        say(tenant, via)
    assert caught.value.retry_after == 1.0
    with pytest.raises(SendLater):
        say(tenant, via)
    card = {"schema": "2.0", "body": {"elements": [{"tag": "hr"}]}}
    chat = tenant.chat_id("topics")
    body = {"receive_id": chat, "msg_type": "interactive", "content": card}
    assert via.call("POST", "im/v1/messages", {"receive_id_type": "chat_id"}, body, spot=chat)["message_id"]


@pytest.mark.parametrize("code", [11232, 11233, 99991400])
def test_limits_of_the_tenant_hold_up_the_call_everywhere(tenant: LarkSandbox, code: int) -> None:
    via = calls(tenant)
    via.read(INFO)
    tenant.faults.next("im.message.create", Code(code, "limit"))
    with pytest.raises(SendLater) as caught:
        say(tenant, via)
    assert caught.value.retry_after >= 30.0
    before = len(tenant.calls)
    with pytest.raises(SendLater):
        say(tenant, via)
    assert len(tenant.calls) == before


def test_at_its_own_pace_it_is_never_refused() -> None:
    with LarkSandbox(LarkWorkspace.small(rate_limits=True)) as box:
        via = Calls(lark_settings(box, 5.0), LarkPace())
        for number in range(12):
            for _ in range(20):
                try:
                    say(box, via, f"{number}")
                    break
                except SendLater as wait:
                    threading.Event().wait(wait.retry_after)
        assert set(made(box, "im.message.create")) == {"ok"}
        assert len(box.messages("help")) == 12


def test_a_missing_permission_is_named() -> None:
    with LarkSandbox(LarkWorkspace.small(scopes=SCOPES - {"im:chat:readonly"})) as box:
        lark = LarkPlatform(lark_settings(box), str)
        with pytest.raises(
            SendRefused, match="lacks the permission im:chat or im:chat:readonly; add it under"
        ) as caught:
            lark.channels()
        assert "publish" in str(caught.value)


def test_checks_name_what_is_wrong() -> None:
    with LarkSandbox() as box:
        lark = LarkPlatform(lark_settings(box), str)
        box.say("help", "ben", "hi")
        assert [(what, well) for what, well, _ in lark.check()] == [
            ("Lark app and bot", True),
            ("Lark tenant", True),
            (f"Lark chats ({len([c for c in lark.channels() if not c.direct])})", True),
            ("Lark user groups", True),
            ("Lark members", True),
            ("Lark messages of groups", True),
            ("Lark reactions", True),
        ]
    for scope, what in (
        ("tenant:tenant:readonly", "Lark tenant"),
        ("im:message.group_msg", "Lark messages of groups"),
        ("contact:group:readonly", "Lark user groups"),
    ):
        with LarkSandbox(LarkWorkspace.small(scopes=SCOPES - {scope})) as box:
            bad = [line for line in LarkPlatform(lark_settings(box), str).check() if not line[1]]
            assert [line[0] for line in bad] == [what]
            assert scope in bad[0][2]
    with LarkSandbox(LarkWorkspace.small(published=False)) as box:
        ((what, well, remedy),) = LarkPlatform(lark_settings(box), str).check()
        assert (what, well) == ("Lark app and bot", False)
        assert "switch the bot on" in remedy


def test_nobody_listens_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(SendLater, match="cannot reach Lark") as caught:
        Calls(Lark(True, url, "cli_x", "", 1.0, 1.0, "s"), LarkPace(), lambda _: None).read(INFO)
    assert "\n" not in str(caught.value)


Answer = tuple[int, str, bytes]


@pytest.fixture
def strange() -> Iterator[Callable[[Answer], Lark]]:
    """A server that gives a token and then answers everything as it is told."""
    answers: list[Answer] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = b'{"code": 0, "tenant_access_token": "t-1", "expire": 7200}'
            status, kind, body = (200, "application/json", token) if "/auth/" in self.path else answers[0]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()

    def told(answer: Answer) -> Lark:
        answers[:] = [answer]
        return Lark(True, f"http://127.0.0.1:{server.server_port}", "cli_x", "", 1.0, 1000.0, "s")

    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<html>hello</html>"),
        (200, "application/json", b"[1, 2]"),
        (200, "application/json", b'{"code": "0"}'),
        (200, "application/json", b'{"code": true}'),
        (200, "application/json", b"\xff\xfe{"),
        (200, "application/json", b"[" * 100_000),
        (503, "text/html", b"busy"),
        (500, "application/json", b'{"code": 230001, "msg": "half done"}'),
    ],
)
def test_an_answer_that_is_none_leaves_the_outcome_unknown(strange: Callable[[Answer], Lark], answer: Answer) -> None:
    via = Calls(strange(answer), LarkPace(None, 1000.0))
    body = {"receive_id": "oc_x", "content": {"schema": "2.0", "body": {"elements": []}}}
    with pytest.raises(SendUnknown):
        via.call("POST", "im/v1/messages", None, body)


def test_a_proxy_that_refuses_is_waited_for(strange: Callable[[Answer], Lark]) -> None:
    via = Calls(strange((403, "text/html", b"<h1>Forbidden</h1>")), LarkPace(None, 1000.0))
    body = {"receive_id": "oc_x", "content": {"schema": "2.0", "body": {"elements": []}}}
    with pytest.raises(SendLater, match=r"check lark\.domain and the proxy"):
        via.call("POST", "im/v1/messages", None, body)


def test_the_secret_and_token_are_in_no_message(tenant: LarkSandbox) -> None:
    via = calls(tenant)
    said = list[str]()
    for fault in (Cut(), ServerError(500), Code(10014, "secret lark-sandbox invalid"), RateLimit(3)):
        tenant.faults.next("auth.token", fault)
        with pytest.raises(VigilError) as caught:
            say(tenant, via)
        said.append(str(caught.value))
    assert tenant.app_secret not in " ".join(said)
    assert tenant.app_secret not in repr(lark_settings(tenant))
