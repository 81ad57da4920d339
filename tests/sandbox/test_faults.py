"""Faults that a test switches on strike the stock clients as a bad network and a bad day at Slack do."""

import socket
from http.client import RemoteDisconnected
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Cut, Delay, Drop, Hang, HangOpen, Late, NoHello, RateLimit, Sandbox, ServerError, TooMany
from tests.sandbox.bolt_bot import Bot, web_client

LOST = (URLError, RemoteDisconnected, ConnectionError, TimeoutError)


def texts(box: Sandbox) -> list[str]:
    return [str(message["text"]) for message in box.messages("C0HELP")]


def test_a_cut_call_was_applied_and_a_dropped_one_was_not(box: Sandbox, client: WebClient) -> None:
    box.faults.next("chat.postMessage", Cut())
    with pytest.raises(LOST):
        client.chat_postMessage(channel="C0HELP", text="cut")
    box.faults.next("chat.postMessage", Drop())
    with pytest.raises(LOST):
        client.chat_postMessage(channel="C0HELP", text="dropped")
    client.chat_postMessage(channel="C0HELP", text="fine")
    assert texts(box) == ["cut", "fine"]
    assert [call.outcome for call in box.calls] == ["ok, Cut", "Drop", "ok"]


def test_the_clients_own_retries_double_a_cut_post(box: Sandbox) -> None:
    box.faults.next("chat.postMessage", Cut())
    WebClient(token="xoxb-sandbox", base_url=box.api_url).chat_postMessage(channel="C0HELP", text="twice")
    assert texts(box) == ["twice", "twice"]


def test_too_many_and_out_of_order(box: Sandbox, client: WebClient) -> None:
    box.faults.next("*", RateLimit(7))
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C0HELP", text="early")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    box.faults.next("chat.postMessage", ServerError(503), times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C0HELP", text="broken")
        assert caught.value.response.status_code == 503
    assert texts(box) == []


@pytest.mark.parametrize("applied", [True, False])
def test_a_call_that_hangs_runs_into_the_clients_timeout(box: Sandbox, applied: bool) -> None:
    box.faults.next("chat.postMessage", Hang(30, applied=applied))
    with pytest.raises(LOST):
        web_client(box, timeout=0.2).chat_postMessage(channel="C0HELP", text="hello?")
    assert texts(box) == (["hello?"] if applied else [])


def test_a_delayed_reply_is_a_reply(box: Sandbox, client: WebClient) -> None:
    box.faults.next("auth.test", Delay(0.05))
    assert client.auth_test()["ok"]


def test_chance_strikes_the_same_way_for_the_same_seed(box: Sandbox) -> None:
    def struck(seed: int) -> list[bool]:
        box.faults.clear()
        box.faults.chance("users.info", Drop(), p=0.5, seed=seed)
        return [box.faults.draw("users.info") is not None for _ in range(40)]

    assert struck(1) == struck(1) != struck(2)
    assert 5 < sum(struck(1)) < 35
    assert box.faults.draw("users.list") is None


def test_a_star_stands_for_web_api_methods_only(box: Sandbox) -> None:
    box.faults.chance("*", Drop(), p=1.0)
    assert box.faults.draw("envelope") is None
    assert box.faults.draw("chat.update") == Drop()


def test_a_socket_without_greeting_gets_no_events(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    box.faults.next("socket", NoHello())
    with pytest.raises(TimeoutError):
        bot.connect(timeout=0.2)
    box.say("C0HELP", "U0BEN", "anybody?")
    assert box.connections == 0
    assert not kept


def test_the_handshake_of_a_socket_may_hang(box: Sandbox, client: WebClient) -> None:
    box.faults.next("socket", HangOpen())
    url = str(client.apps_connections_open(app_token="xapp-sandbox")["url"])
    with pytest.raises(TimeoutError):
        urlopen(url.replace("ws://", "http://"), timeout=0.2)
    assert box.connections == 0


def test_a_mute_socket_stays_open_and_brings_nothing(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect()
    box.mute_sockets()
    box.say("C0HELP", "U0BEN", "anybody?")
    box.wait_for(lambda box: box.dropped)
    assert (box.connections, kept) == (1, [])


def test_a_late_call_is_applied_after_its_connection_is_gone(box: Sandbox, client: WebClient) -> None:
    box.faults.next("chat.postMessage", Late(0.3))
    with pytest.raises(LOST):
        client.chat_postMessage(channel="C0HELP", text="late")
    assert texts(box) == []
    box.wait_message("C0HELP")
    assert texts(box) == ["late"]


def test_a_socket_too_many_is_turned_away(box: Sandbox) -> None:
    box.faults.next("socket", TooMany())
    head = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    host = box.url.removeprefix("http://")
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), 5) as line:
        line.sendall(f"GET /socket?ticket={box._core.new_ticket()} HTTP/1.1\r\nHost: {host}\r\n{head}\r\n".encode())
        said = b"".join(iter(lambda: line.recv(4096), b""))
    assert b"too_many_websockets" in said
    assert b"hello" not in said
    assert box.connections == 0
