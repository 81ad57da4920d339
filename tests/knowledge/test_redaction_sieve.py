"""The sieve may only save work: rules that it leaves out would have found nothing."""

from __future__ import annotations

import pytest

from knowledge.redaction_model import Rule
from knowledge.redaction_personal import PERSONAL_RULES
from knowledge.redaction_secrets import NAMED_RULES, SHAPED_RULES
from knowledge.redaction_sieve import Sieve

RULES: tuple[Rule, ...] = (*SHAPED_RULES, *NAMED_RULES, *PERSONAL_RULES)
TEXTS = (
    "",
    "the database restarts every hour",
    "write to jane.doe@mail-of-jane.org or call +49 170 1234567",
    "DB_PASSWORD=kX9!vQ2z and --token a8f5f167f44f4964e6c998dee827110c",
    "the password is kX9!vQ2z7",
    "重启以后还是不行，密码：kX9!vQ2z7",
    "password=" * 3000,
)


@pytest.mark.parametrize("text", TEXTS)
def test_what_the_sieve_leaves_out_finds_nothing(text: str) -> None:
    tried = set(map(id, Sieve(RULES).worth_trying(text)))
    assert not [found for rule in RULES if id(rule) not in tried for found in rule.find(text)]


def test_plain_talk_is_worth_no_rule() -> None:
    assert not list(Sieve(RULES).worth_trying("the database restarts every hour"))


def test_rules_come_in_their_own_order() -> None:
    tried = list(Sieve(RULES).worth_trying("call +49 170 1234567, password=kX9!vQ2z7"))
    assert tried == [rule for rule in RULES if rule in tried]
    assert len(tried) > 1
