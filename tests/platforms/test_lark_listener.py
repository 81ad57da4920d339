"""The SDK's real long connection brings every kind of event, committed before it is acknowledged, whatever breaks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.events import FORM, WHISPER, Click, Command, Deletion, Edit, Event, Membership, Reaction, Turn
from bot.messages import Button, Choice, Field, Form, Message, Post, Target
from bot.platforms import lark_whispers
from bot.platforms.lark import LarkPlatform
from bot.sandbox import Code, Delay, Drop, Duplicate, LarkSandbox, LarkWorkspace, Reorder, SandboxError
from tests.platforms.lark_ears import LarkEar, lark_settings, redacted

FORM_SHOWN = Form("vigil_not_helpful", "d1", "What was wrong?", "Send", (Field("reason", "Why?", "long"),))


@pytest.fixture(scope="module")
def town() -> Iterator[LarkSandbox]:
    """One tenant for all tests of a module that only listen; long messages come in pieces."""
    with LarkSandbox(LarkWorkspace.small(retry_after=(0.4,) * 12, ack_within=3.0, frame_limit=2000)) as box:
        yield box


@pytest.fixture(scope="module")
def listening(town: LarkSandbox) -> Iterator[LarkEar]:
    ear = LarkEar(town, lark_settings(town))
    yield ear
    ear.close()


@pytest.fixture
def ear(listening: LarkEar) -> Iterator[LarkEar]:
    listening.clear()
    yield listening
    listening.fail_next, listening.form = 0, None
    listening.box.faults.clear()
    listening.box.wait_acked(20)


@pytest.fixture(scope="module")
def lark(town: LarkSandbox) -> LarkPlatform:
    return LarkPlatform(lark_settings(town), redacted)


def channel(box: LarkSandbox, chat: str) -> str:
    return f"lark:{box.workspace.tenant_key}:{box.chat_id(chat)}"


def texts(ear: LarkEar) -> list[str]:
    return [event.text for event, _, _ in ear.heard if isinstance(event, Turn)]


def test_messages_threads_edits_and_recalls(town: LarkSandbox, ear: LarkEar) -> None:
    root = town.say("help", "ben", "<@vigil> it hangs, token hunter2, <@ana>")
    reply = town.say("help", "ana", "looking " * 2000, thread=root)
    town.edit("help", root, "it hangs no more")
    town.delete("help", reply)
    (first, second), (edit,), (gone,) = ear.wait(Turn, 2), ear.wait(Edit), ear.wait(Deletion)
    here = channel(town, "help")
    assert first.text == f"it hangs, token [secret], @{town.open_id('ana')}"
    assert (first.author, first.addressed, first.mentions) == (town.open_id("ben"), True, (town.open_id("ana"),))
    assert (second.id, second.thread_id) == (f"{here}:{reply}", f"{here}:{root}")
    assert len(second.text.split()) == 2000
    assert (edit.turn_id, edit.text, edit.turn) == (
        first.id,
        "it hangs no more",
        replace(first, text="", addressed=False, mentions=()),
    )
    assert gone.turn_id == second.id


def test_topics_direct_chats_files_and_rich_text(town: LarkSandbox, ear: LarkEar) -> None:
    topic = town.say("topics", "ben", "a topic")
    town.say("topics", "ana", "in it", thread=topic, in_thread=True)
    town.say("topics", "ben", files=["trace.log"], thread=topic, in_thread=True)
    town.say(town.open_im("ben"), "ben", "between us")
    town.say("help", "ben", post=[[{"tag": "at", "user_id": "vigil"}, {"tag": "text", "text": " rich"}]], title="T")
    root, inside, file, direct, rich = ear.wait(Turn, 5)
    assert (root.is_root, inside.thread_id, file.thread_id) == (True, root.id, root.id)
    assert (file.text, file.files) == ("[file: trace.log]", ("trace.log",))
    assert (direct.addressed, direct.is_root) == (True, True)
    assert (rich.addressed, rich.text.split()[-1]) == (True, "rich")


def test_reactions_find_their_message_and_ask_only_once(town: LarkSandbox, ear: LarkEar, lark: LarkPlatform) -> None:
    old = town.say("help", "ben", "before anybody listened", at=1_700_000_000)
    heard = town.say("help", "ben", "heard")
    for message in (old, heard):
        town.react("help", message, "DONE", "ana")
        town.unreact("help", message, "DONE", "ana")
    reactions = ear.wait(Reaction, 4)
    here, ana = channel(town, "help"), town.open_id("ana")
    assert [(r.turn_id, r.added) for r in reactions] == [
        (f"{here}:{m}", how) for m in (old, heard) for how in (True, False)
    ]
    assert {(r.actor, r.name) for r in reactions} == {(ana, "DONE")}
    asked = [call for call in town.calls if call.method == "im.message.get" and call.args["message_id"] in (old, heard)]
    assert [call.args["message_id"] for call in asked] == [old]


def test_a_reaction_waits_for_lark_and_holds_up_nobody(town: LarkSandbox, ear: LarkEar) -> None:
    old = town.say("help", "ben", "also before", at=1_700_000_100)
    town.faults.next("im.message.get", Delay(1.5))
    town.react("help", old, "THUMBSUP", "ana")
    town.say("help", "ben", "meanwhile")
    ear.wait(Turn)
    assert not [event for event, _, _ in ear.heard if isinstance(event, Reaction)]
    assert ear.wait(Reaction)[0].name == "THUMBSUP"


def test_a_reaction_comes_again_when_lark_could_not_be_asked(town: LarkSandbox, ear: LarkEar) -> None:
    old = town.say("help", "ben", "long before", at=1_700_000_200)
    town.faults.next("im.message.get", Code(5000, "internal", 500), times=2)
    town.react("help", old, "THUMBSUP", "ana")
    ear.until(lambda: any(isinstance(e, Reaction) and e.turn_id.endswith(old) for e, _, _ in ear.heard), "the reaction")


def test_a_reaction_to_what_nobody_may_read_is_done_with(town: LarkSandbox, ear: LarkEar) -> None:
    old = town.say("help", "ben", "gone before", at=1_700_000_300)
    town.faults.next("im.message.get", Code(230110, "deleted"))
    before = ear.tally.counts().get("nothing_to_us", 0)
    town.react("help", old, "THUMBSUP", "ana")
    ear.until(lambda: ear.tally.counts().get("nothing_to_us", 0) > before, "the reaction to be left")


def test_what_a_forward_holds_is_read(town: LarkSandbox, ear: LarkEar) -> None:
    inside = [town.say("random", "ben", "secret hunter2 elsewhere"), town.say("random", "ana", "a second")]
    town.forward("help", "ben", inside)
    ear.until(lambda: any(text.startswith("[forwarded") for text in texts(ear)), "the forward")
    assert texts(ear) == ["[forwarded messages]\n> secret [secret] elsewhere\n> a second"]


def test_commands_and_the_menu(town: LarkSandbox, ear: LarkEar) -> None:
    direct = town.open_im("ben")
    root = town.say("help", "ben", "a question")
    typed = town.say("help", "ben", "/vigil search my token hunter2", thread=root)
    town.command("help", "ben", text="stats", mention=True)
    town.menu("ben", "vigil_help")
    search, stats, menu = ear.wait(Command, 3)
    here, ben = channel(town, "help"), town.open_id("ben")
    assert (search.verb, search.argument) == ("search", "my token [secret]")
    assert (search.thread_id, search.reply_to) == (f"{here}:{root}", f"{here}:{typed}|{ben}")
    assert (stats.verb, stats.thread_id, stats.actor) == ("stats", None, ben)
    assert (menu.verb, menu.channel_id) == ("help", channel(town, direct))
    assert texts(ear) == ["a question"], "a command is not said to the channel"


def test_who_comes_and_goes(town: LarkSandbox, ear: LarkEar) -> None:
    town.leave("help", "cleo")
    town.join("help", "cleo")
    town.join("random", "vigil")
    town.rename("random", "chatter")
    town.leave("chatter", "vigil")
    town.rename("chatter", "random")
    changes = ear.wait(Membership, 5)
    cleo, me = town.open_id("cleo"), town.open_id("vigil")
    assert [(m.actor, m.joined, m.own) for m in changes] == [
        (cleo, False, False), (cleo, True, False), (me, True, True), ("", False, False), (me, False, True)
    ]  # fmt: skip


def card(lark: LarkPlatform, box: LarkSandbox, target: Target = Target.CHANNEL, **where: Any) -> str:
    """Post a card with a button and a choice; returns its message id."""
    buttons = (Button("vigil_helpful", "Helpful", "d1"),)
    choices = (Choice("vigil_pick_mute", "Which?", (("one", "t1"), ("two", "t2"))),)
    said = Message("Restart it.", buttons=buttons, choices=choices)
    post = Post(f"d1/{len(box.calls)}", target, channel(box, "help"), said, **where)
    return lark.post(post).rsplit(":", 1)[-1]


def test_clicks_are_answered_at_once_and_open_forms(town: LarkSandbox, ear: LarkEar, lark: LarkPlatform) -> None:
    shown, ben = card(lark, town), town.open_id("ben")
    answer = town.click("help", shown, "vigil_helpful", "ben").wait()
    assert answer["toast"]["i18n"]["zh_cn"] == "收到。"
    ear.form = FORM_SHOWN
    town.click("help", shown, "vigil_pick_mute", "ben", value="t2").wait()
    button, choice = ear.wait(Click, 2)
    here = f"{channel(town, 'help')}:{shown}"
    assert (button.action, button.value, button.actor, button.turn_id) == ("vigil_helpful", "d1", ben, here)
    assert (choice.action, choice.value, choice.via) == ("vigil_pick_mute", "t2", "message")
    form = town.wait_for(lambda box: next((w for w in box.whispers if w.visible_to == ben), None), what="the form")
    sent = town.click("help", form.id, "submit", "ben", form={"reason": "hunter2 is old"}).wait()
    assert sent["toast"]["type"] == "success"
    (_, _, submitted) = ear.wait(Click, 3)
    assert (submitted.via, submitted.value, submitted.fields) == (FORM, "d1", (("reason", "[secret] is old"),))
    after = json.dumps(town.message(form.id).card, ensure_ascii=False)
    assert "收到" in after
    assert '"form"' not in after


def test_a_card_for_one_person_is_a_whisper_to_them_and_foreign_to_others(
    town: LarkSandbox, ear: LarkEar, lark: LarkPlatform
) -> None:
    """In a topic group such an answer goes to the person's direct messages, from where they could forward it."""
    for number, where in enumerate(("help", "topics")):
        ear.clear()
        asked = f"{channel(town, where)}:{town.say(where, 'ben', 'for me alone')}"
        sent = card(lark, town, Target.REPLY, address=lark_whispers.address(asked, town.open_id("ben")))
        private = sent or town.whispers[-1].id
        chat = town.message(private).chat_id
        assert (chat == town.chat_id("help")) is (number == 0)
        town.click(chat, private, "vigil_helpful", "ben").wait()
        assert ear.wait(Click)[0].via == WHISPER
        told = town.click(chat, private, "vigil_helpful", "ana").wait()  # as if it had been forwarded to her
        assert told["toast"]["type"] == "warning"
        assert ear.wait(Click, 2)[1].via == "foreign"


