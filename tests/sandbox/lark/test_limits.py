"""Tokens, permissions, rate limits and faults of Lark's REST calls, with the stock client."""

import json

import pytest
import requests

from bot.sandbox import Code, Cut, Drop, Hang, LarkSandbox, LarkWorkspace, Late, RateLimit, ServerError
from bot.sandbox.lark_api import answer_call
from bot.sandbox.lark_limits import LarkLimits
from bot.sandbox.lark_models import Denied
from bot.sandbox.lark_workspace import ALL_MESSAGES, SCOPES
from tests.sandbox.lark.client import Rest

LOST = (requests.ConnectionError, requests.Timeout)


def test_a_wrong_app_or_secret_gets_no_token(box: LarkSandbox) -> None:
    from lark_oapi.core.exception import ObtainAccessTokenException

    with pytest.raises(ObtainAccessTokenException, match="10014"):
        Rest(box, secret="wrong").send(box.chat_id("help"), "hello")
    path, body = f"{box.url}/open-apis/auth/v3/tenant_access_token/internal", {"app_id": "cli_x", "app_secret": "y"}
    assert requests.post(path, json=body, timeout=5).json()["code"] == 10003
    assert "wrong" not in json.dumps([call.args for call in box.calls])


def test_a_token_is_kept_until_it_is_refused(box: LarkSandbox, rest: Rest) -> None:
    rest.send(box.chat_id("help"), "one")
    rest.send(box.chat_id("help"), "two")
    assert [call.method for call in box.calls].count("auth.token") == 1
    box.expire_tokens()
    assert rest.send(box.chat_id("help"), "three")["code"] == 99991663
    assert [m.text for m in box.messages("help")] == ["one", "two"]
    # The stock client goes on with the old token until whoever uses it takes the token away.
    assert rest.send(box.chat_id("help"), "three")["code"] == 99991663
    from lark_oapi.core.token import TokenManager

    TokenManager.cache.set(f"self_tenant_token:{box.app_id}", "", 0)
    assert rest.send(box.chat_id("help"), "three")["code"] == 0


def test_a_short_lived_token_is_fetched_anew_each_time() -> None:
    with LarkSandbox(LarkWorkspace.small(token_life=600.0)) as box:
        rest = Rest(box)
        for number in range(2):
            assert rest.send(box.chat_id("help"), f"{number}")["code"] == 0
        assert [call.method for call in box.calls].count("auth.token") == 2


