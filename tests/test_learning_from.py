"""Learning from people, end to end: what sounds like success is asked about, and a reopened thread's case is looked at anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.models import Kind, Status
from tests.harness import PUBLIC
from tests.script import Start, Talk, read

ASKS = "since Monday all webhooks from our bank are rejected: the HMAC signature does not match the body. What is it?"
CURE = "The edge gateway rewrites JSON bodies, so the HMAC no longer matches: `nw edge route set NAME transform=off`."


def answered(talk: Start, channel: str = "help", asked: str = "silent; asks") -> Talk:
    """Amy asked, Kim answered, and Amy's words sound content."""
    chat = talk(channel)
    chat.play(f"""
        amy: {ASKS}                       -> hold
        kim: {CURE}                       -> silent
        amy: That worked, thank you!      -> {asked}
    """)
    return chat


def cases(chat: Talk, status: Status) -> list[str]:
    """The answers of the cases in one state."""
    return [e.case.resolution for e in chat.live.memory.entries.with_status(status) if e.case.kind is Kind.CASE]


def precedent(chat: Talk) -> list[str]:
    """How the thread is shown to others: the signs of what stands on the shelf."""
    chat.live.engine.librarian.shelve()
    live = chat.live.memory.entries.with_status(Status.LIVE)
    return [e.case.cause for e in live if e.case.kind is Kind.PRECEDENT]


def test_thanks_are_asked_about_and_a_yes_resolves_the_thread(talk: Start) -> None:
    chat = answered(talk)
    assert chat.state() == "accepted"
    chat.play("+2h                                -> nothing")
    assert cases(chat, Status.PROPOSED) == []
    chat.play("amy clicks vigil_accept_yes        -> nothing")
    assert chat.state() == "resolved"
    assert "Solved, says amy" in read(chat.live.own("help")[-1])
    chat.play('+10m                               -> shows "HMAC"')
    chat.play("amy: thanks again, all good now    -> silent")


def test_a_helper_may_say_yes_and_a_stranger_may_not(talk: Start) -> None:
    chat = answered(talk)
    chat.play("cleo clicks vigil_accept_yes       -> nothing")
    assert chat.state() == "accepted"
    assert "Only the one who asked" in read(chat.box.ephemerals[-1])
    rows = chat.live.memory.database.read("SELECT actor, allowed FROM audit WHERE action='resolve'")
    assert rows == [("U0CLEO", 0)]
    chat.play("cleo clicks vigil_accept_no        -> nothing")
    assert chat.state() == "accepted"
    chat.play("kim clicks vigil_accept_yes        -> nothing")
    assert chat.state() == "resolved"


def test_not_yet_keeps_the_thread_open_and_is_followed_up(talk: Start) -> None:
    chat = answered(talk)
    chat.play("amy clicks vigil_accept_no         -> nothing")
    assert chat.state() == "waiting on helper"
    assert precedent(chat) == ["…"]
    chat.play("""
        +3h                                   -> nothing
        +1h                                   -> nudges "<@U0KIM>"
        kim: clear the gateway cache with `nw edge cache clear` as well   -> silent
        amy: now it works, thanks             -> silent
    """)
    assert chat.state() == "accepted"
    chat.play("+1d                                -> nothing")
    assert cases(chat, Status.PROPOSED) == []


def test_an_ignored_question_is_asked_once_and_resolves_nothing(talk: Start) -> None:
    chat = answered(talk)
    chat.play("""
        amy: really, thank you, it works      -> silent
        +5d                                   -> nothing
    """)
    assert chat.state() == "accepted"
    assert cases(chat, Status.PROPOSED) == []


def test_where_vigil_only_drafts_the_asker_is_asked_alone_and_in_shadow_nobody(talk: Start) -> None:
    chat = answered(talk, "drafts", 'silent; asks "did this solve it?"')
    assert chat.live.own("drafts") == []
    chat.play("amy clicks vigil_accept_yes        -> nothing")
    assert chat.state() == "resolved"
    shadow = answered(talk, "lab", 'draft "sound as if it was solved"')
    assert shadow.state() == "accepted"
    assert shadow.live.own("lab") == []


def test_talk_and_mere_promises_are_not_asked_about(talk: Start) -> None:
    chat = talk()
    chat.play("""
        bob: the sunset from the 5th floor right now, come and see     -> silent
        kim: what a colour, look at the red clouds above the harbour   -> silent
        bob: thank you                                                 -> silent
        ---
        amy: the printer on floor 3 eats paper and beeps all day, can somebody help me please?  -> hold
        kim: let me check                                              -> silent
        amy: thanks                                                    -> silent
    """)


def test_a_question_answered_elsewhere_meanwhile_is_settled(talk: Start) -> None:
    chat = answered(talk)
    chat.play("""
        kim reacts :white_check_mark: to root    -> nothing
        amy clicks vigil_accept_no               -> nothing
    """)
    assert chat.state() == "resolved"
    assert "settled already" in read(chat.box.ephemerals[-1])


