"""Said this, the thread stands like that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import lifecycle, nudging
from bot.models import State
from bot.outcomes import Nudge
from tests.dialogue.talk import DAY, HOUR, MINUTE, RULES, START, marked, thread

ASK = "amy: deploy of checkout fails with DPL-017, how do I find out why?"
HELP = "+5 bob: run `nw deploy probe` and look at the readiness line"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((ASK,), State.OPEN),
        ((ASK, "amy: it started this morning"), State.OPEN),
        ((ASK, "zoe: same here"), State.OPEN),
        ((ASK, "vigil: see the runbook"), State.OPEN),
        ((ASK, HELP), State.WAITING_ON_ASKER),
        ((ASK, "bob: which version is it?"), State.WAITING_ON_ASKER),
        ((ASK, "bob: let me check the logs"), State.WAITING_ON_HELPER),
        ((ASK, "bob: 我看看"), State.WAITING_ON_HELPER),
        ((ASK, HELP, "amy: still the same error"), State.WAITING_ON_HELPER),
        ((ASK, HELP, "amy: thanks, I'll try that"), State.WAITING_ON_HELPER),
        ((ASK, HELP, "amy: thanks, that worked!"), State.ACCEPTED),
        ((ASK, HELP, "amy: thank you", "bob: no problem"), State.ACCEPTED),
        ((ASK, HELP, "amy: thank you", "bob: did the rollout finish?"), State.WAITING_ON_ASKER),
        ((ASK, HELP, "amy: 谢谢，解决了"), State.ACCEPTED),
        ((ASK, HELP, "amy: 还是不行"), State.WAITING_ON_HELPER),
        ((ASK, HELP, "amy: thanks, but now I see a timeout"), State.WAITING_ON_HELPER),
        ((ASK, HELP, "amy: thanks! Where do I see the logs?"), State.WAITING_ON_HELPER),
        ((ASK, "amy: never mind, figured it out"), State.ACCEPTED),
        (("amy: how do I rotate a token? Thanks in advance",), State.OPEN),
        (("amy: how do I rotate a token?", "amy: thanks"), State.OPEN),
        (("alarm: DatabaseStorageHigh orders-prod 91 %",), State.OPEN),
        (("alarm: DatabaseStorageHigh orders-prod 91 %", "bob: on it"), State.WAITING_ON_HELPER),
        (("alarm: DatabaseStorageHigh orders-prod 91 %", "bob: on it", "bob: grown, it is fixed"), State.ACCEPTED),
    ],
)
def test_state_follows_from_what_was_said(lines: tuple[str, ...], expected: State) -> None:
    talk = thread(*lines)
    assert lifecycle.state(talk, talk.last.sent_at + MINUTE, RULES) is expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((), State.RESOLVED),
        (("+9 amy: thanks!",), State.RESOLVED),
        (("+9 zoe: how do I do that elsewhere?",), State.RESOLVED),
        (("+9 amy: it fails again with the same error",), State.REOPENED),
        (("+9 amy: it fails again", "bob: restart the probe pod please"), State.WAITING_ON_ASKER),
        (("+9 amy: it fails again", "bob: restart the probe pod", "amy: that fixed it"), State.ACCEPTED),
    ],
)
def test_after_a_resolved_mark(after: tuple[str, ...], expected: State) -> None:
    before = thread(ASK, HELP)
    talk = marked(thread(ASK, HELP, *after), "resolved", before.last.sent_at + MINUTE)
    assert lifecycle.state(talk, talk.last.sent_at + 2 * MINUTE, RULES) is expected


def test_a_later_reopened_mark_lifts_the_resolved_one() -> None:
    talk = marked(marked(thread(ASK), "resolved"), "reopened", START + HOUR)
    assert lifecycle.standing(talk) is State.REOPENED


def test_reopening_by_hand_overrides_earlier_thanks() -> None:
    talk = marked(thread(ASK, HELP, "amy: thanks, works"), "reopened")
    assert lifecycle.standing(talk) is State.REOPENED
    again = marked(
        thread(ASK, HELP, "amy: thanks, works", "+60 bob: run the probe again"), "reopened", START + HOUR / 2
    )
    assert lifecycle.standing(again) is State.WAITING_ON_ASKER


def test_a_denied_success_leaves_the_thread_with_the_helpers_until_somebody_speaks() -> None:
    talk = marked(thread(ASK, HELP, "amy: thanks, works"), lifecycle.NOT_SOLVED)
    assert lifecycle.standing(talk) is State.WAITING_ON_HELPER
    assert lifecycle.denied(talk)
    assert lifecycle.whose_move(talk, START + HOUR, RULES) == "bob"
    later = replace(
        talk, turns=thread(ASK, HELP, "amy: thanks, works", "+60 bob: try again", "amy: it works now").turns
    )
    assert lifecycle.standing(later) is State.ACCEPTED
    assert not lifecycle.denied(later)


def test_order_and_edits_do_no_harm() -> None:
    talk = thread(ASK, HELP, "amy: that worked, thanks")
    shuffled = replace(talk, turns=talk.turns[:1])
    for turn in reversed(talk.turns[1:]):
        shuffled = shuffled.with_turn(turn)
    assert lifecycle.standing(shuffled) is lifecycle.standing(talk)
    taken_back = talk.with_turn(replace(talk.last, deleted=True))
    assert lifecycle.standing(taken_back) is State.WAITING_ON_ASKER


def test_stale_counts_business_hours_only() -> None:
    talk = thread(ASK, HELP)  # Wednesday 10:05
    assert lifecycle.state(talk, START + 3 * HOUR, RULES) is State.WAITING_ON_ASKER
    assert lifecycle.state(talk, START + 4.5 * HOUR, RULES) is State.STALE
    late = replace(talk, turns=tuple(replace(t, sent_at=t.sent_at + 7.5 * HOUR) for t in talk.turns))
    assert lifecycle.state(late, START + 20 * HOUR, RULES) is State.WAITING_ON_ASKER
    assert lifecycle.state(late, START + DAY + 4 * HOUR, RULES) is State.STALE


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((ASK,), None),
        ((ASK, HELP), "amy"),
        ((ASK, "bob: checking"), "bob"),
        ((ASK, HELP, "kim: or roll back", "amy: still fails"), "kim"),
        ((ASK, HELP, "amy: thanks, works"), None),
    ],
)
def test_whose_move(lines: tuple[str, ...], expected: str | None) -> None:
    talk = thread(*lines)
    assert lifecycle.whose_move(talk, talk.last.sent_at, RULES) == expected


def test_a_named_helper_is_the_one_to_move() -> None:
    talk = thread(ASK, HELP, "amy: still fails, maybe kim knows?")
    talk = talk.with_turn(replace(talk.last, mentions=("kim",)))
    assert lifecycle.whose_move(talk, START, RULES) == "kim"


def test_one_nudge_per_state_then_one_escalation() -> None:
    rules = replace(RULES, oncall="S1")
    talk = thread(ASK, HELP, "amy: still the same error")
    noon = talk.last.sent_at + 4 * HOUR
    assert nudging.follow_up(talk, noon - HOUR, rules, ()) is None
    first = nudging.follow_up(talk, noon, rules, ())
    assert first is not None
    assert (first.person, first.state, first.escalates) == ("bob", State.WAITING_ON_HELPER, False)
    sent = [Nudge(first.state, noon, talk.last.id)]
    assert nudging.follow_up(talk, noon + HOUR, rules, sent) is None
    tomorrow = START + DAY + HOUR
    second = nudging.follow_up(talk, tomorrow, rules, sent)
    assert second is not None
    assert second.escalates
    assert second.state == nudging.ESCALATION
    sent.append(Nudge(second.state, tomorrow, talk.last.id))
    assert nudging.follow_up(talk, tomorrow + 5 * HOUR, rules, sent) is None
    assert nudging.follow_up(talk, tomorrow, RULES, sent[:1]) is None  # no on-call group, no escalation


def test_a_new_round_may_be_nudged_again_up_to_the_cap() -> None:
    talk = thread(ASK, HELP, "+600 amy: still the same error")
    old = [Nudge(State.WAITING_ON_HELPER, START, "x")]
    now = START + DAY + 6 * HOUR
    assert nudging.follow_up(talk, now, RULES, old) is not None
    assert nudging.follow_up(talk, now, RULES, [*old, Nudge(State.OPEN, START, "y")]) is None


def test_a_nudge_belongs_to_the_turn_after_which_it_was_sent_whatever_the_clock_said() -> None:
    talk = thread(ASK, HELP, "+600 amy: still the same error")
    ahead = [Nudge(State.WAITING_ON_HELPER, START + 9 * DAY, talk.turns[1].id)]
    assert nudging.follow_up(talk, START + DAY + 6 * HOUR, RULES, ahead) is not None


def test_nobody_is_called_because_an_asker_went_quiet() -> None:
    rules = replace(RULES, oncall="S1")
    talk = thread(ASK, HELP)
    sent = [Nudge(State.WAITING_ON_ASKER, START + 5 * HOUR, talk.last.id)]
    assert nudging.follow_up(talk, START + 2 * DAY, rules, sent) is None


@pytest.mark.parametrize("quiet", ["muted", "not-a-request", "snoozed", "resolved", "weekend", "night", "deleted"])
def test_when_no_follow_up_is_due(quiet: str) -> None:
    talk = thread(ASK)
    now = {"weekend": START + 3 * DAY, "night": START + 10 * HOUR}.get(quiet, START + 5 * HOUR)
    if quiet in ("muted", "not-a-request", "resolved"):
        talk = marked(talk, quiet)
    if quiet == "snoozed":
        talk = marked(talk, quiet, until=now + HOUR)
        assert nudging.follow_up(talk, now + 1.5 * HOUR, RULES, ()) is not None
    if quiet == "deleted":
        talk = talk.with_turn(replace(talk.root, deleted=True))
    assert nudging.follow_up(talk, now, RULES, ()) is None
