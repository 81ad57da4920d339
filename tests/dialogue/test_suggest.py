"""Given these sources, this is quoted, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import evidence, extract, suggest
from knowledge.models import Kind
from tests.dialogue.talk import RULES, START, hit, score, thread

FIX = """Grow the volume; it is online and takes under two minutes: `nw db storage grow --cluster NAME --to 500GB`. \
Volumes can only grow, never shrink.

```
nw db storage show --cluster orders-prod

nw db storage grow --cluster orders-prod --to 500GB
```

## Background

The storage engine was introduced in 2019. It has a colourful history. Many people like it."""
TALK = thread("amy: the disk of orders-prod is full, how do I grow the volume?")


def test_the_answer_is_trimmed_to_what_is_needed_and_code_stays_whole() -> None:
    said = suggest.draft(TALK, score(TALK), [hit(FIX)], RULES, START)
    assert said is not None
    assert "Grow the volume" in said.text
    assert "colourful" not in said.text
    assert said.text.count("```") == 2
    assert "show --cluster orders-prod\n\nnw db storage grow" in said.text
    assert len(said.text) <= extract.LONG
    assert said.confidence == 0.8


def test_weak_evidence_is_none() -> None:
    assert suggest.draft(TALK, score(TALK), [hit(FIX, helpful=0.49)], RULES, START) is None
    assert suggest.draft(TALK, score(TALK), [], RULES, START) is None
    assert suggest.draft(TALK, score(TALK), [hit("")], RULES, START) is None


def test_the_fix_is_kept_over_the_symptoms() -> None:
    symptoms = hit(
        "The volume of the cluster is full and writes fail.",
        0.82,
        id=1,
        title="Symptoms",
        problem="Disk full > Symptoms",
    )
    remedy = hit("Run `nw db storage grow` to grow the volume.", 0.8, id=2, title="How to fix", problem="Disk full > How to fix",
                 source="file:1.md#fix")  # fmt: skip
    said = suggest.draft(TALK, score(TALK), [symptoms, remedy], RULES, START)
    assert said is not None
    assert [found.entry.id for found in said.citations] == [2]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (suggest.RESOLVED_SIGN, "(resolved)"),
        ("", "(answered, not confirmed)"),
        (evidence.CONTENT_SIGN, "(answered, not confirmed)"),
        (evidence.OPEN_SIGN, "(still open)"),
    ],
)
def test_a_precedent_is_never_an_approved_answer(cause: str, words: str) -> None:
    found = hit("grow the volume with `nw db storage grow`", kind=Kind.PRECEDENT, source="precedent:x", cause=cause)
    said = suggest.draft(TALK, score(TALK), [found], RULES, START)
    assert said is not None
    assert said.text.startswith("A similar earlier thread")
    assert words in said.text


def test_two_hits_only_when_the_second_adds_something() -> None:
    talk = thread("amy: the disk is full and the replica lags, what now?")
    first = hit("Grow the full disk with `nw db storage grow`.", 0.8, id=1)
    same = hit("Grow the full disk: `nw db storage grow`.", 0.79, id=2)
    other = hit("When a replica lags, pause the nightly report.", 0.7, id=3, title="Replica lag")
    both = suggest.draft(talk, score(talk), [first, other], RULES, START)
    one = suggest.draft(talk, score(talk), [first, same], RULES, START)
    assert both is not None
    assert one is not None
    assert [found.entry.id for found in both.citations] == [1, 3]
    assert [found.entry.id for found in one.citations] == [1]


def test_its_own_thread_is_no_source() -> None:
    own = hit("grow it", kind=Kind.PRECEDENT, source=f"precedent:{TALK.id}")
    assert suggest.draft(TALK, score(TALK), [own], RULES, START) is None


def test_looked_at_says_what_and_why_not() -> None:
    weak = [hit(FIX, 0.3, id=number, title=f"Page {number}") for number in range(5)]
    said = suggest.looked_at(TALK, score(TALK), weak, RULES, START)
    assert not said.enough
    assert len(said.citations) == 3
    assert "30 %" in said.text
    assert "55 %" in said.text
    empty = suggest.looked_at(TALK, score(TALK), [], replace(RULES, language="zh"), START)
    assert "没有找到" in empty.text
    assert not empty.citations


@pytest.mark.parametrize(
    "text",
    [
        "",
        "```",
        "```\nnever closed\n\nstill code",
        "`a " * 3000,
        "- one\n- two\n  more of two\n1. three\n# heading",
        "x" * 40_000,
        "A sentence. " * 4000,
        "中文句子。另一句！" * 500,
        "~~~\ncode\n~~~\nafter",
    ],
)
def test_any_text_is_cut_within_bounds_and_never_in_code(text: str) -> None:
    said = extract.answer(text, "one two code", text)
    assert len(said) <= extract.LONG
    assert said.count("```") % 2 == 0


def test_units_keep_bullets_headings_and_code_apart() -> None:
    found = extract.units("# Fix\nDo this. Then that:\n- one\n- two\n\n```\na\n\nb\n```")
    assert [(unit.kind, unit.text) for unit in found] == [
        ("prose", "Do this."),
        ("prose", "Then that:"),
        ("bullet", "- one"),
        ("bullet", "- two"),
        ("code", "```\na\n\nb\n```"),
    ]
    assert {unit.heading for unit in found} == {"Fix"}


def test_clip_ends_at_a_word_and_not_in_code() -> None:
    assert extract.clip("restart the whole thing now", 15) == "restart the…"
    assert extract.clip("run `nw db storage grow` now", 15) == "run…"
    assert extract.clip("  short\n text ", 20) == "short text"


def test_links_that_work_only_in_their_own_document_become_words() -> None:
    said = extract.answer("See [quotas](quota.md#x) and [the page](https://docs.example/a). Then retry.", "quotas")
    assert said == "See quotas and [the page](https://docs.example/a). Then retry."


PAGE = """The proxy keeps a pool of sessions for every service.

Sessions are counted. Nothing else is.

- **idle** sessions are closed after a minute
- **stuck** sessions count against `pool_size`

Note that the limit is raised with `nw pool resize`.

```
nw pool resize --to 40
```"""


def test_a_run_from_further_down_comes_after_the_sentence_that_leads() -> None:
    said = extract.answer(PAGE, "how is pool_size resized to raise the limit?", limit=900, lead=True)
    assert said.startswith("The proxy keeps a pool")
    assert "nw pool resize --to 40" in said


def test_rare_words_choose_the_passage() -> None:
    text = "The mode of the proxy and the service and the pool.\n\nA lagging replica is paused with care."
    asked = "replica of the proxy service pool"
    rare = {"replica": 1.0, "proxi": 0.0, "servic": 0.0, "pool": 0.0}
    assert "replica" in extract.answer(text, asked, limit=60, rarity=rare)


def test_questions_and_attachments_are_not_quoted() -> None:
    text = "[file: a.png]\n\nwhich volume is it?\n\nGrow the volume with `nw db storage grow`."
    assert extract.answer(text, "grow the volume") == "Grow the volume with `nw db storage grow`."
