"""Whole conversations about what people do with Vigil's help: feedback, solved threads, follow-ups, calls for help."""

from __future__ import annotations

from knowledge.models import Status
from tests.harness import PUBLIC
from tests.script import STUCK, Start, assert_forgotten, feedback, read


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
        amy: That worked, thank you!                -> silent; asks
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


def test_a_resolved_thread_that_tells_no_answer_is_refused_and_the_reason_is_listed(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: since Monday all webhooks from our bank are rejected: the HMAC signature does not match the body. What is it?  -> hold
        kim: which route is it?                     -> silent
        kim reacts :white_check_mark: to root       -> nothing
        +10m                                        -> nothing
    """)
    found = [(thread, action) for thread, action, _ in chat.live.memory.audit.learned()]
    assert found == [(chat.thread_id, "case refused: only questions back")]
    assert chat.live.memory.entries.with_status(Status.PROPOSED) == []
    chat.play("""
        kim: Switch the rewriting of bodies off with `nw edge route set NAME transform=off`, it is live in a minute.  -> silent
        amy: still rejected, what else can I try?   -> silent
        kim: Also resend the failed webhooks with `nw hooks resend`, old ones keep their old signature.  -> silent
        amy: That worked, thank you!                -> silent; asks
        amy clicks vigil_accept_yes                 -> nothing
        +10m                                        -> shows "nw hooks resend"
    """)
    assert [action for _, action, _ in chat.live.memory.audit.learned()] == ["case proposed"]


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


def test_chatter_is_never_followed_up(talk: Start) -> None:
    talk().play("""
        bob: the sunset from the 5th floor right now, come and see   -> silent
        +5h                                                           -> nothing
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


def test_snoozing_puts_the_follow_up_off(talk: Start) -> None:
    talk().play("""
        amy: the printer on floor 3 eats paper and beeps all day, can somebody help me please?  -> hold
        +6m                                         -> silent
        amy: @vigil snooze 5h                       -> answers
        +4h                                         -> nothing
        +3h                                         -> nudges
    """)


def test_a_risky_word_calls_the_on_call_once(talk: Start) -> None:
    talk().play("""
        amy: @vigil customers see invoices of others, I fear a data loss or a leaked table. How do I restore it?  -> public; suggests; calls "S0ONCALL"
        amy: @vigil is the billing table hit as well, how can I check?     -> public; suggests
    """)


def test_a_deleted_question_takes_its_draft_and_its_case_along(talk: Start) -> None:
    chat = talk("drafts")
    chat.play(f"""
        amy: {STUCK} Our canary word is xylophonic.    -> hold
        +6m                                            -> private; drafts
        amy deletes root                               -> removes
        #help
        amy: since Monday all webhooks from our bank are rejected: the HMAC signature does not match the xylophonic body. What is it?  -> hold
        kim: The edge gateway rewrites JSON bodies, so the HMAC signature no longer matches. Switch it off with `nw edge route set NAME transform=off`.  -> silent
        amy: That worked, thank you!                   -> silent; asks
        kim reacts :white_check_mark: to root          -> nothing
        +10m                                           -> shows "xylophonic"
        hal clicks vigil_case_approve                  -> nothing
        bob: @vigil why does the HMAC signature of a webhook not match the body?  -> public; suggests "HMAC"
        amy deletes root                               -> removes
        +2m
    """)
    assert_forgotten(chat, b"xylophonic")
    assert not [m for m in chat.live.own() if "xylophonic" in read(m)]


def test_the_same_source_is_not_shown_to_the_same_person_in_another_channel(talk: Start) -> None:
    chat = talk(fresh=PUBLIC)
    chat.play(f"""
        amy: {STUCK}                                -> hold
        +6m                                         -> public; suggests "Deploys: rollout"
        +2h
        #fresh
        amy: {STUCK}                                -> hold
        +6m
    """)
    shown = [d["entry_ids"] for d in chat.live.memory.decisions.listed() if d["action"] == "public"]
    assert len({i for ids in shown for i in ids}) == sum(map(len, shown))


def test_more_words_during_the_hold_lead_to_one_answer(talk: Start) -> None:
    talk().play(f"""
        amy: {STUCK}                                -> hold
        +2m                                         -> nothing
        amy: it happens in production and in staging, what could it be?   -> hold
        +3m                                         -> nothing
        +3m                                         -> public; suggests "Deploys: rollout"
        +20m                                        -> nothing
    """)
