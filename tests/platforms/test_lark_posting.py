"""Cards go out once to Lark, come back when looked for, and every refusal says what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.events import Turn
from bot.messages import Button, Choice, Field, Form, Message, Post, Source, Target
from bot.models import VigilError
from bot.platforms import lark_whispers
from bot.platforms.base import SendExpired, SendLater, SendRefused, SendUnknown
from bot.platforms.lark import LarkPlatform
from bot.platforms.lark_direct import DirectChats
from bot.sandbox import Cut, Drop, Hang, LarkSandbox, LarkWorkspace, Late, RateLimit, ServerError
from bot.sandbox.lark_faults import Code
from tests.platforms.conftest import lark_settings

MESSAGE = Message(
    "Restart it:\n\n```\nsystemctl restart x\n```",
    sources=(Source("Restarts", "https://x.io", ""),),
    quiet="AI",
    buttons=(Button("helpful", "Helpful", "d1", "primary"),),
)


class Kept(dict[str, str]):
    """Facts as a dict."""

    def fact(self, key: str) -> str:
        return self.get(key, "")

    def remember(self, key: str, value: str) -> None:
        self[key] = value


def place(box: LarkSandbox, chat: str = "help") -> str:
    return f"lark:{box.workspace.tenant_key}:{box.chat_id(chat)}"


def post(box: LarkSandbox, target: Target = Target.CHANNEL, chat: str = "help", **fields: Any) -> Post:
    return Post("key-1", target, place(box, chat), MESSAGE, decision_id="d1", **fields)


def name(turn_id: str) -> str:
    return turn_id.rpartition(":")[2]


def card(box: LarkSandbox, turn_id: str) -> dict[str, Any]:
    found = box.message(name(turn_id)).card
    assert found is not None
    return found


def sends(box: LarkSandbox) -> list[str]:
    return [call.outcome for call in box.calls if call.method in ("im.message.create", "im.message.reply")]


def whisper(box: LarkSandbox, chat: str = "help", who: str = "ben") -> str:
    return lark_whispers.address(place(box, chat), box.open_id(who))


def test_in_a_chat_and_as_an_answer(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    root = tenant.say("help", "ben", "it hangs")
    turn = lark.post(post(tenant, Target.THREAD, thread_id=f"{place(tenant)}:{root}"))
    sent = tenant.wait_message("help", root)
    assert turn == f"{place(tenant)}:{sent.id}"
    assert (sent.root_id, sent.thread_id) == (root, ""), "in an ordinary group an answer quotes the root"
    assert "systemctl restart x" in sent.content
    other = lark.post(replace(post(tenant), key="key-2"))
    assert tenant.message(name(other)).root_id == ""


def test_in_a_topic_group_an_answer_stands_in_the_topic(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    root = tenant.say("topics", "ben", "it hangs")
    turn = lark.post(post(tenant, Target.THREAD, "topics", thread_id=f"{place(tenant, 'topics')}:{root}"))
    assert tenant.message(name(turn)).thread_id == tenant.message(root).thread_id != ""
    assert tenant.calls[-1].args["reply_in_thread"] is True


def test_a_thread_in_an_ordinary_group_is_answered_in_it(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    root = tenant.say("help", "ben", "it hangs")
    tenant.say("help", "ana", "which one?", root, in_thread=True)
    turn = lark.post(post(tenant, Target.THREAD, thread_id=f"{place(tenant)}:{root}"))
    assert tenant.message(name(turn)).thread_id == tenant.message(root).thread_id != ""
    assert lark.find(post(tenant, Target.THREAD, thread_id=f"{place(tenant)}:{root}"), 0.0) == turn


def test_sent_twice_under_one_key_it_is_one_message(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    first, second = lark.post(post(tenant)), lark.post(post(tenant))
    assert first == second
    assert len(tenant.messages("help")) == 1
    long = replace(post(tenant), key="k" * 300)
    assert lark.post(long) == lark.post(long) != first


def test_to_one_person(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    ana = tenant.open_id("ana")
    turn = lark.post(post(tenant, Target.DIRECT, person=ana))
    assert tenant.message(name(turn)).chat_id == tenant.chat_id(turn.split(":")[2])
    assert lark.find(post(tenant, Target.DIRECT, person=ana), 0.0) == turn
    assert [channel.id for channel in lark.channels() if channel.direct] == [turn.rpartition(":")[0]]
    assert lark.members(turn.rpartition(":")[0]) == {ana}
    assert _clicked(card(tenant, turn)) == {"action": "helpful", "value": "d1", "key": "key-1"}


def _clicked(shown: dict[str, Any]) -> Any:
    """What the first button tells."""
    return next(e for e in _elements(shown) if e["tag"] == "button")["behaviors"][0]["value"]


def _elements(part: dict[str, Any]) -> list[dict[str, Any]]:
    inside = [*part.get("body", part).get("elements", []), *part.get("columns", [])]
    return [*inside, *(deeper for one in inside for deeper in _elements(one))]


def test_direct_chats_outlast_the_process(tenant: LarkSandbox) -> None:
    facts = Kept()
    ana = tenant.open_id("ana")
    turn = LarkPlatform(lark_settings(tenant), str, facts).post(post(tenant, Target.DIRECT, person=ana))
    again = LarkPlatform(lark_settings(tenant), str, facts)
    assert again.find(post(tenant, Target.DIRECT, person=ana), 0.0) == turn
    assert DirectChats(facts).chat(ana) == turn.split(":")[2]


def test_a_direct_message_that_nobody_can_look_for_is_not_sent_again(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    lark.auth()
    unsent = post(tenant, Target.DIRECT, person=tenant.open_id("ana"))
    assert lark.find(unsent, tenant.workspace.now() / 1000 - 600) is None, (
        "within the hour Lark itself tells them apart"
    )
    with pytest.raises(SendRefused, match="not sent again"):
        lark.find(unsent, 0.0)


def test_changed_and_recalled(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    turn = lark.post(post(tenant))
    changed = replace(post(tenant, Target.UPDATE, address=turn), message=Message("Done."), key="key-2")
    assert lark.post(changed) == turn
    assert "Done." in tenant.message(name(turn)).content
    assert lark.find(replace(post(tenant), key="key-2"), 0.0) == turn
    assert lark.post(post(tenant, Target.DELETE, address=turn)) == turn
    assert tenant.message(name(turn)).deleted
    assert lark.post(post(tenant, Target.DELETE, address=turn)) == turn, "recalling what is gone is done"
    with pytest.raises(SendRefused, match="recalled"):
        lark.post(changed)


def test_an_old_card_loses_its_words_where_it_cannot_be_recalled() -> None:
    with LarkSandbox(LarkWorkspace.small(recall_window=0.0)) as box:
        lark = LarkPlatform(lark_settings(box), str)
        turn = lark.post(post(box))
        assert lark.post(post(box, Target.DELETE, address=turn)) == turn
        assert not box.message(name(turn)).deleted
        assert "systemctl" not in json.dumps(card(box, turn))
        assert "helpful" not in json.dumps(card(box, turn))


def test_a_card_too_old_to_be_changed_is_refused_in_one_line() -> None:
    with LarkSandbox(LarkWorkspace.small(card_window=0.0)) as box:
        lark = LarkPlatform(lark_settings(box), str)
        turn = lark.post(post(box))
        with pytest.raises(SendRefused, match="14 days"):
            lark.post(post(box, Target.UPDATE, address=turn))


def test_only_its_own_cards_are_changed(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    theirs = tenant.say("help", "ben", "mine")
    with pytest.raises(SendRefused, match="own messages"):
        lark.post(post(tenant, Target.UPDATE, address=f"{place(tenant)}:{theirs}"))
    with pytest.raises(SendRefused, match="own messages"):
        lark.post(post(tenant, Target.DELETE, address=f"{place(tenant)}:{theirs}"))


def test_answered_to_one_person_only(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    assert lark.post(post(tenant, Target.REPLY, address=whisper(tenant))) == ""
    (seen,) = tenant.whispers
    assert seen.visible_to == tenant.open_id("ben")
    assert "systemctl restart x" in seen.content
    assert _clicked(seen.card or {})["to"] == tenant.open_id("ben")
    assert tenant.messages("help") == []
    with pytest.raises(SendExpired, match="ask again"):
        lark.post(post(tenant, Target.REPLY, address="https://hooks.x.io/1"))


@pytest.mark.parametrize("chat", ["topics", "direct"])
def test_where_nothing_is_for_one_person_a_direct_message_goes(
    tenant: LarkSandbox, lark: LarkPlatform, chat: str
) -> None:
    where = tenant.open_im("ben") if chat == "direct" else chat
    turn = lark.post(post(tenant, Target.REPLY, address=whisper(tenant, where)))
    assert tenant.whispers == []
    assert tenant.message(name(turn)).chat_id == tenant.open_im("ben")
    assert _clicked(card(tenant, turn))["to"] == tenant.open_id("ben")


def test_an_answer_to_somebody_who_has_left_goes_directly(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    address = whisper(tenant)
    tenant.leave("help", "ben")
    turn = lark.post(post(tenant, Target.REPLY, address=address))
    assert tenant.message(name(turn)).chat_id == tenant.open_im("ben")


def test_an_address_from_the_menu_names_a_person_instead_of_a_chat(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    ben = tenant.open_id("ben")
    address = lark_whispers.address(f"lark:{tenant.workspace.tenant_key}:{ben}", ben)
    turn = lark.post(post(tenant, Target.REPLY, address=address))
    assert tenant.message(name(turn)).chat_id == tenant.open_im("ben")


def test_an_answer_whose_fate_is_unknown_is_not_repeated(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    lark.auth()
    tenant.faults.next("ephemeral.send", Cut())
    with pytest.raises(SendRefused, match="not sent again"):
        lark.post(post(tenant, Target.REPLY, address=whisper(tenant)))
    assert len(tenant.whispers) == 1
    assert tenant.messages("help") == []


def test_home_is_one_card_in_the_direct_chat(tenant: LarkSandbox) -> None:
    facts, ana = Kept(), tenant.open_id("ana")
    lark = LarkPlatform(lark_settings(tenant), str, facts)
    first = lark.post(post(tenant, Target.HOME, person=ana))
    again = replace(post(tenant, Target.HOME, person=ana), key="key-2", message=Message("Two channels."))
    assert LarkPlatform(lark_settings(tenant), str, facts).post(again) == first
    assert "Two channels." in tenant.message(name(first)).content
    tenant.delete(tenant.open_im("ana"), name(first))
    other = lark.post(replace(again, key="key-3"))
    assert other != first
    assert "Two channels." in tenant.message(name(other)).content


@pytest.mark.parametrize("fault", [Cut(), ServerError(503, applied=True), Hang(2.0, applied=True)])
def test_a_lost_answer_is_unknown_and_looking_finds_the_post(
    tenant: LarkSandbox, lark: LarkPlatform, fault: Cut
) -> None:
    root = tenant.say("help", "ben", "it hangs")
    sending = post(tenant, Target.THREAD, thread_id=f"{place(tenant)}:{root}")
    lark.auth()
    tenant.faults.next("im.message.reply", fault)
    with pytest.raises(SendUnknown):
        lark.post(sending)
    sent = tenant.wait_message("help", root)
    assert lark.find(sending, sent.create_time / 1000 + 30) == f"{place(tenant)}:{sent.id}"
    assert lark.find(replace(sending, key="key-2"), 0.0) is None
    assert len(sends(tenant)) == 1, "the SDK must not try again by itself"
    assert lark.post(sending) == f"{place(tenant)}:{sent.id}", "and sent again it is the same message"


def test_a_request_that_arrives_after_the_look_does_not_double_the_post(
    tenant: LarkSandbox, lark: LarkPlatform
) -> None:
    lark.auth()
    tenant.faults.next("im.message.create", Late(0.5))
    with pytest.raises(SendUnknown):
        lark.post(post(tenant))
    assert lark.find(post(tenant), 0.0) is None
    turn = lark.post(post(tenant))
    tenant.wait_for(lambda box: len([c for c in box.calls if c.method == "im.message.create"]) >= 2, 5)
    assert [message.id for message in tenant.messages("help")] == [name(turn)]


@pytest.mark.parametrize("fault", [ServerError(500), Drop(), Code(2200, "internal error", 500)])
def test_what_was_not_done_is_not_found(tenant: LarkSandbox, lark: LarkPlatform, fault: Drop) -> None:
    lark.auth()
    tenant.faults.next("im.message.create", fault)
    with pytest.raises(SendUnknown):
        lark.post(post(tenant))
    assert lark.find(post(tenant), 0.0) is None


def test_a_rate_limit_says_how_long_to_wait(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    lark.auth()
    tenant.faults.next("im.message.create", RateLimit(7))
    with pytest.raises(SendLater) as caught:
        lark.post(post(tenant))
    assert caught.value.retry_after == 7.0
    before = len(tenant.calls)
    with pytest.raises(SendLater):
        lark.post(post(tenant))
    assert len(tenant.calls) == before, "nothing is called before Lark allows it"


def test_a_refused_card_goes_in_plain_words(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    tenant.faults.next("im.message.create", Code(230099, "Failed to create card content"))
    turn = lark.post(post(tenant))
    assert "systemctl restart x" in tenant.message(name(turn)).content
    assert lark.find(post(tenant), 0.0) == turn
    assert sends(tenant) == ["Code", "ok"]
    tenant.faults.next("im.message.patch", Code(230099, "Failed to create card content"))
    assert lark.post(post(tenant, Target.UPDATE, address=turn)) == turn


def test_refusals_say_what_to_do(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    tenant.leave("help", "vigil")
    with pytest.raises(SendRefused, match="add the bot to the chat"):
        lark.post(post(tenant))
    with pytest.raises(SendRefused, match="no place in Lark"):
        lark.post(replace(post(tenant), channel_id="slack:T1:C1"))
    with pytest.raises(SendRefused, match="pass an id instead"):
        lark.post(replace(post(tenant), message=replace(MESSAGE, buttons=(Button("a", "A", "v" * 3000),))))
    tenant.join("help", "vigil")
    tenant.dissolve("help")
    with pytest.raises(SendRefused, match="dissolved"):
        lark.post(post(tenant))


def test_somebody_outside_the_apps_range_is_refused_in_one_line() -> None:
    with LarkSandbox(LarkWorkspace.small(unavailable=("ana",))) as box:
        lark = LarkPlatform(lark_settings(box), str)
        with pytest.raises(SendRefused, match="widen the app's availability"):
            lark.post(post(box, Target.DIRECT, person=box.open_id("ana")))


def test_people_and_the_on_call_group_are_mentioned_by_id(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    ana, group = tenant.open_id("ana"), tenant.workspace.groups[0]
    turn = lark.post(replace(post(tenant), message=replace(MESSAGE, people=(ana,), groups=(group.id,))))
    said = card(tenant, turn)["body"]["elements"][0]["content"]
    named = {ana, *group.users}
    assert all(f"<at id={who}></at>" in said for who in named)
    assert said.count("<at id=") == len(named) <= 5


def test_a_group_that_is_gone_keeps_no_post_back(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    turn = lark.post(replace(post(tenant), message=replace(MESSAGE, groups=("g0000",))))
    assert "<at" not in card(tenant, turn)["body"]["elements"][0]["content"]


def test_secrets_do_not_leave(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    said = Message("hunter2", "hunter2", (Source("hunter2", "https://x.io/hunter2", "hunter2"),), "hunter2",
                   choices=(Choice("a", "hunter2", (("hunter2", "v"),)),))  # fmt: skip
    turn = lark.post(replace(post(tenant), message=said))
    written = json.dumps(card(tenant, turn))
    assert written.count("[secret]") >= 5
    assert "hunter2" not in written.replace('"placeholder": {"tag": "plain_text", "content": "hunter2"}', "")


def test_a_form_is_shown_to_one_person_and_comes_back_whole(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    form = Form("teach", "v1", "Teach", "Save", (Field("cause", "Cause", "long", "because"),), note="**Why**")
    lark.open_form(form, whisper(tenant))
    (seen,) = tenant.whispers
    assert seen.visible_to == tenant.open_id("ben")
    lark.open_form(form, whisper(tenant, "topics"))
    assert tenant.messages(tenant.open_im("ben"))[-1].card == seen.card
    with pytest.raises(VigilError):
        lark.open_form(form, "nowhere")


def test_heard_again_a_post_is_its_own_with_its_key(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    turn_id = lark.post(post(tenant))
    (seen,) = list(lark.history(place(tenant), 0.0))
    assert isinstance(seen.turn, Turn)
    assert (seen.turn.id, seen.turn.own, seen.turn.key) == (turn_id, True, "key-1")
