"""Events reach a real Bolt app over Socket Mode, are acknowledged, and come again when they are not."""

import json
from typing import Any

import pytest
from slack_sdk.socket_mode import SocketModeClient

from bot.sandbox import Cut, Drop, Duplicate, Reorder, Sandbox, SandboxError
from tests.sandbox.bolt_bot import Bot, web_client


def test_a_message_reaches_the_app_complete_and_is_acknowledged(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect()
    ts = box.say("C0HELP", "U0BEN", "is it &lt;down&gt;?")
    body = bot.wait(kept)[0]
    box.wait_acked()
    event = body["event"]
    assert (event["text"], event["user"], event["ts"], event["channel"]) == (
        "is it &lt;down&gt;?",
        "U0BEN",
        ts,
        "C0HELP",
    )
    assert event["channel_type"] == "channel"
    assert event["client_msg_id"]
    assert event["blocks"][0]["elements"][0]["elements"][0]["text"] == "is it <down>?"
    assert body["type"] == "event_callback"
    assert body["authorizations"][0]["user_id"] == "U0VIGIL"
    assert {"token", "team_id", "api_app_id", "event_id", "event_time", "event_context"} <= set(body)
    assert len(box.ack_times) == 1


def test_an_unacknowledged_event_comes_again_with_the_same_event_id(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect()
    box.faults.next("ack", Drop(), times=2)
    box.say("C0HELP", "U0BEN", "anybody?")
    bodies = bot.wait(kept, 3)
    box.wait_acked()
    assert len({body["event_id"] for body in bodies}) == 1
    assert not box.dropped


def test_retry_attempt_rises_and_then_the_event_is_dropped(box: Sandbox, bot: Bot) -> None:
    attempts: list[tuple[str, str]] = []

    def note(request, next) -> None:  # type: ignore[no-untyped-def]
        headers = request.headers
        attempts.append((headers["x-slack-retry-num"][0], headers.get("x-slack-retry-reason", [""])[0]))
        next()

    bot.app.use(note)
    bot.keep("message")
    bot.connect()
    box.faults.chance("ack", Drop(), p=1.0)
    box.say("C0HELP", "U0BEN", "anybody?")
    box.wait_for(lambda box: box.dropped)
    assert attempts == [("0", ""), ("1", "timeout"), ("2", "timeout"), ("3", "timeout")]
    assert box.dropped[0].error == "not_acknowledged"


def test_what_is_said_while_nobody_listens_comes_by_redelivery(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    box.say("C0HELP", "U0BEN", "early")
    bot.connect()
    assert bot.wait(kept)[0]["event"]["text"] == "early"


def test_a_workspace_that_was_away_keeps_its_port_its_messages_and_what_is_owed(bot: Bot, box: Sandbox) -> None:
    kept = bot.keep("message")
    url = box.url
    box.stop()
    box.say("C0HELP", "U0BEN", "while away")
    box.start()
    bot.connect()
    assert box.url == url
    assert bot.wait(kept)[0]["event"]["text"] == "while away"


def test_a_lost_envelope_is_redelivered_and_a_doubled_one_comes_twice(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect()
    box.faults.next("envelope", Drop())
    box.say("C0HELP", "U0BEN", "lost")
    bot.wait(kept)
    box.faults.next("envelope", Duplicate())
    box.say("C0HELP", "U0BEN", "doubled")
    assert [body["event"]["text"] for body in bot.wait(kept, 3)] == ["lost", "doubled", "doubled"]


def test_a_held_envelope_arrives_after_the_next(box: Sandbox) -> None:
    frames: list[dict[str, Any]] = []

    def note(text: str) -> None:
        frames.append(json.loads(text))
        if frames[-1]["type"] != "hello":  # a late hello must not take the fault away before its time
            box.faults.clear()

    raw = SocketModeClient("xapp-sandbox", web_client=web_client(box), on_message_listeners=[note])
    raw.connect()
    box.wait_connected()
    box.faults.next("envelope", Reorder())
    box.say("C0HELP", "U0BEN", "first")
    box.say("C0HELP", "U0BEN", "second")
    box.wait_for(lambda box: box.dropped)
    box.stop()
    raw.close()
    assert frames[0]["type"] == "hello"
    assert [frame["payload"]["event"]["text"] for frame in frames[1:3]] == ["second", "first"]


def test_the_app_reconnects_after_a_disconnect_frame(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect()
    box.disconnect()
    box.wait_connected(2)
    box.say("C0HELP", "U0BEN", "over the new socket")
    bot.wait(kept)


def test_the_app_reconnects_after_its_socket_was_cut(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect(ping_interval=0.1)
    box.abort_sockets()
    box.wait_for(lambda box: box.connections == 0)
    box.wait_connected()
    box.say("C0HELP", "U0BEN", "are you back?")
    bot.wait(kept)


def test_an_envelope_sent_on_a_socket_that_breaks_comes_again(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect()
    box.faults.next("envelope", Cut())
    box.faults.next("ack", Drop())
    box.say("C0HELP", "U0BEN", "torn")
    bot.wait(kept)
    box.wait_acked()


def test_a_click_without_a_connection_fails_at_once(box: Sandbox) -> None:
    with pytest.raises(SandboxError, match="dispatch_failed"):
        box.command("C0HELP", "U0BEN", "/vigil", "help").wait(2)


def test_two_connections_share_the_events(box: Sandbox, bot: Bot) -> None:
    first = bot.keep("message")
    bot.connect()
    other = Bot(box)
    second = other.keep("message")
    other.connect()
    box.wait_connected(2)
    for number in range(4):
        box.say("C0HELP", "U0BEN", f"question {number}")
    box.wait_for(lambda _: len(first) + len(second) == 4)
    assert len(first) == len(second) == 2
    other.close()


def test_a_burst_arrives_whole(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    bot.connect()
    for number in range(300):
        box.say("C0HELP", "U0BEN", f"question {number}")
    box.wait_acked()
    assert {body["event"]["text"] for body in bot.wait(kept, 300)} == {f"question {number}" for number in range(300)}
