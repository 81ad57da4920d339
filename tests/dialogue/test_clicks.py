"""Buttons under suggestions, drafts and cases: what each does, who may, and that two clicks are one."""

from __future__ import annotations

import pytest

from bot.config import Rules
from bot.events import WHISPER, Click
from bot.sandbox.models import Json
from tests.hands import HELP, Hands, actions_of, text_of
from tests.harness import TEAM

DESK, DRAFTS = "C0DESK", "C0DRAFTS"


def feedback(hands: Hands) -> list[tuple[str, int, str]]:
    return [tuple(row) for row in hands.live.memory.database.read("SELECT actor, helpful, reason FROM feedback")]


def counts(hands: Hands) -> tuple[int, int]:
    row = hands.live.memory.database.read("SELECT sum(helpful), sum(unhelpful) FROM entries")[0]
    return int(row[0]), int(row[1])


def drafted(hands: Hands) -> tuple[str, Json]:
    """(thread, draft card in the helpers' channel)."""
    ts, _ = hands.asked(DRAFTS)
    return ts, hands.cards()[-1]


def proposed(hands: Hands) -> Json:
    """The card of a case that was learned from a resolved thread."""
    ts = hands.say("amy", "Our nightly export job fails with E7734, what can I do?")
    hands.say("bob", "E7734 means the export bucket is full: empty the folder staging/ and run the job again.", ts)
    hands.say("amy", "That worked, thanks!", ts)
    hands.box.react(HELP, ts, "white_check_mark", "U0AMY")
    hands.live.settle()
    hands.live.errands()
    return hands.cards()[-1]


@pytest.mark.parametrize(
    ("action", "reaction", "kept"),
    [("vigil_helpful", "+1", (1, "")), ("vigil_not_helpful", "-1", (0, "")), ("vigil_solved", "heavy_check_mark", (1, "solved"))],
)  # fmt: skip
def test_a_verdict_by_button_or_reaction_counts_once(
    hands: Hands, action: str, reaction: str, kept: tuple[int, str]
) -> None:
    _, card = hands.asked()
    hands.click(card, action, "amy")
    hands.click(card, action, "amy")
    assert feedback(hands) == [("U0AMY", *kept)]
    after = counts(hands)
    assert sum(after) == 1
    hands.box.react(HELP, card["ts"], reaction, "U0AMY")
    hands.live.settle()
    assert feedback(hands) == [("U0AMY", *kept)]
    assert counts(hands) == after
    hands.box.unreact(HELP, card["ts"], reaction, "U0AMY")
    hands.live.settle()
    assert feedback(hands) == []
    assert counts(hands) == (0, 0)


def test_solved_resolves_the_thread_but_not_for_strangers(hands: Hands) -> None:
    ts, card = hands.asked()
    assert "helpers only" in text_of(hands.click(card, "vigil_solved", "bob"))
    assert feedback(hands) == []
    assert "Marked as resolved" in text_of(hands.click(card, "vigil_solved", "amy"))
    assert hands.value(f"SELECT state FROM threads WHERE id='slack:{TEAM}:{HELP}:{ts}'") == "resolved"
    assert ("U0BOB", "resolve", False) in hands.audit()


def test_not_helpful_asks_why_and_keeps_the_reason(hands: Hands) -> None:
    _, card = hands.asked()
    assert hands.click(card, "vigil_not_helpful", "amy") == []
    assert feedback(hands) == [("U0AMY", 0, "")]  # the click counts, whether or not the form is sent
    thanks = hands.submit("amy", reason="outdated", detail="The flag is gone since June")
    assert "Thank you" in text_of(thanks)
    assert feedback(hands) == [("U0AMY", 0, "outdated: The flag is gone since June")]
    hands.click(card, "vigil_not_helpful", "amy")
    assert feedback(hands) == [("U0AMY", 0, "outdated: The flag is gone since June")]
    assert counts(hands)[1] == 1


def test_a_human_is_called_once(hands: Hands) -> None:
    ts, card = hands.asked()
    assert "asked for a person" in text_of(hands.click(card, "vigil_need_human", "amy"))
    hands.click(card, "vigil_need_human", "bob")
    calls = [m for m in hands.posts(ts) if "<!subteam^S0ONCALL>" in m["text"]]
    assert len(calls) == 1
    assert "DPL-017" in calls[0]["text"]


def test_without_an_oncall_group_the_person_is_told(hands: Hands) -> None:
    hands.live.config.channels["help"] = Rules(mode="public", helpers=("U0KIM",))  # type: ignore[index]
    ts, card = hands.asked()
    before = len(hands.posts(ts))
    assert "No on-call group is set" in text_of(hands.click(card, "vigil_need_human", "amy"))
    assert len(hands.posts(ts)) == before


def test_why_and_speak_less_once_for_each_answer(hands: Hands) -> None:
    _, card = hands.asked()
    [why] = hands.click(card, "vigil_why", "bob")
    for part in ("Need for help", "threshold: 0.60", "What counted", "What I found", "fits to"):
        assert part in text_of([why])
    assert "helpers only" in text_of(hands.click(why, "vigil_speak_less", "bob"))
    [why] = hands.click(card, "vigil_why", "kim")
    assert "now 0.65" in text_of(hands.click(why, "vigil_speak_less", "kim"))
    assert "settled already" in text_of(hands.click(why, "vigil_speak_less", "hal"))
    assert hands.value("SELECT max(raise_by) FROM channels") == 0.05


