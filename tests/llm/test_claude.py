"""The real SDK against an endpoint that fails in every way: each failure is one word, what it cost is told, nobody is lied to."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.config import LLM
from bot.llm.base import Data, Speechless, Step, Task
from bot.llm.claude import PLACEHOLDER, Claude
from bot.sandbox import (
    Cut,
    Declined,
    Drop,
    Empty,
    Fault,
    Garbage,
    Hang,
    OffShape,
    Overloaded,
    RateLimit,
    Refuses,
    Sandbox,
    ServerError,
    Trickle,
    Truncated,
    WrongTool,
)
from tests.llm.asks import KEY, SEARCH, Time, Words, ask, claude

FAILURES: list[tuple[Fault, str, int]] = [
    (Refuses(400), "failed", 1),
    (Refuses(401, "authentication_error"), "refused_key", 1),
    (Refuses(402, "billing_error"), "failed", 1),
    (Refuses(403, "permission_error"), "refused_key", 1),
    (Refuses(404, "not_found_error"), "failed", 1),
    (Refuses(408, "timeout_error"), "timeout", 3),
    (Refuses(413, "request_too_large"), "failed", 1),
    (Refuses(503, "overloaded_error"), "overloaded", 3),
    (RateLimit(1), "limited", 3),
    (RateLimit(600), "limited", 1),
    (ServerError(500), "failed", 3),
    (ServerError(502), "failed", 3),
    (ServerError(504), "timeout", 3),
    (Overloaded(), "overloaded", 3),
    (Drop(), "unreachable", 3),
    (Cut(), "cut", 3),
    (Garbage(), "garbled", 1),
    (Garbage(b"<html>Bad gateway</html>"), "garbled", 1),
    (Garbage(b""), "garbled", 1),
    (Garbage(b"[" * 100_000), "garbled", 1),
    (Garbage(b" " * 1_500_000), "garbled", 1),
    (OffShape(), "garbled", 1),
    (OffShape("I would rather chat."), "garbled", 1),
    (Truncated(), "cut", 1),
    (Declined(), "refused", 1),
    (WrongTool(), "garbled", 1),
    (WrongTool(SEARCH.name, '{"words": 7}'), "garbled", 1),
    (Empty(), "garbled", 1),
]
TOLD = (OffShape, Truncated, Declined, WrongTool, Empty)


@pytest.mark.parametrize(("fault", "word", "tries"), FAILURES, ids=lambda value: str(value)[:40])
def test_each_failure_is_one_word_after_as_many_tries_as_make_sense(
    box: Sandbox, fault: Fault, word: str, tries: int
) -> None:
    box.faults.next("messages", fault, times=9)
    with pytest.raises(Speechless) as caught:
        claude(box, Time()).ask(ask(tools=(SEARCH,)))
    assert caught.value.why == word
    assert len(box.llm.requests) == tries
    call = caught.value.call
    assert call is not None
    assert (call.task, call.model, call.prompt, call.failure) == (
        Task.COMPOSE, "claude-sonnet-5-5", "compose-1+common-1", word,
    )  # fmt: skip
    assert (call.written > 0) == isinstance(fault, TOLD)
    assert (call.read > 0) == isinstance(fault, (*TOLD, Drop, Cut, Garbage))
    assert caught.value.__cause__ is None


def test_an_endpoint_that_hangs_and_one_that_trickles(box: Sandbox) -> None:
    for fault in (Hang(30), Trickle(0.1)):
        box.faults.next("messages", fault)
        with pytest.raises(Speechless) as caught:
            claude(box, retries=0, timeout_seconds=1.0).ask(ask())
        assert caught.value.why == "timeout"
        assert caught.value.call is not None
        assert caught.value.call.read > 100


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://nowhere.invalid"])
def test_nobody_there(address: str) -> None:
    time = Time()
    settings = LLM(enabled=True, base_url=address, retries=1)
    with pytest.raises(Speechless) as caught:
        Claude(settings, time.alive, time, time.sleep, lambda: 0.0).ask(ask())
    assert caught.value.why == "unreachable"
    assert caught.value.call is not None
    assert caught.value.call.read == 0
    assert len(time.slept) == 1


def test_a_failure_in_passing_is_tried_again_and_what_was_lost_is_counted(box: Sandbox) -> None:
    box.faults.next("messages", Overloaded())
    box.faults.next("messages", Cut())
    prices = {"claude-sonnet-5-5": (3.0, 0.3, 3.75, 15.0)}
    reply = claude(box, Time(), prices=prices).ask(ask())
    assert reply.value is not None
    assert reply.value.enough
    once = claude(box, Time(), prices=prices).ask(ask())
    assert reply.call.read > 1.5 * once.call.read
    assert reply.call.written == once.call.written
    assert once.call.cost == pytest.approx((once.call.read * 3 + once.call.written * 15) / 1e6)
    assert len(box.llm.requests) == 4


def test_the_answer_is_typed_and_cites_what_was_sent(box: Sandbox) -> None:
    reply = claude(box).ask(ask())
    assert reply.value is not None
    assert {hit for part in reply.value.parts for hit in part.hits} == {"h1"}
    assert reply.value.parts[0].text == "A deploy fails with exit code 137 when memory is short."
    assert (reply.uses, reply.raw, reply.call.failure) == ((), None, "")
    sent = json.loads(box.llm.requests[0].body)
    assert sent["max_tokens"] == 1024 + 2048
    assert sent["output_config"]["effort"] == "low"
    assert box.llm.requests[0].key == KEY
    assert box.llm.requests[0].headers["anthropic-version"]


def test_each_task_has_its_model(box: Sandbox) -> None:
    voice = claude(box)
    models = [voice.ask(ask(task)).call.model for task in (Task.JUDGE, Task.COMPOSE)]
    assert models == ["claude-haiku-5-5", "claude-sonnet-5-5"]
    assert [json.loads(request.body)["model"] for request in box.llm.requests] == models


def test_look_ups_round_by_round(box: Sandbox) -> None:
    voice, asked = claude(box), ask(Task.CONVERSE, hit="Nothing about that here.", tools=(SEARCH,))
    first = voice.ask(asked)
    assert first.value is None
    assert [(use.tool, type(use.takes)) for use in first.uses] == [(SEARCH.name, Words)]
    assert "exit" in first.uses[0].takes.words
    step = Step(first.uses, ("[e7] A deploy fails with exit code 137 when memory is short.",), first.raw)
    second = voice.ask(ask(Task.CONVERSE, hit="Nothing about that here.", tools=(SEARCH,), steps=(step,)))
    assert second.value is not None
    assert second.value.parts[0].hits == ("e7",)
    again = json.loads(box.llm.requests[1].body)["messages"][1]["content"]
    assert [block["type"] for block in again] == ["thinking", "tool_use"], (
        "a thought goes back unchanged with its calls"
    )


def test_a_stable_beginning_is_read_from_the_cache(box: Sandbox) -> None:
    rules = Data("rules", "Deploys are made from main. " * 300)
    voice = claude(box)
    first, second = (voice.ask(ask(stable=(rules,), hit=f"Fails with exit code 137. {n}")).call for n in "12")
    assert (first.cached, first.kept > 1024) == (0, True)
    assert (second.cached, second.kept) == (first.kept, 0)
    assert second.read < 1024


def test_text_that_cannot_be_encoded_is_sent_all_the_same(box: Sandbox) -> None:
    assert claude(box).ask(ask(hit="A deploy fails with exit code 137 \ud800 when memory is short.")).value is not None


def test_a_local_server_needs_no_key(box: Sandbox) -> None:
    Claude(LLM(enabled=True, base_url=box.url)).ask(ask())
    assert box.llm.requests[0].key == PLACEHOLDER


def test_the_environment_leads_nowhere_else(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "another-token")
    claude(box).ask(ask())
    assert box.llm.requests[0].key == KEY
    from bot.llm.claude import ANTHROPIC

    assert str(Claude(LLM(enabled=True, api_key=KEY))._sdk.base_url).rstrip("/") == ANTHROPIC


def test_no_proxy_stands_before_a_server_on_this_machine(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert claude(box).ask(ask()).value is not None


def test_no_redirect_is_followed(box: Sandbox) -> None:
    class Redirecting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("location", f"{box.url}/v1/messages")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Not to the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        settings = LLM(enabled=True, base_url=f"http://127.0.0.1:{server.server_port}", api_key=KEY, retries=0)
        with pytest.raises(Speechless) as caught:
            Claude(settings).ask(ask())
    finally:
        server.shutdown()
        server.server_close()
    assert caught.value.why == "failed"
    assert box.llm.requests == []


def test_something_that_is_no_web_server(box: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble() -> None:
            connection = server.accept()[0]
            connection.recv(65536)
            connection.sendall(b"SSH-2.0-OpenSSH_9.7\r\n" * 10)
            connection.close()

        threading.Thread(target=babble, daemon=True).start()
        settings = LLM(enabled=True, base_url=f"http://127.0.0.1:{server.getsockname()[1]}", retries=0)
        with pytest.raises(Speechless) as caught:
            Claude(settings).ask(ask())
    assert caught.value.why == "unreachable"
