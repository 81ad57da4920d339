"""Commands: by slash with a link or without, by mention and in direct messages, answered to whom they concern."""

from __future__ import annotations

import pytest

from bot.dialogue.desk import WAITS
from tests.hands import HELP, QUESTION, Hands, actions_of, options_of, private_channel, text_of
from tests.harness import PEOPLE, TEAM


def state(hands: Hands, ts: str, channel: str = HELP) -> str:
    return str(hands.value(f"SELECT state FROM threads WHERE id='slack:{TEAM}:{channel}:{ts}'"))


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("status", "What I decided here"),
        ("why", "Need for help"),
        ("summary", "Where it stands"),
        ("search rollout deadline", "Found for"),
        ("stats", "messages read"),
        ("help", "What I can do"),
    ],
)
def test_a_slash_command_with_a_link_is_answered_to_its_actor_alone(hands: Hands, verb: str, said: str) -> None:
    ts, _ = hands.asked()
    before = len(hands.posts(ts))
    answer = hands.slash("cleo", f"{verb} {hands.link(ts)}", "C0FRESH")
    assert said in text_of(answer)
    assert len(hands.posts(ts)) == before
    assert not hands.direct("cleo")


def test_the_link_may_come_first(hands: Hands) -> None:
    ts, _ = hands.asked()
    assert "Where it stands" in text_of(hands.slash("cleo", f"{hands.link(ts)} summary"))


def test_a_link_to_a_reply_means_its_thread(hands: Hands) -> None:
    ts, _ = hands.asked()
    reply = hands.say("kim", "Raise the timeout of the readiness probe to 30 seconds, then the rollout goes on.", ts)
    assert "readiness probe" in text_of(hands.slash("cleo", f"summary {hands.link(reply)}"))


def test_without_a_thread_there_is_a_choice(hands: Hands) -> None:
    ts, _ = hands.asked()
    [offer] = hands.slash("cleo", "status")
    assert actions_of(offer) == ["vigil_pick_status"]
    [(label, value)] = options_of(offer)
    assert "DPL-017" in label
    assert "What I decided here" in text_of(hands.click(offer, "vigil_pick_status", "cleo", value))
    assert value.endswith(ts)


def test_a_length_of_time_survives_the_choice(hands: Hands) -> None:
    hands.asked()
    [offer] = hands.slash("kim", "snooze 2h")
    [(_, value)] = options_of(offer)
    assert "No follow-ups here until 2026-11-18 12:1" in text_of(
        hands.click(offer, actions_of(offer)[0], "kim", value)
    )  # fmt: skip
    assert hands.value("SELECT until - at FROM marks WHERE name='snoozed'") == 7200.0


def test_an_empty_channel_has_nothing_to_choose(hands: Hands) -> None:
    assert "No thread is open" in text_of(hands.slash("amy", "resolve", "C0FRESH"))
    assert "no open thread that you can read" in text_of(hands.slash("amy", "summary", "C0FRESH"))


def test_resolve_reopen_and_the_choice_of_what_is_resolved(hands: Hands) -> None:
    ts, _ = hands.asked()
    assert "Marked as resolved" in text_of(hands.slash("amy", f"resolve {hands.link(ts)}"))
    assert state(hands, ts) == "resolved"
    assert "resolved" in text_of(hands.slash("amy", f"status {hands.link(ts)}"))
    [offer] = hands.slash("amy", "reopen")
    assert "Reopened" in text_of(hands.click(offer, "vigil_pick_reopen", "amy", options_of(offer)[0][1]))
    assert state(hands, ts) == "reopened"


def test_mute_with_a_time_and_unmute(hands: Hands) -> None:
    ts, _ = hands.asked()
    assert "until 2026-11-18" in text_of(hands.slash("kim", f"mute 2h {hands.link(ts)}"))
    assert hands.value("SELECT until - at FROM marks WHERE name='muted'") == 7200.0
    assert "listen" in text_of(hands.slash("kim", f"unmute {hands.link(ts)}"))
    assert hands.value("SELECT count(*) FROM marks WHERE name='muted'") == 0
    assert "For how long" in text_of(hands.slash("kim", f"snooze {hands.link(ts)}"))