def test_an_erased_decision_is_no_longer_there(hands: Hands) -> None:
    _, card = hands.asked()
    with hands.live.memory.database.transaction() as connection:
        connection.execute("DELETE FROM decisions")
    for action in ("vigil_helpful", "vigil_not_helpful", "vigil_solved", "vigil_need_human", "vigil_why"):
        assert "no longer there" in text_of(hands.click(card, action, "amy"))


def test_a_draft_is_published_once_and_its_card_says_so(hands: Hands) -> None:
    ts, card = drafted(hands)
    assert hands.posts(ts, DRAFTS) == []
    assert hands.click(card, "vigil_draft_publish", "kim", channel=DESK) == []
    [post] = hands.posts(ts, DRAFTS)
    assert "vigil_solved" in actions_of(post)
    shown = hands.cards()[-1]
    assert "published in the thread by kim" in text_of([shown])
    assert actions_of(shown) == []


def test_a_second_helper_finds_the_draft_settled(hands: Hands) -> None:
    ts, card = drafted(hands)
    first = hands.box.click(DESK, card["ts"], "vigil_draft_dismiss", "U0KIM")
    second = hands.box.click(DESK, card["ts"], "vigil_draft_publish", "U0HAL")
    first.wait()
    second.wait()
    hands.live.settle()
    assert "dismissed by kim" in text_of([hands.cards()[-1]])
    assert hands.posts(ts, DRAFTS) == []
    assert "settled already" in text_of(hands.box.ephemerals)


def test_a_draft_is_edited_in_a_form(hands: Hands) -> None:
    ts, card = drafted(hands)
    hands.click(card, "vigil_draft_edit", "kim", channel=DESK)
    assert hands.form("kim")["blocks"][-1]["element"]["initial_value"]
    hands.submit("kim", text="Undo the rollout first.")
    assert "Undo the rollout first." in text_of(hands.posts(ts, DRAFTS))
    assert "published in the thread by kim" in text_of(hands.cards())


def test_only_helpers_settle_drafts(hands: Hands) -> None:
    ts, card = drafted(hands)
    assert "helpers only" in text_of(hands.click(card, "vigil_draft_publish", "bob", channel=DESK))
    assert "helpers only" in text_of(hands.click(card, "vigil_draft_edit", "bob", channel=DESK))
    assert hands.posts(ts, DRAFTS) == []
    assert hands.audit()[-2:] == [("U0BOB", "publish", False), ("U0BOB", "edit_draft", False)]


def test_a_case_is_approved_shown_and_undone_once(hands: Hands) -> None:
    card = proposed(hands)
    assert actions_of(card) == ["vigil_case_approve", "vigil_case_edit", "vigil_case_reject"]
    assert "helpers only" in text_of(hands.click(card, "vigil_case_approve", "cleo", channel=DESK))
    hands.click(card, "vigil_case_approve", "kim", channel=DESK)
    shown = hands.cards()[-1]
    assert "is approved" in text_of([shown])
    assert "Approved by kim" in str(shown["blocks"])
    assert actions_of(shown) == ["vigil_case_undo"]
    first = hands.box.click(DESK, card["ts"], "vigil_case_undo", "U0HAL")
    second = hands.box.click(DESK, card["ts"], "vigil_case_undo", "U0KIM")
    first.wait()
    second.wait()
    hands.live.settle()
    assert "taken back" in text_of([hands.cards()[-1]])
    assert hands.value("SELECT status FROM entries WHERE kind='case'") == "retired"
    assert "settled already" in text_of(hands.box.ephemerals)


def test_who_edits_a_case_does_not_approve_it(hands: Hands) -> None:
    card = proposed(hands)
    hands.click(card, "vigil_case_edit", "kim", channel=DESK)
    hands.submit("kim", title="Export fails with E7734", problem="The export fails.", resolution="Empty staging/.")
    shown = hands.cards()[-1]
    assert "Empty staging/." in text_of([shown])
    assert "Edited by kim" in str(shown["blocks"])
    assert "Somebody else has to approve" in text_of(hands.click(shown, "vigil_case_approve", "kim", channel=DESK))
    hands.click(shown, "vigil_case_approve", "hal", channel=DESK)
    assert hands.value("SELECT status FROM entries WHERE kind='case'") == "live"


def test_a_case_is_rejected_and_an_erased_one_is_gone(hands: Hands) -> None:
    card = proposed(hands)
    hands.click(card, "vigil_case_reject", "kim", channel=DESK)
    assert "is rejected" in text_of([hands.cards()[-1]])
    assert actions_of(hands.cards()[-1]) == []
    number = int(hands.value("SELECT id FROM entries WHERE kind='case'"))
    hands.live.knowledge.erase([number], hands.live.clock())
    click = Click("vigil_case_approve", str(number), "U0KIM", f"slack:{TEAM}:{DESK}", 0.0, via=WHISPER)
    [post] = hands.live.engine.mind.respond(click, hands.live.clock()).posts
    assert "no longer there" in post.message.text
