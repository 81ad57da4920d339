"""The judge tells new, duplicate, successor and contradiction apart on small cases."""

from __future__ import annotations

import pytest

from knowledge.curation import judge
from knowledge.models import Case, Entry, Hit, Relation, Status
from tests.knowledge.cases import solved

PROBLEM = "Postgres connection pool exhausted after the deploy"
ANSWER = "Increase max_connections in pgbouncer and reload it"


def hit(case: Case, cosine: float = 0.7, entry_id: int = 7) -> Hit:
    entry = Entry(entry_id, case, 1, Status.LIVE, 1, 0.0)
    return Hit(entry, 1.0, 0.9, case.resolution, cosine, 1.0)


def known(problem: str = PROBLEM, answer: str = ANSWER) -> Case:
    return solved(problem, answer, source="thread:old", happened_at=100.0)


@pytest.mark.parametrize(
    ("problem", "answer", "at", "relation"),
    [
        (PROBLEM, ANSWER, 200.0, Relation.DUPLICATE),
        (PROBLEM.upper() + "  ", ANSWER, 50.0, Relation.DUPLICATE),
        (PROBLEM, "Reload pgbouncer and increase its max_connections", 200.0, Relation.DUPLICATE),
        (PROBLEM, "Move the job to the read replica", 200.0, Relation.SUCCESSOR),
        (PROBLEM, "Move the job to the read replica", 50.0, Relation.NEW),
        (PROBLEM, "Decrease max_connections in pgbouncer and reload it", 200.0, Relation.CONTRADICTION),
        (PROBLEM, "Do not increase max_connections in pgbouncer", 200.0, Relation.CONTRADICTION),
        (PROBLEM, "Decrease max_connections in pgbouncer, the big pool is no longer needed", 200.0, Relation.SUCCESSOR),
        ("The nightly backup to tape fails", ANSWER, 200.0, Relation.NEW),
    ],
)
def test_the_nearest_case_decides(problem: str, answer: str, at: float, relation: Relation) -> None:
    cosine = 0.7 if problem.strip().lower() == PROBLEM.lower() else 0.3
    verdict = judge(solved(problem, answer, source="thread:new", happened_at=at), [hit(known(), cosine)])
    assert verdict.relation is relation
    assert verdict.why


def test_different_error_codes_are_different_problems() -> None:
    old = known("Deploy fails with error NW-4031")
    new = solved("Deploy fails with error NW-5177", ANSWER, source="thread:new", happened_at=200.0)
    assert judge(new, [hit(old, 0.95)]).relation is Relation.NEW


def test_a_case_is_not_compared_with_itself_or_with_nothing() -> None:
    assert judge(known(), [hit(known(), 1.0)]).relation is Relation.NEW
    assert judge(known(), []).entry is None


def test_the_verdict_names_the_entry_it_is_about() -> None:
    far = hit(known("Something else entirely"), 0.2, entry_id=3)
    verdict = judge(solved(PROBLEM, ANSWER, source="thread:new", happened_at=200.0), [far, hit(known())])
    assert verdict.entry is not None
    assert verdict.entry.id == 7


def test_chinese_cases_are_compared_too() -> None:
    old = known("数据库连接池已满怎么办", "启用连接池的自动扩容功能")
    new = solved("数据库连接池已满怎么办", "禁用连接池的自动扩容功能", source="thread:new", happened_at=200.0)
    assert judge(new, [hit(old)]).relation is Relation.CONTRADICTION


def test_a_different_answer_to_a_similar_problem_replaces_nothing_unless_it_says_so() -> None:
    near = "Postgres connection pool exhausted on the reporting replica during nightly vacuum of big tables"
    verdict = judge(solved(near, "Move the job away", source="thread:new", happened_at=200.0), [hit(known(), 0.85)])
    assert (verdict.relation, verdict.entry is not None) == (Relation.NEW, True)
    said = "The pool is no longer sized by hand: pgbouncer does it since 1.22"
    verdict = judge(solved(near, said, source="thread:new", happened_at=200.0), [hit(known(), 0.85)])
    assert verdict.relation is Relation.SUCCESSOR
