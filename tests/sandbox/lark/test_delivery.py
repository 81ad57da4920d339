"""Events reach the stock long connection of lark_oapi, are acknowledged, and come again when they are not."""

from collections.abc import Iterator

import pytest

from bot.sandbox import Code, Cut, Delay, Drop, Duplicate, LarkSandbox, LarkWorkspace, Reorder, SandboxError, TooMany
from tests.sandbox.lark.client import Listener

RECEIVED = "im.message.receive_v1"


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[LarkSandbox, Listener]]:
    """One listening process for all, since it takes seconds to start; each test leaves it connected."""
    settings = LarkWorkspace.small(retry_after=(0.5, 0.5, 1.0, 3.0), ack_within=2.0, frame_limit=900)
    with LarkSandbox(settings) as box, Listener(box) as bot:
        yield box, bot


@pytest.fixture
def box(shared: tuple[LarkSandbox, Listener]) -> Iterator[LarkSandbox]:
    box = shared[0]
    yield box
    box.faults.clear()
    box.wait_connected()
    box.wait_acked(20)


@pytest.fixture
def bot(shared: tuple[LarkSandbox, Listener]) -> Listener:
    return shared[1]


def test_a_message_reaches_the_app_complete_and_is_acknowledged(box: LarkSandbox, bot: Listener) -> None:
    message = box.say("help", "ben", "<@vigil> is it down?")
    event = bot.messages("is it down?")[0]
    box.wait_acked()
    assert box.ack_times
    assert event["message"]["message_id"] == message
    assert event["message"]["content"] == '{"text": "@_user_1 is it down?"}'
    assert (event["message"]["chat_type"], event["message"]["message_type"]) == ("group", "text")
    assert event["sender"]["sender_id"]["open_id"] == box.open_id("ben")
    assert event["message"]["mentions"][0]["id"]["open_id"] == box.open_id("vigil")
    header = bot.of(RECEIVED)[0]["header"]
    assert (header["app_id"], header["tenant_key"]) == (box.app_id, box.workspace.tenant_key)


def test_a_long_message_comes_in_pieces_and_arrives_whole(box: LarkSandbox, bot: Listener) -> None:
    text = "长消息 " * 2000
    box.say("help", "ben", text)
    assert text.strip() in bot.messages("长消息")[0]["message"]["content"]


def test_answers_threads_and_topics_name_what_they_answer(box: LarkSandbox, bot: Listener) -> None:
    root = box.say("help", "ben", "root of it")
    box.say("help", "ana", "chained", thread=root)
    chained = bot.messages("chained")[0]["message"]
    assert (chained["root_id"], chained["parent_id"], chained.get("thread_id")) == (root, root, None)
    box.say("help", "ana", "threaded", thread=root, in_thread=True)
    assert bot.messages("threaded")[0]["message"]["thread_id"] == box.message(root).thread_id
    topic = box.say("topics", "ben", "a topic")
    assert bot.messages("a topic")[0]["message"]["thread_id"] == box.message(topic).thread_id


def test_all_kinds_of_messages(box: LarkSandbox, bot: Listener) -> None:
    box.say("help", "ben", files=["trace.log"])
    assert bot.messages("trace.log")[0]["message"]["message_type"] == "file"
    box.say("help", "ben", post=[[{"tag": "text", "text": "rich words"}, {"tag": "at", "user_id": "ana"}]], title="T")
    rich = bot.messages("rich words")[0]["message"]
    assert (rich["message_type"], rich["mentions"][0]["name"]) == ("post", "Ana Ruiz")
    box.say("help", "ben", image=True)
    assert bot.messages("img_v3_")[0]["message"]["message_type"] == "image"
    box.forward("help", "ben", [box.say("random", "ben", "elsewhere")])
    assert bot.messages("Merged and Forwarded")[0]["message"]["message_type"] == "merge_forward"
    direct = box.open_im("ben")
    box.say(direct, "ben", "between us")
    assert bot.messages("between us")[0]["message"]["chat_type"] == "p2p"


