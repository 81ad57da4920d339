"""Given score, timing, evidence and rules, this is decided, and said why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Rules
from bot.dialogue import policy, suggest
from bot.models import Action, Decision, Score, Suggestion, Timing
from bot.outcomes import Spoken
from tests.dialogue.talk import CHANNEL, DAY, HOUR, MINUTE, RULES, START, hit, score, thread

TALK = thread("amy: the disk of orders-prod is full, how do I grow the volume?")
NOW = Timing(True, None, "nobody answered within 5 minutes")
SAID = Suggestion("Grow it.", (hit("Grow it.", id=7),), 0.8)
WEAK = Suggestion("Nothing near.", (), 0.0, enough=False)


def decide(
    rules: Rules = RULES, when: Timing = NOW, said: Suggestion | None = SAID, spoken: tuple[Spoken, ...] = (),
    scored: Score | None = None, now: float = START,
) -> Decision:  # fmt: skip
    return policy.decide(TALK, scored or score(TALK), when, said, rules, spoken, now, versions=(("triage", "1"),))


def spoke(
    ago: float, thread_id: str = TALK.id, entries: tuple[int, ...] = (1,), person: str = "zoe", asked: bool = False
) -> Spoken:
    return Spoken(START - ago, thread_id, CHANNEL, person, entries, asked)


@pytest.mark.parametrize(
    ("mode", "action"), [("shadow", Action.DRAFT), ("private", Action.PRIVATE), ("public", Action.PUBLIC)]
)
def test_mode_decides_where_it_goes(mode: str, action: Action) -> None:
    made = decide(replace(RULES, mode=mode))
    assert made.action is action
    assert made.entry_ids == (7,)
    assert made.person == "amy"
    assert NOW.reason in made.reasons
    assert "asks a question (+0.40)" in made.reasons


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"when": Timing(False, None, "the thread is muted")}, "muted"),
        ({"said": None}, "nothing I know"),
        ({"said": WEAK}, "nothing I know"),
        ({"scored": score(TALK, need=0.2)}, "enough like a need"),
        ({"rules": replace(RULES, quiet_hours="08:00-12:00")}, "quiet hours"),
        ({"spoken": (spoke(5 * MINUTE),)}, "less than 10 minutes"),
        ({"spoken": (spoke(20 * MINUTE), spoke(40 * MINUTE))}, "2 suggestions in this thread"),
        ({"spoken": tuple(spoke(MINUTE * n, f"t{n}") for n in range(12))}, "12 suggestions in this channel"),
        ({"spoken": (spoke(2 * DAY, entries=(7,)),)}, "showed this source"),
        ({"spoken": (spoke(2 * DAY, "elsewhere", (7,), "amy"),)}, "showed this source"),
    ],
)
def test_silence_has_a_reason(changes: dict[str, object], word: str) -> None:
    made = decide(**changes)  # type: ignore[arg-type]
    assert made.action is Action.SILENT
    assert word in made.reasons[0]


@pytest.mark.parametrize(
    "spoken",
    [
        (spoke(5 * MINUTE, asked=True),),
        (spoke(2 * HOUR), spoke(3 * HOUR)),
        (spoke(8 * DAY, entries=(7,)),),
        (spoke(2 * DAY, "elsewhere", (7,), "zoe"),),
    ],
)
def test_what_does_not_hold_it_back(spoken: tuple[Spoken, ...]) -> None:
    assert decide(spoken=spoken).action is Action.PUBLIC


def test_a_hold_keeps_its_due_time() -> None:
    made = decide(when=Timing(False, START + 300, "people have 5 minutes to answer first"))
    assert (made.action, made.due) == (Action.HOLD, START + 300)
    assert made.reasons[0].startswith("people have")


@pytest.mark.parametrize("said", [SAID, WEAK])
def test_whoever_addresses_it_is_answered_whatever_the_rules(said: Suggestion) -> None:
    rules = replace(RULES, mode="shadow", quiet_hours="00:00-23:59", threshold=0.99)
    scored = score(TALK, need=0.1, addressed=True)
    made = decide(rules, said=said, scored=scored, spoken=(spoke(MINUTE, entries=(7,), person="amy"),))
    assert made.action is Action.PUBLIC
    assert made.reasons[0] == "somebody addressed me"


def test_ids_are_stable_for_turn_pass_and_kind() -> None:
    assert decide().id == decide(now=START + 9).id
    assert policy.identity("a", "first", "suggestion") != policy.identity("a", "woken", "suggestion")
    assert policy.shown([spoke(MINUTE, entries=(3, 4))], TALK, "amy", RULES, START) == {3, 4}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we have Data\n loss on orders", True),
        ("the invoice is wrong", True),
        ("invoices are wrong", False),
        ("unbilling it", False),
        ("数据丢失了怎么办", True),
        ("x" * 200_000, False),
        ("data " * 40_000, False),
    ],
)
def test_risky(text: str, expected: bool) -> None:
    rules = replace(RULES, risky_words=(*RULES.risky_words, "数据丢失", " "))
    assert policy.risky(text, rules) is expected
    assert not policy.risky(text, replace(RULES, risky_words=()))


def test_looked_at_may_be_decided_upon() -> None:
    said = suggest.looked_at(TALK, score(TALK), [], RULES, START)
    assert decide(said=said).action is Action.SILENT