def test_a_call_without_a_token_or_with_an_odd_one(box: LarkSandbox) -> None:
    for header, code in (({}, 99991661), ({"Authorization": "Bearer hello"}, 99991671)):
        answer = requests.get(f"{box.url}/open-apis/im/v1/chats", headers=header, timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert requests.get(f"{box.url}/open-apis/im/v1/nothing", timeout=5).status_code == 404


def test_a_missing_scope_is_named() -> None:
    with LarkSandbox(LarkWorkspace.small(scopes=SCOPES - {"im:chat:readonly"})) as box:
        status, body, _ = Rest(box).call("GET", "im/v1/chats")
        assert (status, body["code"]) == (400, 99991672)
        assert "im:chat:readonly" in body["msg"]
        assert body["error"]["permission_violations"][1]["subject"] == "im:chat:readonly"


def test_without_the_extra_permission_only_mentions_are_heard_and_no_history_is_read() -> None:
    with LarkSandbox(LarkWorkspace.small(scopes=SCOPES - {ALL_MESSAGES})) as box:
        box.say("help", "ben", "is it down?")
        assert not box.unacked()
        box.say("help", "ben", "<@vigil> is it down?")
        assert len(box.unacked()) == 1
        where = {"container_id_type": "chat", "container_id": box.chat_id("help")}
        assert Rest(box).call("GET", "im/v1/messages", **where)[1]["code"] == 230027


def test_what_an_app_never_hears() -> None:
    with LarkSandbox(LarkWorkspace.small()) as box:
        Rest(box).send(box.chat_id("help"), "my own words")
        box.say("help", "alerts", "<@vigil> disk full")
        box.say("random", "ben", "among us")
        assert not box.unacked()
    with LarkSandbox(LarkWorkspace.small(published=False)) as box:
        box.say("help", "ben", "<@vigil> hello?")
        assert not box.unacked()
        assert Rest(box).send(box.chat_id("help"), "hello")["code"] == 99991672
        assert Rest(box).call("GET", "bot/v3/info")[1]["code"] == 11205
    with LarkSandbox(LarkWorkspace.small(events=frozenset({"im.message.recalled_v1"}))) as box:
        message = box.say("help", "ben", "hello?")
        assert not box.unacked()
        box.delete("help", message)
        assert len(box.unacked()) == 1


def test_a_person_outside_the_apps_availability() -> None:
    with LarkSandbox(LarkWorkspace.small(unavailable=("ben",))) as box:
        body = {"receive_id": box.open_id("ben"), "msg_type": "text", "content": '{"text": "psst"}'}
        assert Rest(box).call("POST", "im/v1/messages", body, receive_id_type="open_id")[1]["code"] == 230013


def test_five_messages_a_second_to_one_chat() -> None:
    with LarkSandbox(LarkWorkspace.small(rate_limits=True)) as box:
        bearer = f"Bearer {box._core.token()[0]}"

        def send(chat: str) -> int:
            body = {"receive_id": box.chat_id(chat), "msg_type": "text", "content": '{"text": "x"}'}
            query = {"receive_id_type": ["chat_id"]}
            raw = json.dumps(body).encode()
            return int(answer_call(box._core, "POST", "im/v1/messages", query, bearer, raw).body["code"])

        codes = [send("help") for _ in range(30)]
        assert codes[:5] == [0] * 5
        assert 230020 in codes
        assert send("helpers") == 0


def test_fifty_calls_a_second_of_one_kind() -> None:
    limits = LarkLimits()

    def calls() -> None:
        for _ in range(1000):
            limits.check("im.chat.list", "")

    with pytest.raises(Denied, match="99991400"):
        calls()
    limits.check("im.chat.get", "")


def test_the_apps_own_limit_says_how_long_to_wait(box: LarkSandbox, rest: Rest) -> None:
    box.faults.next("im.message.create", RateLimit(3))
    body = {"receive_id": box.chat_id("help"), "msg_type": "text", "content": '{"text": "x"}'}
    status, answer, headers = rest.call("POST", "im/v1/messages", body, receive_id_type="chat_id")
    assert (status, answer["code"], headers["x-ogw-ratelimit-reset"]) == (429, 99991400, "3")
    assert box.all_messages("help") == []


def test_storms_over_a_chat_and_over_a_method(box: LarkSandbox, rest: Rest) -> None:
    help_chat, helpers = box.chat_id("help"), box.chat_id("helpers")
    box.limits.storm("im.message.create", 30, help_chat)
    assert rest.send(help_chat, "x")["code"] == 230020
    assert rest.send(helpers, "x")["code"] == 0
    box.limits.storm("im.message.create", 30)
    assert rest.send(helpers, "x")["code"] == 99991400


def test_a_cut_call_was_applied_and_its_uuid_finds_it(box: LarkSandbox) -> None:
    rest = Rest(box, timeout=0.5)
    rest.send(box.chat_id("helpers"), "a token first")
    for fault in (Cut(), Hang(2.0, applied=True)):
        box.faults.next("im.message.create", fault)
        with pytest.raises(LOST):
            rest.send(box.chat_id("help"), "cut", uuid=f"key of {type(fault).__name__}")
        again = rest.send(box.chat_id("help"), "cut", uuid=f"key of {type(fault).__name__}")
        assert again["data"]["message_id"] == box.messages("help")[-1].id
    assert len(box.messages("help")) == 2


def test_a_dropped_call_was_not_applied_and_a_late_one_is_later(box: LarkSandbox, rest: Rest) -> None:
    rest.send(box.chat_id("helpers"), "a token first")
    for fault in (Drop(), Late(0.2)):
        box.faults.next("im.message.create", fault)
        with pytest.raises(LOST):
            rest.send(box.chat_id("help"), "hello")
    box.wait_message("help")
    assert len(box.messages("help")) == 1


def test_errors_of_the_platform(box: LarkSandbox, rest: Rest) -> None:
    rest.send(box.chat_id("helpers"), "a token first")
    box.faults.next("im.message.create", ServerError(503))
    body = {"receive_id": box.chat_id("help"), "msg_type": "text", "content": '{"text": "x"}'}
    assert rest.call("POST", "im/v1/messages", body, receive_id_type="chat_id")[0] == 503
    box.faults.next("*", Code(230049, "The message is being sent.", applied=True))
    assert rest.send(box.chat_id("help"), "being sent")["code"] == 230049
    assert [m.text for m in box.messages("help")] == ["being sent"]
