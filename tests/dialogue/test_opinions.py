"""What people say of suggestions changes what is said next, over the real socket, and taking it back restores it."""

from __future__ import annotations

from tests.hands import HELP, Hands, text_of
from tests.script import Start, Talk

DOUBTED = "the rollout of `{}` stops with DPL-017 progress deadline exceeded. How do I find out why?"
TWO_AGAINST = f"""
    amy: {DOUBTED.format("search")}            -> hold
    +6m                                        -> public; suggests "Deploys: rollout does not finish"
    bob reacts :-1: to vigil                   -> nothing
    cleo reacts :-1: to vigil                  -> nothing
"""


def asked(who: str, service: str, then: str) -> str:
    return f"""
        ---
        {who}: {DOUBTED.format(service)}       -> hold
        +6m                                    -> {then}
    """


def reasons(chat: Talk) -> str:
    return " ".join(chat.decisions()[0]["reasons"])


def test_two_thumbs_down_turn_a_suggestion_into_a_draft_and_taking_them_back_restores_it(talk: Start) -> None:
    chat = talk()
    chat.play(TWO_AGAINST)
    chat.play(
        asked("bob", "orders", 'private "people said it did not help"; drafts "2 of 2 people said it did not help"')
    )
    assert "2 of 2 people said it did not help" in reasons(chat)
    chat.play("""
        cleo unreacts :-1: to vigil            -> nothing
    """)
    chat.play(asked("cleo", "mailer", 'public; suggests "one person said it did not help"'))


def test_one_loud_person_changes_nothing(talk: Start) -> None:
    chat = talk()
    for who in ("amy", "cleo", "kim"):
        chat.play(asked(who, f"service-{who}", 'public; suggests "Deploys: rollout does not finish"'))
        chat.play("bob reacts :-1: to vigil    -> nothing")
    chat.play(asked("hal", "orders", "public; suggests"))


def test_a_helper_who_publishes_the_draft_rates_it_back(talk: Start) -> None:
    chat = talk()
    chat.play(TWO_AGAINST)
    chat.play(asked("bob", "orders", "private; drafts"))
    chat.play("kim clicks vigil_draft_publish  -> suggests")
    chat.play(asked("cleo", "mailer", 'public; suggests "2 of 3 people said it did not help"'))


def test_whoever_asks_is_shown_what_is_doubted_with_the_remark(talk: Start) -> None:
    chat = talk()
    chat.play(TWO_AGAINST)
    chat.play(f"""
        ---
        bob: @vigil {DOUBTED.format("orders")}   -> public "addressed"; suggests "2 of 2 people said it did not help"
    """)


def test_helpers_in_a_private_channel_read_the_remark_on_their_drafts(talk: Start) -> None:
    chat = talk("drafts")
    for who, service in (("amy", "search"), ("bob", "orders")):
        chat.play(asked(who, service, "private; drafts"))
        chat.play(f"{'kim' if who == 'amy' else 'hal'} clicks vigil_draft_publish  -> suggests")
    chat.play(asked("cleo", "mailer", 'private "offered to the helpers"; drafts "2 of 2 people found it helpful"'))


def test_search_and_why_tell_what_people_said(hands: Hands) -> None:
    _, card = hands.asked()
    for who in ("bob", "cleo"):
        hands.click(card, "vigil_not_helpful", who)
    assert "2 of 2 people said it did not help" in text_of(
        hands.slash("amy", "search DPL-017 rollout progress deadline")
    )
    ts = hands.say("bob", DOUBTED.format("orders"))
    hands.live.clock.move(600)
    hands.live.settle()
    assert hands.posts(ts) == []
    assert "people said it did not help" in text_of(hands.slash("bob", f"why {hands.link(ts)}"))


def test_people_who_wanted_no_answer_raise_the_threshold_until_they_take_it_back(hands: Hands) -> None:
    _, card = hands.asked()
    for who in ("bob", "cleo"):
        hands.click(card, "vigil_not_helpful", who)
        hands.submit(who, reason="unwanted")
    ts = hands.say("kim", DOUBTED.format("orders"))
    assert "nobody had wanted an answer" in text_of(hands.slash("kim", f"why {hands.link(ts)}"))
    for who in ("U0BOB", "U0CLEO"):
        hands.box.react(HELP, card["ts"], "-1", who)
        hands.live.settle()
        hands.box.unreact(HELP, card["ts"], "-1", who)
        hands.live.settle()
    assert hands.value("SELECT count(*) FROM feedback") == 0
    ts = hands.say("hal", DOUBTED.format("ledger"))
    assert "nobody had wanted an answer" not in text_of(hands.slash("hal", f"why {hands.link(ts)}"))


def test_who_removes_what_they_published_takes_their_vote_back(talk: Start) -> None:
    chat = talk("drafts")
    chat.play(asked("amy", "search", "private; drafts"))
    chat.play("kim clicks vigil_draft_publish  -> suggests")
    deeds = "SELECT actor, helpful, reason, said FROM feedback"
    assert chat.live.memory.database.read(deeds) == [("U0KIM", 1, "published", 0)]
    chat.play("kim reacts :wastebasket: to vigil  -> removes")
    assert chat.live.memory.database.read(deeds) == []


def test_dismissing_and_rewording_a_draft_are_deeds_too(talk: Start) -> None:
    chat = talk("drafts")
    chat.play(asked("amy", "search", "private; drafts"))
    chat.play("kim clicks vigil_draft_dismiss  -> nothing")
    chat.play(asked("bob", "orders", "private; drafts"))
    hands = Hands(chat.live)
    chat.play("hal clicks vigil_draft_edit  -> nothing")
    hands.submit("hal", text="Ask the platform team.")
    kept = chat.live.memory.database.read("SELECT actor, helpful, reason FROM feedback ORDER BY at")
    assert kept == [("U0KIM", 0, "dismissed"), ("U0HAL", 1, "edited")]
