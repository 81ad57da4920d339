"""Whole conversations, said and answered over the real socket, with the real model and a clock that jumps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config import Rules
from knowledge.embedding import Embedder
from tests.harness import Live, Town
from tests.script import Talk, read

Start = Callable[..., Talk]


@pytest.fixture
def talk(town: Town, tmp_path: Path, model: Embedder) -> Start:
    """Starts a Vigil that knows five runbooks, with other rules for some channels if given, and a talk with it."""

    def start(channel: str = "help", **rules: Rules) -> Talk:
        return Talk(Live(town, tmp_path, model, rules), channel)

    return start


def test_a_question_gets_a_sourced_suggestion_once_the_people_had_their_time(talk: Start) -> None:
    talk().play("""
        amy: the rollout of `search` stops at 30 % with DPL-017 progress deadline exceeded. How do I find out why?  -> hold "5 minutes"
        +3m                                       -> nothing
        +3m                                       -> public "nobody answered"; suggests "Deploys: rollout does not finish"
        amy: thanks, that worked!                 -> silent
        +1d                                       -> nothing
    """)


def test_a_human_answer_cancels_the_hold(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: new sessions are refused with PGB-008 connection budget exhausted, what can I do?  -> hold
        kim: use the pooler on port 6432                                    -> silent "a human answered"
        +10m                                                                -> nothing
    """)
    assert chat.live.engine.threads.next_due() is None


def test_chatter_is_left_alone_with_a_reason(talk: Start) -> None:
    talk().play("""
        bob: the sunset from the 5th floor right now, come and see   -> silent "it does not look enough like a need"
        cleo: on my way with coffee                                   -> silent
        +10m                                                          -> nothing
    """)


def test_a_mention_is_answered_at_once(talk: Start) -> None:
    talk().play("""
        amy: @vigil certificate renewal fails with NW-4512 challenge not visible, what is missing?  -> public "addressed"; suggests "TLS"
    """)


def test_a_mention_is_answered_even_when_nothing_is_known(talk: Start) -> None:
    talk().play("""
        amy: @vigil which colour do the new office chairs have?   -> public; suggests "none of them carries an answer"
    """)


def test_a_direct_message_is_answered(talk: Start) -> None:
    talk("dm-amy").play("""
        amy: how do I raise the vCPU quota? I get NW-4290 quota exceeded   -> public "addressed"; suggests "Quotas"
    """)


STUCK = "the rollout of `search` stops with DPL-017 progress deadline exceeded. How do I find out why?"
FULL = "our database went read-only: PGB-013 storage guard engaged. What can I do?"


def test_a_shadow_channel_records_and_posts_nothing(talk: Start) -> None:
    talk("lab").play(f"""
        amy: {STUCK}          -> hold
        +6m                   -> draft "shadow mode"
    """)


def test_a_channel_that_nobody_configured_is_in_shadow(talk: Start) -> None:
    talk("fresh").play(f"""
        amy: {STUCK}          -> hold
        +6m                   -> draft "shadow mode"
    """)


def test_a_private_channel_gets_drafts_that_helpers_publish(talk: Start) -> None:
    chat = talk("drafts")
    chat.play(f"""
        amy: {STUCK}                         -> hold
        +6m                                  -> private; drafts "Deploys: rollout does not finish"
        amy reacts :eyes: to root            -> nothing
        bob clicks vigil_draft_publish       -> nothing
        kim clicks vigil_draft_publish       -> suggests "Deploys: rollout does not finish"
        hal reacts :+1: to root              -> nothing
    """)
    assert chat.live.own("drafts")[-1]["thread_ts"] == chat.root


def test_a_draft_may_be_dismissed(talk: Start) -> None:
    chat = talk("drafts")
    chat.play(f"""
        amy: {STUCK}                         -> hold
        +6m                                  -> private; drafts
        kim clicks vigil_draft_dismiss       -> nothing
        +1h                                  -> nothing
    """)
    assert not chat.live.own("drafts")