def test_a_failed_commit_is_not_acknowledged_and_comes_again(town: LarkSandbox, ear: LarkEar) -> None:
    ear.fail_next, before = 2, town.refused
    town.say("help", "ben", "third time lucky")
    assert ear.wait(Turn)[0].text == "third time lucky"
    assert ear.tries == 3
    town.wait_acked()
    assert town.refused - before == 2


def test_a_click_that_cannot_be_kept_is_not_answered_as_if_it_were(
    town: LarkSandbox, ear: LarkEar, lark: LarkPlatform
) -> None:
    shown = card(lark, town)
    ear.fail_next = 1
    with pytest.raises(SandboxError, match="200671"):
        town.click("help", shown, "vigil_helpful", "ben").wait()


def test_redelivered_doubled_and_disordered_events_have_the_same_names(town: LarkSandbox, ear: LarkEar) -> None:
    town.faults.next("ack", Drop(), times=2)
    town.faults.next("envelope", Duplicate())
    town.say("help", "ben", "again and again")
    ear.until(lambda: len(ear.heard) >= 3, "a doubled and a redelivered event")
    assert len({(raw, aliases) for _, raw, aliases in ear.heard}) == 1
    town.wait_acked()
    ear.clear()
    town.faults.next("envelope", Reorder())
    root = town.say("help", "ben", "first")
    town.say("help", "ana", "second", thread=root)
    first, second = sorted(ear.wait(Turn, 2), key=lambda turn: turn.sent_at)
    assert (first.text, second.thread_id) == ("first", first.id)