def test_what_happens_to_messages_and_chats_is_told(box: LarkSandbox, bot: Listener) -> None:
    message = box.say("help", "ben", "first words")
    box.edit("help", message, "second words")
    edited = bot.wait("im.message.updated_v1", "second words")[0]["event"]["message"]
    assert (edited["message_id"], edited["update_time"] > edited["create_time"]) == (message, True)
    box.react("help", message, "DONE", "ana")
    box.unreact("help", message, "DONE", "ana")
    made = bot.wait("im.message.reaction.created_v1", message)[0]["event"]
    assert (made["reaction_type"]["emoji_type"], made["user_id"]["open_id"]) == ("DONE", box.open_id("ana"))
    assert "chat_id" not in made
    bot.wait("im.message.reaction.deleted_v1", message)
    box.delete("help", message)
    assert bot.wait("im.message.recalled_v1", message)[0]["event"]["chat_id"] == box.chat_id("help")
    box.leave("help", "cleo")
    box.join("help", "cleo")
    bot.wait("im.chat.member.user.deleted_v1", "Cleo Marsh")
    bot.wait("im.chat.member.user.added_v1", "Cleo Marsh")
    box.join("random", "vigil", by="ana")
    assert bot.wait("im.chat.member.bot.added_v1")[0]["event"]["operator_id"]["open_id"] == box.open_id("ana")
    box.leave("random", "vigil")
    bot.wait("im.chat.member.bot.deleted_v1", box.chat_id("random"))
    box.rename("secret", "secrets")
    assert bot.wait("im.chat.updated_v1")[0]["event"]["after_change"]["name"] == "secrets"
    box.menu("ben", "stats")
    assert bot.wait("application.bot.menu_v6")[0]["event"]["event_key"] == "stats"


def test_an_unacknowledged_event_comes_again_with_the_same_event_id(box: LarkSandbox, bot: Listener) -> None:
    box.faults.next("ack", Drop(), times=2)
    box.say("help", "ben", "anybody there?")
    events = bot.wait(RECEIVED, "anybody there?", count=3)
    assert len({event["header"]["event_id"] for event in events}) == 1
    box.wait_acked()
    assert not box.dropped


def test_an_event_the_app_fails_at_comes_again_and_is_given_up_in_the_end(box: LarkSandbox, bot: Listener) -> None:
    before = box.refused
    box.say("help", "ben", "please fail")
    bot.wait(RECEIVED, "please fail", count=5)
    box.wait_for(lambda box: box.dropped)
    assert box.refused - before == 5
    assert box.dropped[-1].error == "not_acknowledged"


def test_lost_doubled_and_reordered_events(box: LarkSandbox, bot: Listener) -> None:
    box.faults.next("envelope", Drop())
    box.say("help", "ben", "lost at first")
    bot.messages("lost at first")
    box.wait_acked()
    box.faults.next("envelope", Duplicate())
    box.say("help", "ben", "doubled")
    bot.messages("doubled", count=2)
    box.wait_acked()
    box.faults.next("envelope", Reorder())
    box.say("help", "ben", "order one")
    box.say("help", "ben", "order two")
    bot.messages("order", count=2)
    said = [event["event"]["message"]["content"] for event in bot.of(RECEIVED)]
    assert said.index('{"text": "order two"}') < said.index('{"text": "order one"}')


def test_a_cut_connection_is_made_again_and_brings_what_was_said_meanwhile(box: LarkSandbox, bot: Listener) -> None:
    box.abort_sockets()
    box.wait_for(lambda box: box.connections == 0)
    box.say("help", "ben", "while you were away")
    box.wait_connected()
    bot.messages("while you were away")


def test_a_tenant_that_was_away_keeps_its_port_and_what_is_owed(box: LarkSandbox, bot: Listener) -> None:
    url = box.url
    box.stop()
    box.say("help", "ben", "nobody serves this yet")
    box.start()
    assert box.url == url
    bot.messages("nobody serves this yet")


def test_discovery_may_fail_for_a_while(box: LarkSandbox, bot: Listener) -> None:
    box.faults.next("endpoint", Code(1, "system busy"))
    box.faults.next("endpoint", Cut())
    box.abort_sockets()
    box.wait_for(lambda box: box.connections == 0)
    box.wait_connected(timeout=30)
    assert [fault for point, fault in box.faults.struck if point == "endpoint"][-2:] == [Code(1, "system busy"), Cut()]


