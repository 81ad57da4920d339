"""Which turns carry problem and resolution, and why a thread teaches nothing."""

from __future__ import annotations

import pytest

from bot.dialogue import learning
from bot.dialogue.accepted import Accepted, accepted
from bot.dialogue.standing import Refusal
from bot.models import Thread
from knowledge.models import Audience, Case
from tests.dialogue.talk import RULES, marked, reacted, thread

HERE = Audience.of("channel:slack:T1:C1")
ASK = "amy: half of the checkout pods cannot log in to the database: PGB-008 connection budget exhausted"
WRONG = "bob: raise max_connections to 500 in the console"
RIGHT = "kim: go through the pooler: port 6432 in DATABASE_URL, then redeploy"
HOWTO = "amy: how do I rotate the signing key of the staging gateway?"
CHAT = [
    f"{who}: and the staging cluster number {n} has a rather different gateway" for n in range(14) for who in ("bob",)
]


def read(*lines: str, check: int = 0, resolved: bool = True) -> Accepted | Refusal:
    talk = thread(*lines)
    talk = reacted(talk, check, "white_check_mark") if check else talk
    return accepted(marked(talk, "resolved") if resolved else talk, RULES)


def answers(found: Accepted | Refusal) -> list[str]:
    assert isinstance(found, Accepted), found
    return [f"{turn.author}: {turn.text}" for turn in found.answers]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("amy: good morning everybody, have a nice weekend", "bob: you too!"), Refusal.NO_QUESTION),
        (("amy: should we move the backlog meeting to Friday?", "bob: yes, move it to ten", "amy: thanks"),
         Refusal.NO_QUESTION),
        (("amy: @kim could you review the gateway change?", "kim: reviewed, use it", "amy: thanks"), Refusal.NO_QUESTION),
        ((ASK,), Refusal.NO_REPLY),
        ((ASK, "kim: which plan is it?", "kim: and since when?"), Refusal.QUESTIONS_BACK),
        ((ASK, "kim: let me check"), Refusal.PROMISES),
        ((ASK, WRONG, "amy: no luck, still the same error", "amy: thanks anyway"), Refusal.REJECTED),
        ((ASK, WRONG, "amy: that did not help"), Refusal.REJECTED),
        ((ASK, "amy: never mind"), Refusal.SILENT),
        ((ASK, RIGHT, "amy: never mind, false alarm"), Refusal.SILENT),
        ((ASK, "zoe: same here", "amy: works again"), Refusal.SILENT),
        ((ASK, "kim: see https://wiki/pooler", "amy: thanks"), Refusal.ELSEWHERE),
        ((ASK, "kim: that is a bug in the pooler, please open an issue", "amy: thanks, issue created"), Refusal.ELSEWHERE),
        ((ASK, "kim: hm, maybe the weather", "amy: thanks"), Refusal.THIN),
        ((HOWTO, *CHAT, "amy: thanks"), Refusal.UNCLEAR),
    ],
)  # fmt: skip
def test_a_thread_without_a_resolution_is_refused_with_its_reason(lines: tuple[str, ...], reason: Refusal) -> None:
    assert read(*lines) is reason


@pytest.mark.parametrize(
    "leave", [
        "amy: thanks, but I meant the pool of the reporting database, which lives in another account",
        "amy: thank goodness I have a backup of the whole database cluster and its replicas somewhere safe here",
    ],
)  # fmt: skip
def test_thanks_that_go_on_about_something_accept_nothing(leave: str) -> None:
    assert read(ASK, RIGHT, leave, resolved=False) is Refusal.UNCLEAR
    assert answers(read(ASK, RIGHT, "amy: thanks a lot, kim!", resolved=False)) == [RIGHT]