def test_events_are_stored_in_the_order_in_which_they_come(town: LarkSandbox, ear: LarkEar) -> None:
    said = [f"number {number}" for number in range(60)]
    for text in said:
        town.say("help", "ben", text)
    ear.until(lambda: len(texts(ear)) == 60, "sixty messages")
    assert texts(ear) == said


def test_a_slow_commit_keeps_the_connection_alive(town: LarkSandbox, ear: LarkEar) -> None:
    """The SDK's loop goes on with its pings while the store takes its time."""
    hold, entered, put = threading.Event(), threading.Event(), ear.store

    def slow(event: Event, raw_id: str, aliases: tuple[str, ...]) -> None:
        entered.set()
        assert hold.wait(20)
        put(event, raw_id, aliases)

    with held(ear, slow):
        town.say("help", "ben", "slowly")
        assert entered.wait(10)
        seen = town.pings
        town.wait_for(lambda box: box.pings > seen + 3, 20, "pings while a commit hangs")
        hold.set()
        assert ear.wait(Turn)[0].text == "slowly"
    assert town.connections == 1


class held:
    """The ear's store replaced for a while."""

    def __init__(self, ear: LarkEar, put: Callable[..., None]) -> None:
        self.ear, self.new = ear, put

    def __enter__(self) -> None:
        self.old, self.ear.store = self.ear.store, self.new

    def __exit__(self, *_: object) -> None:
        self.ear.store = self.old


def test_events_of_another_tenant_or_app_are_turned_away(town: LarkSandbox, ear: LarkEar) -> None:
    core = town._core
    for header in ({"tenant_key": "t0other"}, {"app_id": "cli_other"}):
        wrapped = core.wrapped("im.message.receive_v1", {"message": {"message_id": "om_1", "chat_id": "oc_1"}})
        wrapped["header"] |= header
        core.hub.offer("events_api", wrapped)
    ear.until(lambda: len(ear.strangers) == 2, "two strangers")
    assert {stranger.why for stranger in ear.strangers} == {"another team", "another app"}
    town.wait_acked()
    assert ear.heard == []


@pytest.mark.parametrize(
    "body", ["[]", "7", "{}", '{"schema": "2.0"}', '{"header": 7, "event": []}', "[" * 3000, '"\\ud800"']
)
def test_whatever_comes_as_an_event_is_settled(town: LarkSandbox, ear: LarkEar, body: str) -> None:
    with town._core.changed:
        town._core.hub.offer("events_api", {}).body = body
    town.wait_acked()
    assert ear.heard == []
    assert not ear.trouble