def test_who_may_not_is_told_so_and_it_is_recorded(hands: Hands) -> None:
    ts, _ = hands.asked()
    assert text_of(hands.slash("bob", f"mute {hands.link(ts)}")) == "That is for this channel's helpers only."
    assert text_of(hands.slash("bob", "speak-less")) == "That is for this channel's helpers only."
    assert hands.audit()[-2:] == [("U0BOB", "mute", False), ("U0BOB", "speak_less", False)]


def test_a_thread_one_may_not_read_is_like_one_that_does_not_exist(hands: Hands) -> None:
    with private_channel(hands, "kim", "hal") as vault:
        secret = hands.say("kim", "The vault password rotation is stuck, what is the canary?", channel=vault)
        hands.say("hal", "The canary of the vault password rotation is heron, type it twice.", secret, vault)
        for verb in ("summary", "status", "why", "search heron", "teach", "resolve", "suggest", "stats", "speak-less"):
            hidden = text_of(hands.slash("amy", f"{verb} {hands.link(secret, vault)}"))
            missing = text_of(hands.slash("amy", f"{verb} {hands.link('1700000000.000001', vault)}"))
            nowhere = text_of(hands.slash("amy", f"{verb} https://test.slack.com/archives/C0NOWHERE/p1700000000000001"))
            assert hidden == missing == nowhere == "I cannot find that thread. Give me a link to one of its messages."
        assert "what is the canary" not in text_of(hands.slash("amy", "search canary of the vault password rotation"))
        assert "heron" in text_of(hands.slash("kim", f"summary {hands.link(secret, vault)}"))
        assert "what is the canary" in text_of(
            hands.slash("kim", "search canary of the vault password rotation", vault)
        )


def test_an_unknown_thread(hands: Hands) -> None:
    assert "cannot find that thread" in text_of(hands.slash("amy", f"summary {hands.link('1700000000.000001')}"))


def test_a_thread_that_is_heard_and_not_yet_thought_about_is_waited_for(hands: Hands) -> None:
    live = hands.live
    ts = hands.box.say("C0HELP", PEOPLE["amy"], QUESTION)
    asked = hands.box.command("C0HELP", PEOPLE["kim"], "/vigil", f"mute {hands.link(ts)}")
    hands.box.wait_acked()
    live.engine.clicks.step(quick=True)
    live.engine.sender.step()
    assert not hands.box.ephemerals
    live.settle()
    asked.wait()
    assert "stay out" in text_of(list(hands.box.ephemerals))
    assert live.engine.threads.load(f"slack:T0TEST:C0HELP:{ts}", "slack:T0TEST:C0HELP", live.clock()).marked("muted")


def test_a_thread_that_nobody_gets_to_is_not_waited_for_for_ever(hands: Hands) -> None:
    live = hands.live
    ts = hands.box.say("C0HELP", PEOPLE["amy"], QUESTION)
    asked = hands.box.command("C0HELP", PEOPLE["kim"], "/vigil", f"mute {hands.link(ts)}")
    hands.box.wait_acked()
    live.clock.move(WAITS + 1)
    live.engine.clicks.step(quick=True)
    live.engine.sender.step()
    asked.wait()
    assert "cannot find that thread" in text_of(list(hands.box.ephemerals))


def test_who_may_not_read_a_thread_does_not_learn_by_a_delay_that_it_is_there(hands: Hands) -> None:
    with private_channel(hands, "kim", "hal") as vault:
        secret = hands.box.say(vault, PEOPLE["kim"], "The canary of the vault password rotation is heron.")
        asked = hands.box.command("C0HELP", PEOPLE["amy"], "/vigil", f"summary {hands.link(secret, vault)}")
        hands.box.wait_acked()
        hands.live.engine.clicks.step(quick=True)
        hands.live.engine.sender.step()
        asked.wait()
        assert "cannot find that thread" in text_of(list(hands.box.ephemerals))
        hands.live.settle()


