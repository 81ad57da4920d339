"""Whole conversations, said and answered over the real socket: who is answered when, and who is left alone."""

from __future__ import annotations

from dataclasses import replace

from tests.harness import PUBLIC
from tests.script import FULL, STUCK, Start, assert_forgotten


def test_a_question_gets_a_sourced_suggestion_once_the_people_had_their_time(talk: Start) -> None:
    talk().play("""
        amy: the rollout of `search` stops at 30 % with DPL-017 progress deadline exceeded. How do I find out why?  -> hold "5 minutes"
        +3m                                       -> nothing
        +3m                                       -> public "nobody answered"; suggests "Deploys: rollout does not finish"
        amy: thanks, that worked!                 -> silent; asks
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


def test_after_a_suggestion_vigil_cools_down(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                -> hold
        +6m                                         -> public; suggests
        amy: {FULL} How do I grow its volume?       -> hold
        +2m                                         -> nothing
        +4m                                         -> silent "less than 10 minutes ago"
    """)


def test_the_channel_has_a_budget(talk: Start) -> None:
    talk(help=replace(PUBLIC, per_channel_per_hour=1)).play(f"""
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


def test_a_bot_in_the_thread_or_a_bystander_does_not_end_the_hold(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                -> hold
        builds: build 77 passed                     -> nothing
        bob: same here                              -> silent
        +6m                                         -> public; suggests "Deploys: rollout"
    """)


def test_somebody_who_is_no_helper_ends_the_hold_as_well(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                -> hold
        bob: your app listens on 127.0.0.1, bind it to 0.0.0.0 and try again   -> silent "a human answered"
        +6m                                         -> nothing
    """)


def test_a_command_in_words_mutes_the_thread(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                -> hold
        kim: @vigil mute                            -> answers
        +1d                                         -> nothing
    """)