def approved(talk: Start) -> Talk:
    chat = answered(talk)
    chat.play("""
        amy clicks vigil_accept_yes           -> nothing
        +10m                                  -> shows "HMAC"
        hal clicks vigil_case_approve         -> nothing
    """)
    assert cases(chat, Status.LIVE) == [CURE]
    return chat


AGAIN = "bob: @vigil why does the HMAC signature of a webhook not match the body?"


def reviewed(chat: Talk) -> None:
    """The case waits for approval again, and is not quoted meanwhile."""
    assert cases(chat, Status.LIVE) == []
    assert cases(chat, Status.PROPOSED) == [CURE]
    root, chat.root = chat.root, None
    chat.play(f"{AGAIN}                       -> public; suggests")
    assert "approved case" not in read(chat.live.own("help")[-1])
    chat.root = root


@pytest.mark.parametrize(
    "deed", ["amy: it fails again with the same error", "kim: @vigil reopen", "amy clicks vigil_reopen"]
)
def test_a_reopened_threads_case_goes_back_under_review(talk: Start, deed: str) -> None:
    chat = approved(talk)
    chat.play(deed)
    chat.play('+10m                           -> shows "was reopened"')
    reviewed(chat)


def test_what_is_under_review_is_not_quoted_even_before_the_errand_runs(talk: Start) -> None:
    chat = approved(talk)
    chat.play("amy: it fails again with the same error")
    chat.root = None
    chat.play(f'{AGAIN}                       -> public; suggests; shows "was reopened"')
    assert "approved case" not in "".join(read(m) for m in chat.live.own("help") if m.get("thread_ts") == chat.root)


def test_a_reviewed_case_can_be_approved_again(talk: Start) -> None:
    chat = approved(talk)
    chat.play("""
        amy: it fails again with the same error
        +10m                                  -> shows "was reopened"
        hal clicks vigil_case_approve         -> nothing
    """)
    assert cases(chat, Status.LIVE) == [CURE]
    chat.play("+1h                                -> nothing")
    assert cases(chat, Status.LIVE) == [CURE]


def test_a_check_mark_put_on_anew_costs_the_case_nothing(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: {ASKS}                                -> hold
        kim: {CURE}                                -> silent
        kim reacts :white_check_mark: to root      -> nothing
        +10m                                       -> shows "HMAC"
        hal clicks vigil_case_approve              -> nothing
        kim unreacts :white_check_mark: to root    -> nothing
        kim reacts :white_check_mark: to root      -> nothing
        +10m                                       -> nothing
    """)
    assert cases(chat, Status.LIVE) == [CURE]


def test_a_precedent_follows_its_thread(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: {ASKS}")
    assert precedent(chat) == []
    chat.play(f"kim: {CURE}")
    assert precedent(chat) == [""]
    chat.play("amy: it still fails with the same error")
    assert precedent(chat) == ["…"]
    chat.play("kim: then resend the failed webhooks with `nw webhook resend --all`")
    [entry] = [e for e in chat.live.memory.entries.with_status(Status.LIVE) if e.case.kind is Kind.PRECEDENT]
    chat.live.engine.librarian.shelve()
    assert precedent(chat) == [""]
    assert "resend --all" in chat.live.memory.entries.get(entry.id).case.resolution  # type: ignore[union-attr]
    chat.play("amy: That worked, thank you!")
    assert precedent(chat) == ["≈"]
    chat.play("amy clicks vigil_accept_yes")
    assert precedent(chat) == ["✓"]
    chat.play("amy: it fails again with the same error")
    assert precedent(chat) == ["…"]


def test_a_similar_earlier_thread_says_how_it_stands(talk: Start) -> None:
    chat = talk(help=replace(PUBLIC, evidence=0.05))
    chat.play(f"""
        amy: {ASKS}
        kim: {CURE}
        amy: it still fails with the same error
        ---
        {AGAIN}                               -> public; suggests "still open"
    """)


def test_a_precedent_goes_with_the_only_reply_and_follows_its_edits(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: {ASKS}
        kim: {CURE}
        kim edits: Switch the rewriting off with `nw edge route set NAME transform=never` and resend the webhooks.
    """)
    assert precedent(chat) == [""]
    [entry] = [e for e in chat.live.memory.entries.with_status(Status.LIVE) if e.case.kind is Kind.PRECEDENT]
    assert "transform=never" in entry.case.resolution
    assert "transform=off" not in entry.case.resolution
    chat.play("kim deletes")
    assert precedent(chat) == []


def test_a_thread_reopened_by_the_button_is_followed_up_as_such(talk: Start) -> None:
    chat = answered(talk)
    chat.play("""
        amy clicks vigil_accept_yes           -> nothing
        amy clicks vigil_reopen               -> nothing
    """)
    assert chat.state() == "reopened"
    assert "Reopened by amy" in read(chat.live.own("help")[-1])
    chat.play('+5h                            -> nudges "the trouble returned"')


def test_the_question_can_be_switched_off(talk: Start) -> None:
    chat = talk(help=replace(PUBLIC, ask_solved=False))
    chat.play(f"""
        amy: {ASKS}                       -> hold
        kim: {CURE}                       -> silent
        amy: That worked, thank you!      -> silent; public "sound as if it was solved"
    """)
    assert chat.state() == "accepted"
