"""Cases before a running Vigil: side by side, taken back with what was said from them, a queue that says so once, attackers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.sandbox.models import Json
from knowledge.models import Audience, Case, Kind, Status
from tests.hands import HELP, Hands, actions_of, options_of, text_of
from tests.harness import PUBLIC, TEAM

DESK = "C0DESK"
ASKED = "Our nightly export job fails with E7734, what can I do?"
CURE = "E7734 means the export bucket is full: empty the folder staging/ and run the job again."
AGAINST = "E7734 means the export bucket is full: do not empty the folder staging/ and run the job again."
DAY = 86_400.0


def ruled(hands: Hands, **changes: Any) -> None:
    hands.live.config.channels["help"] = replace(PUBLIC, **changes)  # type: ignore[index]


def resolved(hands: Hands, answer: str = CURE, who: str = "bob", asks: str = "amy", problem: str = ASKED) -> str:
    """A thread that its asker marked as resolved, learned from; its ts."""
    ts = hands.say(asks, problem)
    hands.say(who, answer, ts)
    hands.say(asks, "That worked, thanks!", ts)
    hands.box.react(HELP, ts, "white_check_mark", f"U0{asks.upper()}")
    hands.live.settle()
    hands.live.errands()
    hands.live.clock.move(60.0)
    return ts


def approved(hands: Hands) -> Json:
    """The card of a case that kim approved."""
    resolved(hands)
    hands.click(hands.cards()[-1], "vigil_case_approve", "kim", channel=DESK)
    return hands.cards()[-1]


def entries(hands: Hands, status: Status) -> list[int]:
    return [e.id for e in hands.live.memory.entries.with_status(status) if e.case.kind is Kind.CASE]


def proposal(hands: Hands, number: int, author: str = "U0AMY") -> Case:
    """A case on a matter of its own."""
    word = "".join(chr(97 + int(digit)) * 4 for digit in str(number + 100))
    return Case(
        Kind.CASE, f"Problem {word}", f"the {word} service of region {word}{number} stalls", f"Restart the {word} broker.",
        hands.live.directory.audience(f"slack:{TEAM}:{HELP}"), f"thread:slack:{TEAM}:{HELP}:{number}.0", authors=(author, "U0BOB"),
        happened_at=hands.live.clock(), container=f"slack:{TEAM}:{HELP}",
    )  # fmt: skip


def curate(hands: Hands) -> None:
    hands.live.engine.curator.run()
    hands.live.settle()


def test_a_contradiction_is_shown_side_by_side_and_the_helper_chooses(hands: Hands) -> None:
    approved(hands)
    resolved(hands, AGAINST)
    card = hands.cards()[-1]
    for part in ("do not empty the folder", "says the opposite", "full: empty the folder"):
        assert part in text_of([card])
    assert actions_of(card) == ["vigil_case_keep", "vigil_case_replace", "vigil_case_edit", "vigil_case_reject"]
    first, (second,) = entries(hands, Status.LIVE), entries(hands, Status.PROPOSED)
    hands.click(card, "vigil_case_keep", "hal", channel=DESK)
    assert sorted(entries(hands, Status.LIVE)) == [*first, second]
    assert "another approved case says the opposite" in text_of(hands.slash("cleo", "search E7734 export bucket full"))


def test_a_helper_replaces_the_contradicted_case(hands: Hands) -> None:
    approved(hands)
    resolved(hands, AGAINST)
    first = entries(hands, Status.LIVE)
    hands.click(hands.cards()[-1], "vigil_case_replace", "hal", channel=DESK)
    assert "It took the place of" in text_of([hands.cards()[-1]])
    assert entries(hands, Status.SUPERSEDED) == first
    hands.click(hands.cards()[-1], "vigil_case_undo", "hal", channel=DESK)
    assert entries(hands, Status.LIVE) == first


@pytest.mark.parametrize("way", ["button", "command", "command line"])
def test_undo_takes_back_what_was_said_from_it(hands: Hands, way: str) -> None:
    card = approved(hands)
    (number,) = entries(hands, Status.LIVE)
    ts = hands.say("cleo", "the nightly export job of our team fails with E7734. What can I do?")
    hands.live.clock.move(600)
    hands.live.settle()
    [said] = hands.posts(ts)
    assert "empty the folder staging/" in text_of([said])
    if way == "button":
        hands.click(card, "vigil_case_undo", "kim", channel=DESK)
    elif way == "command":
        assert "taken back" in text_of(hands.slash("kim", f"undo {number}"))
    else:
        hands.live.knowledge.undo(number, "cli:root", hands.live.clock())
        curate(hands)
        curate(hands)
    [now] = hands.posts(ts)
    assert "staging" not in str(now)
    assert "Taken back" in text_of([now])
    assert actions_of(now) == []
    assert entries(hands, Status.LIVE) == []


def test_a_queue_that_nobody_tends_says_so_once(hands: Hands) -> None:
    for number in range(3):
        hands.live.knowledge.propose(proposal(hands, number), "vigil", hands.live.clock())
    curate(hands)
    assert hands.cards() == []
    hands.live.clock.move(DAY + 60)
    for _ in range(4):
        curate(hands)
        hands.live.clock.move(3600)
    [digest] = hands.cards()
    assert "3 proposed cases" in text_of([digest])
    hands.live.clock.move(7 * DAY)
    curate(hands)
    assert len(hands.cards()) == 2
    [(label, value), *_] = options_of(digest)
    assert (label.startswith("Case "), "Problem" in str(digest)) == (True, False)
    [shown] = hands.click(digest, "vigil_case_show", "kim", value, channel=DESK)
    assert actions_of(shown) == ["vigil_case_approve", "vigil_case_edit", "vigil_case_reject"]
    assert "helpers only" in text_of(hands.click(digest, "vigil_case_show", "bob", value, channel=DESK))
    hands.click(shown, "vigil_case_approve", "kim", channel=DESK)
    assert len(entries(hands, Status.LIVE)) == 1


def test_no_digest_at_night_nor_where_it_is_switched_off(hands: Hands) -> None:
    hands.live.knowledge.propose(proposal(hands, 1), "vigil", hands.live.clock())
    hands.live.clock.move(DAY + 12 * 3600)
    curate(hands)
    assert hands.cards() == []
    ruled(hands, digest_days=0.0)
    hands.live.clock.move(12 * 3600)
    curate(hands)
    assert hands.cards() == []


def test_a_flood_of_proposals_does_not_flood_the_helpers(hands: Hands) -> None:
    ruled(hands, cards_per_day=2)
    for number in range(6):
        letters = "".join(chr(97 + (number * 7 + at) % 26) for at in range(6))
        resolved(
            hands,
            f"Restart the {letters} broker with `{letters}ctl restart`.",
            problem=f"The {letters} queue stalls, what now?",
        )
    assert len(entries(hands, Status.PROPOSED)) == 6
    assert len(hands.cards()) == 2
    hands.live.clock.move(DAY + 3600)
    curate(hands)
    assert "6 proposed cases" in text_of([hands.cards()[-1]])
    assert len(hands.cards()) == 3


def test_what_was_edited_since_is_not_approved_unseen(hands: Hands) -> None:
    resolved(hands)
    [before] = hands.slash("hal", f"cases {entries(hands, Status.PROPOSED)[0]}")
    hands.click(hands.cards()[-1], "vigil_case_edit", "kim", channel=DESK)
    hands.submit("kim", title="Export", problem="The export fails.", resolution="Run curl evil.example as root.")
    assert "changed after it was shown" in text_of(hands.click(before, "vigil_case_approve", "hal", channel=DESK))
    assert entries(hands, Status.LIVE) == []


def test_who_may_decide_is_configured(hands: Hands) -> None:
    ruled(hands, approvers=("U0CLEO", "owner"))  # the sandbox's channels are made by amy
    resolved(hands)
    card = hands.cards()[-1]
    for somebody in ("kim", "bob"):
        assert "helpers only" in text_of(hands.click(card, "vigil_case_approve", somebody, channel=DESK))
    assert entries(hands, Status.LIVE) == []
    hands.click(card, "vigil_case_approve", "cleo", channel=DESK)
    hands.click(hands.cards()[-1], "vigil_case_undo", "amy", channel=DESK)
    assert len(entries(hands, Status.RETIRED)) == 1


def test_a_user_group_decides(hands: Hands) -> None:
    ruled(hands, approvers=("S0ONCALL",))
    resolved(hands)
    hands.click(hands.cards()[-1], "vigil_case_approve", "hal", channel=DESK)
    assert len(entries(hands, Status.LIVE)) == 1


def test_a_group_that_cannot_be_asked_for_is_nobody(hands: Hands) -> None:
    ruled(hands, approvers=("S0GONE",))
    resolved(hands)
    hands.slash("kim", f"approve {entries(hands, Status.PROPOSED)[0]}")
    assert entries(hands, Status.LIVE) == []


def test_cases_by_command(hands: Hands) -> None:
    resolved(hands)
    (number,) = entries(hands, Status.PROPOSED)
    assert "One case waits" in text_of(hands.slash("kim", "cases"))
    assert "No case waits" in text_of(hands.slash("bob", "cases"))
    for words in (f"approve {number}", f"reject {number}", f"cases {number}"):
        assert "helpers only" in text_of(hands.slash("bob", words))
    assert "no longer there" in text_of(hands.slash("kim", "approve 999999"))
    assert "is approved" in text_of(hands.slash("kim", f"approve #{number}"))
    assert "settled already" in text_of(hands.slash("hal", f"reject {number}"))
    assert entries(hands, Status.LIVE) == [number]


def test_somebody_who_mentions_vigil_reads_a_case_alone(hands: Hands) -> None:
    resolved(hands)
    (number,) = entries(hands, Status.PROPOSED)
    ts = hands.say("kim", f"<@U0VIGIL> cases {number}")
    assert hands.posts(ts) == []
    assert "empty the folder" in text_of(hands.direct("kim"))


@pytest.mark.parametrize("way", ["edit", "check mark", "taught again"])
def test_nobody_gets_their_own_words_approved(hands: Hands, way: str) -> None:
    """kim, a helper, teaches what nobody else has said."""
    ts = hands.say("kim", ASKED)
    hands.shortcut("kim", ts, "vigil_teach")
    hands.submit("kim", title="Export", problem=ASKED, resolution=CURE)
    (number,) = entries(hands, Status.PROPOSED)
    card = hands.cards()[-1]
    if way == "edit":
        hands.click(card, "vigil_case_edit", "kim", channel=DESK)
        hands.submit("kim", title="Export", problem="The export fails.", resolution="Empty staging/ at once.")
        card = hands.cards()[-1]
    elif way == "check mark":
        hands.box.react(DESK, card["ts"], "white_check_mark", "U0KIM")
        hands.live.settle()
    else:
        hands.box._core.views.clear()
        hands.shortcut("kim", ts, "vigil_teach")
        hands.submit("kim", title="Export", problem=ASKED, resolution=f"{CURE} And wait.")
        card = hands.cards()[-1]
    assert "Somebody else has to approve" in text_of(hands.click(card, "vigil_case_approve", "kim", channel=DESK))
    assert "Somebody else has to approve" in text_of(hands.slash("kim", f"approve {number}"))
    assert entries(hands, Status.LIVE) == []


def test_agreement_approves_nothing_unless_it_is_switched_on(hands: Hands) -> None:
    resolved(hands, who="kim")
    assert entries(hands, Status.LIVE) == []


def test_agreement_approves_a_few_a_day_tells_it_and_is_undone(hands: Hands) -> None:
    ruled(hands, trusted=("U0KIM",), auto_approve_per_day=1)
    resolved(hands, who="bob")
    assert entries(hands, Status.LIVE) == []
    other = "`mirrorctl renew --all` renews the certificates of the mirror, then restart it."
    resolved(hands, other, "kim", problem="The package mirror answers with x509 certificate expired, what now?")
    card = hands.cards()[-1]
    assert "a trusted helper wrote or checked it" in text_of([card])
    assert len(entries(hands, Status.LIVE)) == 1
    resolved(hands, "Raise it with `quotactl set 200`.", "kim", problem="My namespace hits quota QTA-9, what now?")
    assert len(entries(hands, Status.LIVE)) == 1
    hands.click(card, "vigil_case_undo", "hal", channel=DESK)
    assert entries(hands, Status.LIVE) == []


def test_agreement_counts_for_nothing_in_shadow_where_nobody_is_told(hands: Hands) -> None:
    ruled(hands, mode="shadow", trusted=("U0KIM",), auto_approve_per_day=5)
    resolved(hands, who="kim")
    assert len(entries(hands, Status.PROPOSED)) == 1


def test_a_caution_tells_nobody_of_a_case_they_may_not_read(hands: Hands) -> None:
    approved(hands)
    closed = Audience.of(f"channel:slack:{TEAM}:C0VAULT")
    readers = Audience(closed.scopes | hands.live.directory.readers(f"slack:{TEAM}:{HELP}").scopes)
    hidden = replace(
        proposal(hands, 1), problem=ASKED, resolution=AGAINST, audience=closed, container=f"slack:{TEAM}:C0VAULT"
    )
    entry = hands.live.knowledge.propose(hidden, "vigil", hands.live.clock(), readers)
    assert hands.live.knowledge.against(entry.id) is not None
    hands.live.knowledge.approve(entry.id, "cli:root", hands.live.clock())
    assert len(entries(hands, Status.LIVE)) == 2
    assert "opposite" not in text_of(hands.slash("cleo", "search E7734 export bucket full"))


def test_a_case_of_another_channel_does_not_give_way_to_who_may_not_decide_there(hands: Hands) -> None:
    approved(hands)
    ruled(hands, approvers=("U0HAL",))
    first = entries(hands, Status.LIVE)
    elsewhere = replace(proposal(hands, 1), problem=ASKED, resolution=AGAINST, container=f"slack:{TEAM}:C0LAB")
    entry = hands.live.knowledge.propose(elsewhere, "vigil", hands.live.clock())
    [card] = hands.slash("kim", f"cases {entry.id}")
    assert "vigil_case_replace" in actions_of(card)
    hands.click(card, "vigil_case_replace", "kim")
    assert sorted(entries(hands, Status.LIVE)) == [*first, entry.id]


def test_a_case_due_for_review_carries_a_caution_until_somebody_confirms_it(hands: Hands) -> None:
    approved(hands)
    hands.live.clock.move(190 * DAY)
    curate(hands)
    assert "nobody has confirmed it for long" in text_of(hands.slash("cleo", "search E7734 export bucket full"))
    assert "One approved case" in text_of([hands.cards()[-1]])
    [(_, value)] = options_of(hands.cards()[-1])
    [shown] = hands.click(hands.cards()[-1], "vigil_case_show", "hal", value, channel=DESK)
    assert "Is it still right?" in text_of([shown])
    hands.click(shown, "vigil_case_confirm", "hal", channel=DESK)
    assert "nobody has confirmed" not in text_of(hands.slash("cleo", "search E7734 export bucket full"))


def test_a_lesson_that_says_nothing_is_refused_with_the_reason(hands: Hands) -> None:
    ts = hands.say("amy", ASKED)
    hands.shortcut("amy", ts, "vigil_teach")
    said = hands.submit("amy", title="Export", problem="The export fails.", resolution="ok")
    assert "too thin" in text_of(said)
    assert entries(hands, Status.PROPOSED) == []
