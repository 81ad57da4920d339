"""Questions are put together by meaning and words, and what names another code is another matter."""

from __future__ import annotations

import numpy as np

from bot.dialogue import extract
from bot.dialogue.gaps import Asked, Gap, _worth, grouped
from bot.outcomes import Unmet
from knowledge.models import Audience, Case, Entry, Kind, Status


def asked(number: int, text: str, direction: tuple[float, ...], state: str = "open", answer: str = "do it") -> Asked:
    """A question whose vector points that way."""
    case = Case(Kind.PRECEDENT, text[:40], text, answer, Audience.everyone(), f"precedent:{number}")
    vector = np.array(direction, dtype=np.float32)
    return Asked(
        Unmet(f"t{number}", "c", state, float(number), number, False), Entry(number, case, 1, Status.LIVE, number, 0.0),
        vector / np.linalg.norm(vector), extract.words(text),
    )  # fmt: skip


def ids(groups: list[list[Asked]]) -> list[list[str]]:
    return [[question.thread_id for question in group] for group in groups]


def test_near_in_meaning_is_one_kind_and_far_is_another() -> None:
    near, also, far = asked(1, "badge fails", (1, 0)), asked(2, "cannot enter", (0.9, 0.3)), asked(3, "scanner", (0, 1))
    assert ids(grouped([far, also, near])) == [["t1", "t2"], ["t3"]]


def test_words_decide_where_meaning_is_unsure() -> None:
    first = asked(1, "the garage badge is rejected", (1, 0))
    same, other = (
        asked(2, "garage badge rejected again", (0.5, 0.866)),
        asked(3, "invoice template is empty", (0.5, -0.866)),
    )
    assert ids(grouped([first, same, other])) == [["t1", "t2"], ["t3"]]


def test_other_codes_are_other_matters() -> None:
    one, two = asked(1, "job fails with E7734", (1, 0)), asked(2, "job fails with E9001", (1, 0.01))
    assert ids(grouped([one, two])) == [["t1"], ["t2"]]
    assert grouped([]) == []


def test_a_chain_of_neighbours_is_not_one_kind() -> None:
    turns = np.linspace(0, 3.0, 12)
    chain = [asked(n, f"word{chr(97 + n)} only", (float(np.cos(a)), float(np.sin(a)))) for n, a in enumerate(turns)]
    assert len(grouped(chain)) > 1


def test_the_best_answered_thread_is_drafted_from() -> None:
    plain, thanked = asked(1, "a", (1, 0), answer="one two three four five"), asked(2, "b", (1, 0), "accepted")
    solved = asked(3, "c", (1, 0), "resolved")
    best = sorted([plain, thanked, solved], key=_worth, reverse=True)
    assert Gap(tuple(best)).draft == "t3"
    assert best[1] is thanked
