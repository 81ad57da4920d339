"""The real Socket Mode client hears every kind of event, commits before it acknowledges, and survives what breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.events import Click, Command, Deletion, Edit, Membership, Reaction, Turn
from bot.messages import Button, Field, Form, Message, Post, Target
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack_events import heard
from bot.sandbox import Duplicate, NoHello, Sandbox
from tests.platforms.conftest import slack_settings
from tests.platforms.ears import Ear

CHANNEL = "slack:T0SMALL:C0HELP"
FORM = Form("why_not", "d1", "What was wrong?", "Send", (Field("reason", "Why?"),))


def test_messages_threads_edits_deletions(town: Sandbox, ear: Ear) -> None:
    root = town.say("help", "ben", "it hangs, token hunter2", files=["a.log"])
    reply = town.say("help", "ana", "looking", thread=root, broadcast=True)
    town.edit("help", root, "it hangs no more")
    town.delete("help", reply)
    (first, second), (edit,), (gone,) = ear.wait(Turn, 2), ear.wait(Edit), ear.wait(Deletion)
    assert (first.text, first.author) == ("it hangs, token [secret]\n[file: a.log]", "U0BEN")
    assert (second.id, second.thread_id) == (f"{CHANNEL}:{reply}", f"{CHANNEL}:{root}")
    assert (edit.turn_id, edit.text) == (first.id, "it hangs no more\n[file: a.log]")
    assert gone.turn_id == second.id
    town.wait_acked()


def test_a_mention_is_one_turn_by_its_ids(town: Sandbox, ear: Ear) -> None:
    town.say("help", "ben", "<@U0VIGIL> any idea?")
    one, other = ear.wait(Turn, 2)
    assert one == other
    assert (one.addressed, one.text) == (True, "any idea?")
    assert {raw_id for _, raw_id, _ in ear.heard} == {one.id}


def test_private_channels_and_direct_messages(town: Sandbox, ear: Ear) -> None:
    town.say("secret", "ana", "the vault is sealed")
    town.say(town.open_im("ben"), "ben", "how do I ...?")
    private, direct = ear.wait(Turn, 2)
    assert (private.channel_id, private.addressed) == ("slack:T0SMALL:C0SECRET", False)
    assert direct.addressed


def test_other_bots_and_own_posts(town: Sandbox, ear: Ear) -> None:
    town.say("help", "alerts", "disk full")
    SlackPlatform(slack_settings(town), str).post(Post("k", Target.CHANNEL, CHANNEL, Message("Hello")))
    other, own = ear.wait(Turn, 2)
    assert (other.is_bot, other.own, other.author) == (True, False, "B0ALERT")
    assert (own.is_bot, own.own) == (True, True)


def test_reactions_and_comings_and_goings(town: Sandbox, ear: Ear) -> None:
    root = town.say("help", "ben", "it hangs")
    town.react("help", root, "+1", "ana")
    town.unreact("help", root, "+1", "ana")
    added, removed = ear.wait(Reaction, 2)
    assert (added.turn_id, added.name, added.added) == (f"{CHANNEL}:{root}", "+1", True)
    assert removed == replace(added, added=False, at=removed.at)
    town.leave("help", "cleo")
    town.join("help", "cleo")
    town.join("random", "vigil")
    left, joined, own = ear.wait(Membership, 3)
    assert (left.actor, left.joined, joined.joined, own.own) == ("U0CLEO", False, True, True)


def test_commands_shortcuts_and_home(town: Sandbox, ear: Ear) -> None:
    root = town.say("help", "ben", "it hangs")
    reply = town.say("help", "cleo", "here too", thread=root)
    town.wait_acked()
    assert town.command("help", "ben", "/vigil", "search quota").wait() == {}
    town.shortcut("help", reply, "vigil_suggest", "ana").wait()
    town.open_home("ben")
    typed, used, home = ear.wait(Command, 3)
    assert (typed.verb, typed.argument, typed.via) == ("search", "quota", "slash")
    assert (used.verb, used.thread_id, used.via) == ("suggest", f"{CHANNEL}:{root}", "shortcut")
    assert (home.verb, home.actor) == ("home", "U0BEN")


def test_a_click_opens_its_form_and_the_form_comes_back(town: Sandbox, ear: Ear) -> None:
    ear.form = FORM
    sent = Message("Try this", buttons=(Button("unhelpful", "Not helpful", "d1"),))
    turn = SlackPlatform(slack_settings(town), str).post(Post("k2", Target.CHANNEL, CHANNEL, sent))
    town.click("help", turn.rpartition(":")[2], "unhelpful", "ben").wait()
    view_id = town.wait_for(lambda box: next(iter(box.views), ""))
    (click,) = ear.wait(Click)
    assert (click.action, click.value, click.turn_id) == ("unhelpful", "d1", turn)
    ear.form = None
    blank = town.submit_view(view_id, "ben", {"reason": {"value": " "}}).wait()
    assert blank == {"response_action": "errors", "errors": {"reason": "Please fill this in."}}
    assert town.submit_view(view_id, "ben", {"reason": {"value": "old, hunter2"}}).wait() == {}
    _, submitted = ear.wait(Click, 2)
    assert (submitted.action, submitted.value) == ("why_not", "d1")
    assert submitted.fields == (("reason", "old, [secret]"),)


def test_a_form_that_cannot_open_holds_up_nothing(town: Sandbox, ear: Ear) -> None:
    ear.form = replace(FORM, value="v" * 4000)
    town.command("help", "ben", "/vigil", "teach").wait()
    ear.wait(Command)
    assert town.views == {}


def test_what_was_not_committed_comes_again_until_it_is(town: Sandbox, ear: Ear) -> None:
    ear.fail_next = 3
    turn = town.say("help", "ben", "do not lose me")
    ear.wait(Turn)
    town.wait_acked()
    assert [event.id for event in ear.wait(Turn)] == [f"{CHANNEL}:{turn}"]
    assert ear.tries == 4
    assert town.dropped == []


def test_a_click_that_was_not_committed_is_not_acknowledged(town: Sandbox, ear: Ear) -> None:
    ear.fail_next = 1
    asked = town.command("help", "ben", "/vigil", "help")
    town.wait_for(lambda _: asked.error)
    assert not asked.acked
    assert ear.heard == []


def test_many_at_once_all_arrive_in_order(town: Sandbox, ear: Ear) -> None:
    sent = [town.say("help", "ben", f"message {number}") for number in range(200)]
    town.wait_acked()
    first = dict.fromkeys(turn.id for turn in ear.wait(Turn, 200))  # what is acknowledged late is sent again
    assert list(first) == [f"{CHANNEL}:{ts}" for ts in sent]


def test_the_same_envelope_twice_has_the_same_ids(town: Sandbox, ear: Ear) -> None:
    town.faults.next("envelope", Duplicate())
    town.say("help", "ben", "twice")
    ear.until(lambda: texts(ear).count("twice") >= 2, "both")
    assert (
        len({(raw_id, aliases) for event, raw_id, aliases in ear.heard if getattr(event, "text", "") == "twice"}) == 1
    )


def test_nothing_unknown_stays_unacknowledged(town: Sandbox, ear: Ear) -> None:
    town.command("help", "ben", "/something-else", "x").wait()
    root = town.say("help", "ben", "x")
    town.shortcut("help", root, "not_ours", "ben").wait()
    town.wait_acked()


def texts(ear: Ear) -> list[str]:
    return [event.text for event, _, _ in ear.heard if isinstance(event, Turn)]


def opened(box: Sandbox) -> int:
    return len([call for call in box.calls if call.method == "apps.connections.open"])


def test_it_hears_again_after_a_refresh_and_after_a_cut(town: Sandbox, ear: Ear) -> None:
    town.disconnect()
    town.say("help", "ben", "after the refresh")
    ear.until(lambda: "after the refresh" in texts(ear), "the message after the refresh")
    town.abort_sockets()
    town.say("help", "ben", "after the cut")
    ear.until(lambda: "after the cut" in texts(ear), "the message after the cut")
    town.wait_acked()


def test_history_gives_the_turn_that_was_heard_live(town: Sandbox, ear: Ear) -> None:
    root = town.say("help", "ben", "*once* <https://x.io|here> `a&lt;b`")
    (live,) = ear.wait(Turn)
    told = SlackPlatform(slack_settings(town), str).history(CHANNEL, float(root) - 1)
    assert live in [one.turn for one in told]


def test_a_deaf_connection_is_replaced(town: Sandbox, ear: Ear) -> None:
    before = opened(town)
    town.mute_sockets()
    town.wait_for(lambda box: opened(box) > before, 30, "a new connection")
    town.wait_connected()
    town.say("help", "ben", "can you hear me?")
    ear.until(lambda: "can you hear me?" in texts(ear), "the message after the silence")


def test_a_connection_without_a_greeting_does_not_beat(town: Sandbox, ear: Ear) -> None:
    town.faults.next("socket", NoHello(), 9)  # on a slow machine it is tried again while we look
    before = opened(town)
    town.abort_sockets()
    town.wait_for(lambda box: opened(box) > before, 30, "a new connection")
    beats = ear.beats
    # Several pings and pongs later it still has not beaten; then a real connection takes its place.
    assert not ear.changed_within(1.5, lambda: ear.beats > beats)
    town.faults.clear()
    town.abort_sockets()
    ear.until(lambda: ear.beats > beats, "the beat of a greeted connection")
    town.wait_connected()


def test_a_very_long_message_is_heard_whole(town: Sandbox, ear: Ear) -> None:
    text = "\u8d85\u957f" * 20_000
    town.say("help", "ben", text)
    assert ear.wait(Turn)[0].text == text
    town.wait_acked()


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        ({"bot_token": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        ({"app_token": ""}, "SLACK_APP_TOKEN"),
        ({"app_token": "xoxb-sandbox"}, "wrong kind of token"),
    ],
)
def test_wrong_tokens_end_it_with_one_line(box: Sandbox, tokens: dict[str, Any], says: str) -> None:
    ear = Ear(box, replace(slack_settings(box), **tokens))
    assert ear.error is not None
    assert says in str(ear.error)
    assert "\n" not in str(ear.error)


def test_no_payload_of_the_sandbox_is_overlooked(town: Sandbox, ear: Ear) -> None:
    me = SlackPlatform(slack_settings(town), str).auth()
    event = {"type": "message", "channel": "C0HELP", "user": "U0BEN", "ts": "1700000000.000100", "text": "x"}
    assert heard({"type": "event_callback", "event": event, "event_id": "Ev1"}, me, str, 0.0) is not None
