"""The keep-list spares what it covers whole, and cannot be made so wide that secrets pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.models import KnowledgeError
from knowledge.redaction import Redaction, redact
from knowledge.redaction_keep import LONGEST, MOST, keep_list

TOKEN = "ghp" + "_" + "aB3dE5fG7h" * 4


def kept(*entries: str) -> Redaction:
    return Redaction(keep_list(entries))


def test_words_are_kept_in_any_case_and_all_else_goes() -> None:
    text = "write to Team@acme.io or ann@acme.io"
    assert kept("team@acme.io")(text) == "write to Team@acme.io or [personal:email]"
    assert redact(text) == "write to [personal:email] or [personal:email]"


def test_patterns_stand_between_slashes() -> None:
    assert kept(r"/ops-[a-z]+@acme\.io/")("ops-db@acme.io, ann@acme.io") == "ops-db@acme.io, [personal:email]"


def test_a_finding_is_kept_only_where_it_is_covered_whole() -> None:
    assert kept("acme.io")("ann@acme.io") == "[personal:email]"
    assert kept("hunter")("password=hunter22") == "password=[secret:password]"
    assert kept("hunter22")("password=hunter22") == "password=hunter22"


def test_a_kept_word_beside_a_secret_does_not_spare_the_secret() -> None:
    assert TOKEN not in kept("team@acme.io")(f"team@acme.io {TOKEN} team@acme.io")


def test_nothing_is_kept_by_default() -> None:
    assert kept()("ann@acme.io") == "[personal:email]"


@pytest.mark.parametrize(
    "entry",
    ["/.*/", "/\\S+/", "/[a-zA-Z0-9_]+/", "/x*/", "", "  ", "/(/", "/a(?=b)/", "/(a)\\1/", "a" * (LONGEST + 1)],
)
def test_what_is_too_wide_or_broken_is_refused_in_one_line(entry: str) -> None:
    with pytest.raises(KnowledgeError) as refused:
        kept(entry)
    assert "\n" not in str(refused.value)


def test_a_long_list_is_refused() -> None:
    kept(*(f"word{number}" for number in range(MOST)))
    with pytest.raises(KnowledgeError, match="more than 100"):
        kept(*(f"word{number}" for number in range(MOST + 1)))


@given(st.text(alphabet="ab@.,; acmeio/-=\n", max_size=60))
def test_keeping_something_never_hides_more(text: str) -> None:
    some = kept("a@acme.io")
    assert len(some.findings(text)) <= len(Redaction().findings(text))
    assert some(some(text)) == some(text)
