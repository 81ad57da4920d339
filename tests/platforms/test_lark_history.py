"""What stands in Lark's history is read as it was heard: threads, edits, recalls, reactions, forwards."""

from __future__ import annotations

import time

import pytest

from bot.messages import Message, Post, Target
from bot.platforms.base import SendLater, SendRefused
from bot.platforms.lark import LarkPlatform
from bot.sandbox import LarkSandbox, LarkWorkspace, RateLimit, ServerError
from bot.sandbox.lark_faults import Code
from bot.sandbox.lark_workspace import SCOPES
from tests.platforms.conftest import lark_settings

HOUR = 3600.0


def place(box: LarkSandbox, chat: str = "help") -> str:
    return f"lark:{box.workspace.tenant_key}:{box.chat_id(chat)}"


def test_a_group_answers_by_quoting(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    root = tenant.say("help", "ben", "it hangs")
    first = tenant.say("help", "ana", "which one?", root)
    second = tenant.say("help", "ben", "pod-0", first)
    other = tenant.say("help", "ana", "lunch?")
    shown = list(lark.history(place(tenant), 0.0))
    assert [one.turn.id.rpartition(":")[2] for one in shown] == [root, first, second, other]
    assert [one.turn.is_root for one in shown] == [True, False, False, True]
    assert {one.turn.thread_id for one in shown[:3]} == {f"{place(tenant)}:{root}"}
    assert (shown[0].replies, shown[0].newest_reply) == (2, shown[2].turn.sent_at)
    assert (shown[3].replies, shown[3].newest_reply) == (0, 0.0)
    thread = list(lark.replies(f"{place(tenant)}:{root}", 0.0))
    assert [one.turn.text for one in thread] == ["it hangs", "which one?", "pod-0"]
    assert [one.turn.text for one in lark.replies(f"{place(tenant)}:{root}", thread[1].turn.sent_at)] == ["pod-0"]


@pytest.mark.parametrize("chat", ["topics", "help"])
def test_a_thread_is_read_though_the_chat_leaves_it_out(tenant: LarkSandbox, lark: LarkPlatform, chat: str) -> None:
    root = tenant.say(chat, "ben", "it hangs")
    answers = [tenant.say(chat, "ana", f"answer {n}", root, in_thread=True) for n in range(60)]
    (shown,) = list(lark.history(place(tenant, chat), 0.0))
    assert shown.replies == 60
    thread = list(lark.replies(f"{place(tenant, chat)}:{root}", 0.0))
    assert [one.turn.id.rpartition(":")[2] for one in thread] == [root, *answers]
    assert shown.newest_reply == thread[-1].turn.sent_at
    assert {one.turn.thread_id for one in thread} == {shown.turn.id}


def test_oldest_first_since_a_time_over_many_pages(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    now = time.time()
    for number in range(130):
        tenant.say("help", "ben", f"m{number}", at=now - HOUR + number)
    tenant.say("help", "ben", "long ago", at=now - 5 * HOUR)
    shown = list(lark.history(place(tenant), now - 2 * HOUR))
    assert [one.turn.text for one in shown] == [f"m{number}" for number in range(130)]
    assert [one.turn.text for one in lark.history(place(tenant), shown[-2].turn.sent_at)] == ["m129"]


def test_edits_and_recalls_are_told(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    edited, gone = tenant.say("help", "ben", "it hnags"), tenant.say("help", "ben", "password is hunter2")
    answer = tenant.say("help", "ana", "oops", edited)
    tenant.edit("help", edited, "it hangs")
    tenant.delete("help", gone)
    tenant.delete("help", answer)
    one, two, three = lark.history(place(tenant), 0.0)
    assert (one.turn.text, one.turn.edited_at is not None, one.turn.deleted) == ("it hangs", True, False)
    assert one.replies == 0, "an answer that was recalled counts no more"
    assert (two.turn.text, two.turn.deleted, three.turn.deleted) == ("", True, True)
    assert [s.turn.deleted for s in lark.replies(f"{place(tenant)}:{edited}", 0.0)] == [False, True]


def test_secrets_are_taken_out(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    tenant.say("help", "ben", "it is hunter2")
    assert [one.turn.text for one in lark.history(place(tenant), 0.0)] == ["it is [secret]"]


@pytest.mark.parametrize("batch", [True, False])
def test_reactions_of_everybody_and_of_vigil_itself(tenant: LarkSandbox, lark: LarkPlatform, batch: bool) -> None:
    roots = [tenant.say("help", "ben", f"m{n}") for n in range(25)]
    tenant.react("help", roots[0], "DONE", "ana")
    tenant.react("help", roots[0], "THUMBSUP", "ben")
    tenant.react("help", roots[24], "DONE", "vigil")
    if not batch:
        tenant.faults.next("im.reaction.batch", Code(99991672, "Access denied."), times=9)
    shown = list(lark.history(place(tenant), 0.0))
    ana, ben = tenant.open_id("ana"), tenant.open_id("ben")
    assert shown[0].reactions == {(ana, "DONE"), (ben, "THUMBSUP")}
    assert shown[24].reactions == {(lark.auth().bot, "DONE")}
    assert not any(one.reactions or one.cut for one in shown[1:24])
    asked = [call for call in tenant.calls if call.method == "im.reaction.list"]
    assert len(asked) == (0 if batch else 25)


def test_a_popular_reaction_is_read_to_its_end(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    from bot.sandbox.lark_models import Reaction

    root = tenant.say("help", "ben", "party")
    message = tenant.workspace.messages[root]
    message.reactions += [Reaction(f"r{n}", "PARTY", tenant.open_id("ana"), 1) for n in range(70)]
    message.reactions.append(Reaction("last", "DONE", tenant.open_id("ben"), 1))
    (shown,) = lark.history(place(tenant), 0.0)
    assert (tenant.open_id("ben"), "DONE") in shown.reactions


def test_a_reaction_to_what_is_recalled_meanwhile_harms_nothing(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    root = tenant.say("help", "ben", "hi")
    tenant.faults.next("im.reaction.batch", Code(99991672, "Access denied."))
    tenant.faults.next("im.reaction.list", Code(231003, "The message is not found"))
    (shown,) = lark.history(place(tenant), 0.0)
    assert (shown.turn.id.rpartition(":")[2], shown.reactions) == (root, frozenset())


def test_merged_forwards_are_read_as_far_as_they_can_be(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    told = tenant.say("help", "ben", "disk full on db-1")
    forward = tenant.forward("topics", "ana", [told])
    (shown,) = lark.history(place(tenant, "topics"), 0.0)
    assert "disk full on db-1" in shown.turn.text
    tenant.faults.next("im.message.get", Code(230050, "invisible"))
    (shown,) = lark.history(place(tenant, "topics"), 0.0)
    assert "disk full" not in shown.turn.text
    assert shown.turn.id.rpartition(":")[2] == forward


def test_a_thread_that_is_gone_has_no_turns(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    root = tenant.say("help", "ben", "hi")
    tenant.faults.next("im.message.get", Code(230110, "deleted"))
    assert list(lark.replies(f"{place(tenant)}:{root}", 0.0)) == []
    with pytest.raises(SendRefused):  # what Lark does not know is no proof that it was deleted
        list(lark.replies(f"{place(tenant)}:om_nothing", 0.0))


def test_a_chat_that_cannot_be_read_says_why(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    lark.auth()
    tenant.leave("help", "vigil")
    with pytest.raises(SendRefused, match="add the bot to the chat"):
        list(lark.history(place(tenant), 0.0))


def test_without_the_permission_for_all_messages_it_is_named() -> None:
    with LarkSandbox(LarkWorkspace.small(scopes=SCOPES - {"im:message.group_msg"})) as box:
        lark = LarkPlatform(lark_settings(box), str)
        with pytest.raises(SendRefused, match=r"im:message\.group_msg"):
            list(lark.history(place(box), 0.0))


def test_reading_waits_when_asked_and_outlives_a_failure(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    tenant.say("help", "ben", "hi")
    tenant.faults.next("im.message.list", ServerError(503))
    assert len(list(lark.history(place(tenant), 0.0))) == 1
    tenant.faults.next("im.message.list", RateLimit(40))
    with pytest.raises(SendLater):
        list(lark.history(place(tenant), 0.0))


def test_a_direct_chat_is_read_once_it_is_known(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    chat = tenant.open_im("ben")
    tenant.say(chat, "ben", "psst")
    assert [c for c in lark.channels() if c.direct] == []
    known = lark.channel(place(tenant, chat))  # heard of from an event
    assert (known.direct, known.private) == (True, True)
    assert [c.id for c in lark.channels() if c.direct] == [known.id]
    (shown,) = lark.history(known.id, 0.0)
    assert (shown.turn.text, shown.turn.addressed) == ("psst", True)
    assert lark.find(Post("k", Target.DIRECT, known.id, Message("hi"), person=tenant.open_id("ben")), 0.0) is None
    assert lark.members(known.id) == {tenant.open_id("ben")}
    ben = f"lark:{tenant.workspace.tenant_key}:{tenant.open_id('ana')}"
    assert list(lark.history(ben, 0.0)) == [], "nobody has written there yet"


def test_a_post_is_found_in_its_place_only(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    sent = Post("key-1", Target.CHANNEL, place(tenant), Message("hi"))
    turn = lark.post(sent)
    fake = {"schema": "2.0", "body": {"elements": [{"tag": "hr", "element_id": ""}]}}
    fake["body"]["elements"][0]["element_id"] = _mark()  # type: ignore[index]
    tenant.say("topics", "ben", card=fake)
    assert lark.find(sent, 0.0) == turn
    assert lark.find(Post("key-1", Target.CHANNEL, place(tenant, "topics"), Message("hi")), 0.0) is None, "not its own"
    for target in (Target.UPDATE, Target.DELETE, Target.REPLY, Target.HOME):
        assert lark.find(Post("key-1", target, place(tenant), Message("hi"), address=turn), 0.0) is None


def _mark() -> str:
    from bot.platforms.lark_cards import mark

    return mark("key-1")