def test_a_ping_is_answered_or_not(box: LarkSandbox, bot: Listener) -> None:
    pings = box.pings
    box.faults.next("pong", Drop())
    box.faults.next("pong", Delay(0.05))
    box.wait_for(lambda box: box.pings >= pings + 3)
    assert [point for point, _ in box.faults.struck].count("pong") == 2
    assert box.connections == 1


def test_a_deaf_connection_stays_open_and_brings_nothing(box: LarkSandbox, bot: Listener) -> None:
    pings = box.pings
    box.deafen_sockets()
    box.say("help", "ben", "can you hear me?")
    with pytest.raises(TimeoutError):
        bot.wait(RECEIVED, "can you hear me?", timeout=1.2)
    assert (box.connections, box.pings) == (1, pings)
    box.deafen_sockets(False)
    bot.messages("can you hear me?")


def test_a_mute_connection_stays_open_and_brings_nothing(box: LarkSandbox, bot: Listener) -> None:
    box.mute_sockets()
    box.say("help", "ben", "hello in there")
    with pytest.raises(TimeoutError):
        bot.wait(RECEIVED, "hello in there", timeout=1.2)
    assert box.connections == 1
    box.mute_sockets(False)
    bot.messages("hello in there")


def test_clicks_are_answered_with_toasts_and_new_cards(box: LarkSandbox, bot: Listener) -> None:
    new = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "thanks"}]}}
    answer = {"toast": {"type": "success", "content": "noted"}, "card": {"type": "raw", "data": new}}
    message = box.say("help", "alerts", card=card({"do": "answer", "answer": answer}))
    asked = box.click("help", message, "answer", "ben")
    assert asked.wait()["toast"]["content"] == "noted"
    assert box.toasts[-1] == {"message_id": message, "user": box.open_id("ben"), "type": "success", "content": "noted"}
    assert box.message(message).card == new
    event = bot.wait("card.action.trigger", message)[0]["event"]
    assert event["context"] == {"open_message_id": message, "open_chat_id": box.chat_id("help")}
    assert event["operator"]["open_id"] == box.open_id("ben")
    assert event["action"]["value"]["do"] == "answer"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"do": "fail"}, "200671"),
        ({"do": "odd", "answer": {"toast": {"type": "loud", "content": "x"}}}, "200672"),
        ({"do": "bad", "answer": {"card": {"type": "raw", "data": {"schema": "2.0"}}}}, "200673"),
        ({"do": "sleep"}, "operation_timeout"),  # last: it keeps the client's only loop busy
    ],
)
def test_clicks_that_go_wrong(box: LarkSandbox, bot: Listener, value: dict[str, object], error: str) -> None:
    message = box.say("help", "alerts", card=card(value))
    asked = box.click("help", message, str(value["do"]), "ben")
    with pytest.raises(SandboxError, match=error):
        asked.wait()
    assert box.message(message).card == card(value)


def test_a_click_while_nobody_is_connected_fails_at_once() -> None:
    with LarkSandbox(LarkWorkspace.small()) as box:
        message = box.say("help", "alerts", card=card({"do": "x"}))
        with pytest.raises(SandboxError, match="dispatch_failed"):
            box.click("help", message, "x", "ben").wait(2)


@pytest.mark.parametrize("wrong", ["secret", "too many"])
def test_the_stock_client_ends_when_it_is_refused(wrong: str) -> None:
    """It takes these refusals for final: whoever runs it must start it again."""
    with LarkSandbox(LarkWorkspace.small()) as box:
        if wrong == "too many":
            box.faults.next("socket", TooMany())
        bot = Listener(box, secret="wrong" if wrong == "secret" else "")
        try:
            assert bot.process.wait(100) == 1
        finally:
            bot.close()
        assert [call.outcome for call in box.calls] == ["1000040345" if wrong == "secret" else "0"]


def card(value: dict[str, object]) -> dict[str, object]:
    button = {
        "tag": "button",
        "text": {"tag": "plain_text", "content": "Go"},
        "behaviors": [{"type": "callback", "value": value}],
    }
    return {"schema": "2.0", "body": {"elements": [button]}}