def test_bots_are_not_answered_but_a_listed_alert_is(talk: Start) -> None:
    talk().play("""
        builds: build 1234 failed: DPL-017 progress deadline exceeded, how do I find out why?   -> nothing
        +10m                                                                                   -> nothing
        ---
        alarm: [FIRING] DatabaseStorageCritical cluster=orders-prod PGB-013 storage guard engaged  -> hold
        +6m                                                           -> public; suggests "storage nearly full"
    """)


def test_an_edited_question_is_judged_anew(talk: Start) -> None:
    talk().play(f"""
        amy: hello there                      -> silent
        amy edits: {STUCK}                    -> hold
        +6m                                   -> public; suggests "Deploys: rollout does not finish"
        amy edits: never mind                 -> nothing
    """)


def test_a_question_edited_into_chatter_during_the_hold_is_not_answered(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                          -> hold
        amy edits: never mind, I found it                     -> silent
        +6m                                                   -> nothing
    """)


def test_a_deleted_question_takes_the_answers_along(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: {STUCK} Our canary word is xylophonic.    -> hold
        +6m                                            -> public; suggests
        amy deletes root                               -> removes
        +1d                                            -> nothing
    """)
    assert_forgotten(chat, b"xylophonic")


def test_a_deleted_root_with_replies_leaves_a_tombstone_and_nothing_else(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: {STUCK} Our canary word is xylophonic.    -> hold
        bob: same here                                 -> silent
        +6m                                            -> public; suggests
        amy deletes root                               -> removes
        +1d                                            -> nothing
    """)
    assert_forgotten(chat, b"xylophonic")


def test_a_question_deleted_during_the_hold_is_not_answered(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: {STUCK} Our canary word is xylophonic.    -> hold
        amy deletes root                               -> nothing
        +1h                                            -> nothing
    """)
    assert_forgotten(chat, b"xylophonic")


def assert_forgotten(chat: Talk, word: bytes) -> None:
    """The word is in no file of the store: not in the database, its log, or the index."""
    chat.live.memory.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    chat.live.knowledge.save_cache()
    folder = Path(chat.live.config.store.path).parent
    assert [path.name for path in folder.iterdir() if word in path.read_bytes()] == []


def feedback(chat: Talk) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in chat.live.memory.database.read("SELECT actor, helpful FROM feedback")]


def test_reactions_are_feedback_and_can_be_taken_back(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: @vigil {STUCK}                  -> public; suggests
        amy reacts :+1: to vigil             -> nothing
        kim reacts :-1: to vigil             -> nothing
    """)
    assert sorted(feedback(chat)) == [("U0AMY", 1), ("U0KIM", 0)]
    chat.play("amy unreacts :+1: to vigil    -> nothing")
    assert feedback(chat) == [("U0KIM", 0)]
    chat.play("kim reacts :+1: to vigil      -> nothing")
    assert feedback(chat) == [("U0KIM", 1)]


def test_a_wastebasket_removes_the_answer(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: @vigil {STUCK}                          -> public; suggests
        cleo reacts :wastebasket: to vigil           -> nothing
        amy reacts :wastebasket: to vigil            -> removes
    """)
    assert not chat.live.own("help")


def test_see_no_evil_says_that_it_is_not_a_request(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                 -> hold
        kim reacts :see_no_evil: to root             -> nothing
        +1d                                          -> nothing
    """)


def test_a_resolved_thread_becomes_a_case_that_answers_the_next_question(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: since Monday all webhooks from our bank are rejected: the HMAC signature does not match the body. What is it?  -> hold
        kim: The edge gateway rewrites JSON bodies (`transform: auto` is the default), so the HMAC signature of the webhook no longer matches the body. Switch it off for this route with `nw edge route set NAME transform=off`; it is live in a minute.  -> silent
        amy: That worked, thank you!                -> silent
        kim reacts :white_check_mark: to root       -> nothing
    """)
    assert chat.state() == "resolved"
    chat.play("""
        +10m                                        -> shows "HMAC"
        bob clicks vigil_case_approve               -> nothing
        hal clicks vigil_case_approve               -> nothing
        +20h                                        -> nothing
        ---
        bob: callbacks of our shipping partner fail the HMAC check since their webhook route sits behind the edge gateway. Any idea what changes the body?  -> hold
        +6m                                         -> public; suggests "approved case"
    """)