def test_helpers_who_thank_each_other_prove_nothing() -> None:
    ask = HOWTO.replace("amy", "bob")
    assert read(ask, RIGHT, "bob: thanks!", resolved=False) is Refusal.UNCLEAR
    assert answers(read(ask, RIGHT, "bob: that worked, thanks!", resolved=False)) == [RIGHT]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ((ASK, WRONG, "amy: no luck, still the same error", RIGHT, "amy: works now"), [RIGHT]),
        ((ASK, WRONG, "bob: scratch that, the plan sets it", RIGHT, "amy: that worked"), [RIGHT]),
        ((ASK, "kim: on it", "zoe: me too", RIGHT, "kim: does that help?", "amy: yes, works, thanks"), [RIGHT]),
        ((ASK, WRONG, RIGHT), [RIGHT]),
    ],
)
def test_dead_ends_and_chatter_are_left_out(lines: tuple[str, ...], kept: list[str]) -> None:
    assert answers(read(*lines)) == kept


@pytest.mark.parametrize(
    "own",
    [
        "amy: never mind, turned out the password had expired, rotated it",
        "amy: fixed it by setting `pool_size=20` in the proxy",
        "amy: I forgot to redeploy the proxy after the password was rotated",
        "amy: it works now, I changed the port to 6432 in the secret",
        "amy: restarting the pooler after the failover solved it",
    ],
)
def test_an_asker_who_says_how_it_was_solved_is_quoted(own: str) -> None:
    assert answers(read(ASK, own)) == [own]
    assert answers(read(ASK, "kim: which plan is it?", own)) == [own]


def test_the_askers_own_words_come_with_the_advice_that_led_to_them() -> None:
    own = "amy: that was it: it works now, I had to quote the password in `DATABASE_URL` too"
    assert answers(read(ASK, RIGHT, own)) == [RIGHT, own]


def test_what_the_asker_did_just_before_success_counts() -> None:
    did = "amy: switching the driver to `pgx` now, with statement caching off"
    assert answers(read(ASK, "kim: which driver is it?", did, "amy: works!")) == [did]


def test_a_check_mark_on_an_answer_decides() -> None:
    assert answers(read(ASK, WRONG, RIGHT, check=2)) == [WRONG]
    more = "kim: and set `prepared_statements = off` in the driver"
    assert answers(read(ASK, WRONG, RIGHT, more, check=3)) == [RIGHT, more]


@pytest.mark.parametrize("empty", ["kim: let me check", "kim: which plan is it?", "kim: you're welcome"])
def test_a_check_mark_on_a_turn_that_answers_nothing_says_nothing(empty: str) -> None:
    assert isinstance(read(ASK, empty, check=2), Refusal)
    assert answers(read(ASK, empty, RIGHT, "amy: thanks", check=2)) == [RIGHT]


def test_a_long_talk_counts_only_where_success_follows_an_answer_at_once() -> None:
    told = "kim: run `gatewayctl keys rotate --env staging`"
    assert answers(read(HOWTO, *CHAT, told, "amy: that worked"))[-1] == told
    assert read(HOWTO, *CHAT, told, "amy: thanks") is Refusal.UNCLEAR
    assert read(HOWTO, *CHAT, told, *CHAT, *CHAT, "amy: that worked") is Refusal.UNCLEAR


def test_what_the_asker_still_asked_belongs_to_the_problem() -> None:
    further = "amy: we use prepared statements, does that matter?"
    found = read(ASK, RIGHT, further, "kim: yes, set `prepared_statements = off` in the driver", "amy: works now")
    assert isinstance(found, Accepted)
    assert [turn.text for turn in found.asked] == [line.partition(": ")[2] for line in (ASK, further)]


def test_under_an_alert_anybody_may_say_that_it_is_over() -> None:
    alert = "alarm: disk usage of db-1 is above 95 %"
    talk: Thread = marked(
        thread(alert, "kim: set `wal_keep_size` to 1GB, then the disk empties", "bob: works, thanks"), "resolved"
    )
    found = accepted(talk, RULES)
    assert isinstance(found, Accepted)
    assert found.answers


@pytest.mark.parametrize(
    "text", [" " * 40_000, "a? " * 13_000, ">" * 40_000, "```" * 13_000, "x\n" * 20_000, "fixing " * 6000]
)
def test_long_and_naughty_texts_are_read_to_the_end(text: str) -> None:
    talk = marked(thread(f"amy: how? {text}", f"kim: set it {text}", "amy: thanks"), "resolved")
    assert isinstance(learning.case_of(talk, "", HERE, RULES), Case | Refusal)