def test_suggest_answers_in_the_thread_and_says_so(hands: Hands) -> None:
    ts = hands.say("amy", QUESTION)
    assert "answered in the thread" in text_of(hands.slash("cleo", f"suggest {hands.link(ts)}"))
    assert "vigil_helpful" in actions_of(hands.posts(ts)[-1])


def test_suggest_where_vigil_does_not_post_goes_to_who_asked(hands: Hands) -> None:
    ts = hands.say("amy", QUESTION, channel="C0LAB")
    told = hands.slash("bob", f"suggest {hands.link(ts, 'C0LAB')}", "C0LAB")
    assert not hands.posts(ts, "C0LAB")
    assert "direct message" in text_of(told)
    assert "vigil_helpful" in actions_of(hands.direct("bob")[-1])  # nothing to publish for one who does not help
    hands.slash("kim", f"suggest {hands.link(ts, 'C0LAB')}", "C0LAB")
    assert "vigil_draft_publish" in actions_of(hands.direct("kim")[-1])


def test_a_plain_question_by_slash_and_in_a_direct_message(hands: Hands) -> None:
    asked = hands.slash("amy", "why does my certificate not renew?")
    assert "certificate" in text_of(asked).lower()
    assert actions_of(asked[0]) == []
    room = hands.box.open_im("U0AMY")
    hands.say("amy", "how do I raise the quota of a project?", channel=room)
    assert "quota" in text_of(hands.direct("amy")).lower()


def test_in_a_direct_message_the_threads_of_all_channels_can_be_chosen(hands: Hands) -> None:
    ts, _ = hands.asked()
    room = hands.box.open_im("U0AMY")
    hands.say("amy", "status", channel=room)
    offer = hands.direct("amy")[-1]
    assert [value for _, value in options_of(offer)] == [f"slack:{TEAM}:{HELP}:{ts}"]
    hands.say("amy", f"summary {hands.link(ts)}", channel=room)
    assert "Where it stands" in text_of([hands.direct("amy")[-1]])
    hands.say("amy", f"resolve {hands.link(ts)}", channel=room)
    confirm = hands.direct("amy")[-1]
    assert "Marked as resolved" in text_of(
        hands.click(confirm, "vigil_pick_resolve", "amy", options_of(confirm)[0][1], room)
    )  # fmt: skip
    assert state(hands, ts) == "resolved"


def test_mentioned_in_a_thread(hands: Hands) -> None:
    ts, _ = hands.asked()
    hands.say("kim", "<@U0VIGIL> summary", ts)
    assert "Where it stands" in text_of([hands.posts(ts)[-1]])
    hands.say("bob", "<@U0VIGIL> mute", ts)
    assert "helpers only" in text_of([hands.posts(ts)[-1]])
    hands.say("amy", "<@U0VIGIL> resolve", ts)
    assert state(hands, ts) == "resolved"


def test_a_mention_does_not_carry_a_private_thread_into_a_public_one(hands: Hands) -> None:
    with private_channel(hands, "kim", "hal") as vault:
        secret = hands.say("kim", "The vault password rotation is stuck, the canary is heron", channel=vault)
        ts, _ = hands.asked()
        hands.say("kim", f"<@U0VIGIL> summary {hands.link(secret, vault)}", ts)
        assert "heron" not in text_of(hands.posts(ts))
        assert "heron" in text_of(hands.direct("kim"))
        hands.say("amy", f"<@U0VIGIL> summary {hands.link(secret, vault)}", ts)
        assert "cannot find that thread" in text_of(hands.direct("amy"))


def test_the_channels_language(hands: Hands) -> None:
    from bot.config import Rules

    hands.live.config.channels["fresh"] = Rules(mode="public", language="zh")  # type: ignore[index]
    assert "我能做什么" in text_of(hands.slash("amy", "帮助", "C0FRESH"))
    assert "没有您可以查看" in text_of(hands.slash("amy", "总结", "C0FRESH"))