def test_a_stale_thread_is_followed_up_once_and_then_the_on_call_is_told_once(talk: Start) -> None:
    talk().play("""
        amy: the printer on floor 3 eats paper and beeps all day, can somebody help me please?  -> hold
        +6m                                         -> silent
        +3h                                         -> nothing
        +1h                                         -> nudges
        +1h                                         -> nothing
        +3h                                         -> nothing
        +20h                                        -> calls "<!subteam^S0ONCALL>"
        +1d                                         -> nothing
    """)


def test_a_follow_up_goes_to_the_one_who_must_act(talk: Start) -> None:
    talk().play("""
        amy: the printer on floor 3 eats paper and beeps all day, can somebody help me please?  -> hold
        kim: which model is it?                     -> silent
        +5h                                         -> nudges "<@U0AMY>"
        amy: it is the big one near the window, a PX-300     -> silent
        +1d                                         -> nudges "<@U0KIM>"
    """)


def test_a_follow_up_waits_for_business_hours(talk: Start) -> None:
    chat = talk()
    chat.play("""
        +6h
        amy: the printer on floor 3 eats paper and beeps all day, can somebody help me please?  -> hold
        +6m                                         -> silent
        +12h                                        -> nothing
        +7h                                         -> nudges
    """)


def test_a_risky_word_calls_the_on_call_once(talk: Start) -> None:
    talk().play("""
        amy: @vigil customers see invoices of others, I fear a data loss or a leaked table. How do I restore it?  -> public; suggests; calls "S0ONCALL"
        amy: @vigil is the billing table hit as well, how can I check?     -> public; suggests
    """)


def test_after_a_suggestion_vigil_cools_down(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                -> hold
        +6m                                         -> public; suggests
        amy: and {FULL}                             -> hold
        +2m                                         -> nothing
        +4m                                         -> silent "less than 10 minutes ago"
    """)


def test_the_channel_has_a_budget(talk: Start) -> None:
    talk(help=Rules(mode="public", per_channel_per_hour=1)).play(f"""
        amy: {STUCK}                                -> hold
        +6m                                         -> public; suggests
        ---
        bob: How do I raise the vCPU quota? I get NW-4290 quota exceeded     -> hold
        +6m                                         -> silent "in this channel within an hour"
    """)


def test_the_same_source_is_not_shown_twice_to_the_same_person(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: {STUCK}                                -> hold
        +6m                                         -> public; suggests "Deploys: rollout"
        +2h
        ---
        amy: {STUCK}                                -> hold
        +6m
    """)
    shown = [d["entry_ids"] for d in chat.live.memory.decisions.listed() if d["action"] == "public"]
    assert len({i for ids in shown for i in ids}) == sum(map(len, shown))


def test_snoozing_puts_the_follow_up_off(talk: Start) -> None:
    talk().play("""
        amy: the printer on floor 3 eats paper and beeps all day, can somebody help me please?  -> hold
        +6m                                         -> silent
        amy: @vigil snooze 5h                       -> answers
        +4h                                         -> nothing
        +3h                                         -> nudges
    """)


def test_a_hold_survives_a_restart(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}                         -> hold")
    chat.live.restart()
    chat.play('+6m                                   -> public; suggests "Deploys: rollout does not finish"')


