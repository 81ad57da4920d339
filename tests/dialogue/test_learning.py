"""From this thread, that is learned, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import learning, suggest, summary
from bot.dialogue.standing import Refusal
from bot.models import State
from bot.storage.codec import pack, unpack
from knowledge.models import Audience, Case, Kind
from tests.dialogue.talk import HOUR, RULES, START, marked, reacted, thread

HERE = Audience.of("channel:slack:T1:C1")
ASK = "amy: half of the checkout pods cannot log in to the database: PGB-008 connection budget exhausted"
WRONG = "bob: raise max_connections to 500 in the console"
RIGHT = "kim: go through the pooler: port 6432 in DATABASE_URL, then redeploy"
MORE = "kim: and set `prepared_statements = off` in the driver"
MOVED = "amy: Yes, on Monday we moved the checkout jobs to the small plan, with the default settings."


def learned(*lines: str, check: int = 0) -> Case | None:
    talk = thread(*lines)
    talk = reacted(talk, check, "white_check_mark") if check else talk
    found = learning.case_of(marked(talk, "resolved"), "https://chat/1", HERE, RULES)
    return found if isinstance(found, Case) else None


@pytest.mark.parametrize(
    ("lines", "check", "answer"),
    [
        ((ASK, RIGHT, "amy: that worked, thanks!"), 0, (RIGHT,)),
        ((ASK, RIGHT, "amy: thanks!", "kim: you're welcome"), 0, (RIGHT,)),
        ((ASK, WRONG, "amy: no luck, still the same error", RIGHT, "amy: works now"), 0, (RIGHT,)),
        ((ASK, WRONG, "kim: scratch that, the plan sets it. Go through the pooler on port 6432", "amy: solved"), 0,
         ("kim: scratch that, the plan sets it. Go through the pooler on port 6432",)),
        ((ASK, RIGHT, "amy: we use prepared statements, does that matter?", MORE, "amy: that worked"), 0, (RIGHT, MORE)),
        ((ASK, RIGHT, "amy: we use prepared statements, does that matter?", MORE, "amy: that worked"), 2, (RIGHT, MORE)),
        ((ASK, WRONG, RIGHT), 3, (RIGHT,)),
        ((ASK, WRONG, RIGHT), 2, (WRONG,)),
        ((ASK, WRONG, RIGHT), 0, (RIGHT,)),
        ((ASK, "kim: let me check", RIGHT, "amy: thanks"), 0, (RIGHT,)),
        ((ASK, "kim: did anything change on Monday?", MOVED, "kim: how many workers?", "amy: forty of them", RIGHT,
          "amy: that worked, thank you!"), 0, (RIGHT,)),
        ((ASK, "amy: never mind, turned out the password had expired, rotated it"), 0,
         ("amy: never mind, turned out the password had expired, rotated it",)),
        ((ASK, "zoe: same here", "amy: thanks"), 0, ()),
        ((ASK, "kim: which plan is it?", "amy: db-m"), 0, ()),
        ((ASK,), 0, ()),
    ],
)  # fmt: skip
def test_the_accepted_answer(lines: tuple[str, ...], check: int, answer: tuple[str, ...]) -> None:
    case = learned(*lines, check=check)
    expected = "\n\n".join(line.partition(": ")[2] for line in answer)
    assert (case.resolution if case else "") == expected


def test_a_case_says_where_it_comes_from() -> None:
    case = learned(ASK, "amy: since noon", f"{RIGHT}, see https://wiki/pooler.", "amy: works, thanks")
    assert case is not None
    assert case.kind is Kind.CASE
    assert case.problem.endswith("exhausted\nsince noon")
    assert case.source == "thread:slack:T1:C1:1"
    assert case.authors == ("amy", "kim")
    assert [link.url for link in case.links] == ["https://wiki/pooler"]
    assert case.turns == ("slack:T1:C1:1", "slack:T1:C1:2", "slack:T1:C1:3")
    assert case.container == "slack:T1:C1"
    assert case.audience == HERE
    assert case.title.startswith("half of the checkout pods")


def test_each_sentence_names_the_turn_it_came_from() -> None:
    block = "```\n# keep this line\nDATABASE_URL=postgres://pooler:6432/shop   # as it is\n```"
    told = f"kim: Hi Amy! Go through the pooler.  It listens on 6432. Which plan is it?\n\n{block}\nHope this helps!"
    case = learned(ASK, "zoe: same here", told, "amy: we use prepared statements, does that matter?",
                   "kim: Yes. Set `prepared_statements = off` in the driver.", "amy: works, thanks")  # fmt: skip
    assert case is not None
    assert case.resolution == (
        f"Go through the pooler.  It listens on 6432.\n\n{block}\n\nYes. Set `prepared_statements = off` in the driver."
    )
    here = "slack:T1:C1"
    assert [(said.turn, said.text) for said in case.said] == [
        (f"{here}:1", ASK.partition(": ")[2]),
        (f"{here}:4", "we use prepared statements, does that matter?"),
        (f"{here}:3", "Go through the pooler."),
        (f"{here}:3", "It listens on 6432."),
        (f"{here}:3", block),
        (f"{here}:5", "Yes."),
        (f"{here}:5", "Set `prepared_statements = off` in the driver."),
    ]
    assert all(said.text in f"{case.problem}\n{case.resolution}" for said in case.said)
    assert unpack(Case, pack(case)) == case


def test_an_edited_case_names_the_origin_of_what_still_stands() -> None:
    case = learned(ASK, f"{RIGHT}. Then watch the pool.", "amy: works, thanks")
    assert case is not None
    edited = replace(case, resolution="Then watch the pool. Written by hand.").traced()
    assert [said.text for said in edited.said if said.turn.endswith(":2")] == ["Then watch the pool."]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("The problem was a full disk on node 7. Delete the old logs.", "The problem was a full disk on node 7."),
        (
            "Use port 6432: the pods fail because the pooler moved.",
            "Use port 6432: the pods fail because the pooler moved.",
        ),
        ("Use port 6432. I am writing here because not everybody reads the mailing list.", ""),
        ("Use port 6432. If the problem is the driver, upgrade it to 3.2.", ""),
        ("Use port 6432. Not sure whether that was caused by the release.", ""),
        ("改用 6432 端口。因为连接池迁移了。", ""),
        ("改用 6432 端口。根本原因是磁盘满了。", "根本原因是磁盘满了。"),
    ],
)
def test_the_cause_is_the_problems_and_not_that_of_some_remark(answer: str, cause: str) -> None:
    case = learned(ASK, f"kim: {answer}", "amy: works, thanks")
    assert case is not None
    assert case.cause == cause


def test_environment_is_told_as_it_was_said() -> None:
    ask = "amy: PgBouncer 1.21 on Ubuntu 22.04 cannot log in, driver version 3.1.2, see https://x/v9.9.9 and `pip 24.0`"
    case = learned(ask, RIGHT, "amy: works, thanks")
    assert case is not None
    assert case.environment == "PgBouncer 1.21; Ubuntu 22.04; driver version 3.1.2; pip 24.0"


def test_very_long_code_is_cut_and_closed() -> None:
    case = learned(ASK, "kim: set it so:\n```\n" + "x = 1\n" * 2000 + "```", "amy: works, thanks")
    assert case is not None
    assert len(case.resolution) < 4100
    assert case.resolution.endswith("\n```")


def test_a_check_mark_taken_back_counts_no_more() -> None:
    talk = reacted(reacted(thread(ASK, WRONG, RIGHT), 2, "white_check_mark"), 2, "white_check_mark", added=False)
    case = learning.case_of(marked(talk, "resolved"), "", HERE, RULES)
    assert isinstance(case, Case)
    assert case.resolution == RIGHT.partition(": ")[2]


def test_a_precedent_keeps_texts_exactly() -> None:
    text = "use the pooler on port 6432:\n\n```\nDATABASE_URL=...\n```"
    talk = thread(ASK, f"kim: {text}", "amy: thanks")
    found = learning.precedent_of(marked(talk, "resolved"), "https://chat/1", HERE)
    assert found is not None
    assert found.problem == talk.root.text
    assert found.resolution == text
    assert found.source == f"precedent:{talk.id}"
    assert found.cause == suggest.RESOLVED_SIGN
    assert "resolved" not in found.text()


@pytest.mark.parametrize(
    "lines", [(ASK,), (ASK, "zoe: same here"), (ASK, "vigil: try the pooler on 6432"), (ASK, "kim: on it")]
)
def test_no_precedent_without_a_persons_reply(lines: tuple[str, ...]) -> None:
    assert learning.precedent_of(thread(*lines), "", HERE) is None


def test_a_precedent_leaves_out_questions_back_and_pictures() -> None:
    asked, shown = "kim: which line of the log is it?", "kim: [file: log.png]"
    found = learning.precedent_of(thread(ASK, asked, shown, RIGHT), "", HERE)
    assert found is not None
    assert found.resolution == RIGHT.partition(": ")[2]
    assert learning.precedent_of(thread(ASK, asked, shown), "", HERE) is None


def test_deleted_turns_are_not_learned() -> None:
    talk = thread(ASK, RIGHT, "amy: thanks")
    gone = talk.with_turn(replace(talk.turns[1], deleted=True))
    assert learning.precedent_of(gone, "", HERE) is None
    assert learning.case_of(gone, "", HERE, RULES) is Refusal.NO_REPLY


def test_summary_tells_problem_steps_and_next_move() -> None:
    talk = thread(ASK, "kim: let me check", WRONG, "amy: no luck, still the same error", f"{RIGHT} https://wiki/pooler")
    short = summary.of(talk, START + HOUR, RULES)
    assert short.problem.startswith("half of the checkout pods")
    assert [author for author, _ in short.tried] == ["bob", "amy", "kim"]
    assert (short.state, short.person) == (State.WAITING_ON_ASKER, "amy")
    assert short.links == ("https://wiki/pooler",)


def test_topic_is_the_first_telling_sentence() -> None:
    assert summary.topic(thread("amy: Hi all! Does the deploy probe support gRPC? We need it.")) == (
        "Does the deploy probe support gRPC"
    )
    assert summary.topic(thread("amy: ```\ncode\n```"))
    assert len(summary.topic(thread("amy: " + "word " * 5000))) <= 90