def test_what_happened_during_an_outage_is_caught_up_with(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: good morning, xylophonic people        -> silent
        ---
        bob: where is the coffee machine            -> silent
    """)
    live = chat.live
    live.listen(False)
    live.clock.move(60)
    chat.play(f"""
        bob edits: {STUCK}
        ---
        cleo: @vigil How do I raise the vCPU quota? I get NW-4290 quota exceeded
        cleo: in eu-west-1
        amy deletes
    """)
    live.restart()
    assert live.engine.catch_up.run() > 0
    live.settle()
    chat.play("+10m")
    for _ in range(2):
        live.engine.catch_up.run()
        live.settle()
    said = [row[0] for row in live.memory.database.read("SELECT text FROM turns WHERE flags&2=0 ORDER BY sent_at")]
    assert said == ["", STUCK, "How do I raise the vCPU quota? I get NW-4290 quota exceeded", "in eu-west-1"]
    for d in reversed(live.memory.decisions.listed()): print(d["turn_id"], d["kind"], d["action"], d["score"], d["reasons"])
    assert sorted(m["thread_ts"] for m in live.own("help")) == sorted(ts for _, _, ts in chat.said[1:3])
    assert_forgotten(chat, b"xylophonic")


def test_what_is_heard_too_late_is_filed_and_not_answered(talk: Start) -> None:
    chat = talk()
    chat.live.listen(False)
    chat.play(f"""
        amy: {STUCK}
        ---
        bob: @vigil {FULL}
    """)
    chat.live.clock.move(3 * 3600)
    chat.live.restart()
    chat.live.engine.catch_up.run()
    chat.live.settle()
    assert [d["kind"] for d in chat.live.memory.decisions.listed()] == ["late", "late"]
    chat.play("+1m  -> nothing")


NAUGHTY = (
    "", " ", "\u200b", "\u202eevil\u202c", "<!channel> <!here> <@U0AMY> <!subteam^S0ONCALL>", "@here @everyone",
    "\uff20channel", "'; DROP TABLE turns; --", "${7*7} {{7*7}} %s %n {0}", "```", "``````", "`" * 3_000, "*" * 3_000,
    "<" * 3_000, "&lt;&amp;&gt;", "\ue000" + "0\ue001", "\u0000\u0001\u001b[31m", "a\r\nb\u2028c\u2029d", "e\u0301" * 500,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 50, "\ud7ff\uffff\U0010ffff", "(" * 5_000, "[a](" * 2_000, "|a|b|\n" * 800,
    "?" * 2_000, "how " * 8_000, "\u5982\u4f55\u6062\u590d\u6570\u636e\u5e93\uff1f", "https://" + "a" * 9_000, "> " * 2_000,
    "NaN", "null", "-1", "undefined", "\ufeff", "\u0e01\u0e49" * 400, "Z\u0351\u036b\u0343\u036a\u0302" * 200,
)  # fmt: skip


def test_naughty_strings_are_recorded_and_mention_nobody(talk: Start) -> None:
    chat = talk()
    for number, text in enumerate(NAUGHTY):
        chat.root = None
        chat._say("U0AMY", text, at_root=False)
        chat.root = None
        chat._say("U0BOB", f"<@U0VIGIL> {text}", at_root=False)
        chat.live.clock.move(1)
        if number % 8 == 7:
            chat.live.settle()
    chat.live.settle()
    chat._wait(600)
    count = chat.live.memory.database.value
    assert count("SELECT count(*) FROM turns WHERE flags&2=0") == 2 * len(NAUGHTY)
    assert chat.live.memory.inbox.backlog() == (0, 0)
    assert chat.live.memory.outbox.backlog() == (0, 0)
    for message in chat.live.own():
        assert not re.search(r"<!(channel|here|everyone)|@here|@channel|@everyone", read(message)), message["text"]


def test_a_message_of_forty_thousand_characters_is_answered(talk: Start) -> None:
    chat = talk()
    log = "2026-11-18T10:00:00Z worker-7 retrying the import, attempt 3 of 5\n" * 600
    chat.play(f"#help\namy: @vigil {STUCK}  -> public; suggests")
    chat.root = None
    chat._say("U0BOB", f"<@U0VIGIL> {FULL}\n```{log[:39_800]}```", at_root=False)
    chat.live.settle()
    assert "storage nearly full" in read(chat.live.own("help")[-1])
