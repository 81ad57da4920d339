"""Gaps, end to end: what people answered and Vigil had nothing for is counted, listed, told weekly, and drafted from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.config import Rules
from bot.events import Click
from bot.sandbox.models import Json
from knowledge.embedding import Embedder
from tests.hands import Hands, actions_of, private_channel, text_of
from tests.harness import Live, Town
from tests.test_surface import fields

BADGES = (
    ("amy", "My badge does not open the garage door any more. What can I do?", "kim",
     "Badges lose the garage right every January: ask the front desk to renew it, they need your licence plate."),
    ("bob", "The garage gate does not open with my badge since this week, can somebody help?", "hal",
     "Go to the front desk with your licence plate and let them renew the garage right on the badge."),
    ("cleo", "badge rejected at the garage door, how do I get in with my car?", "kim",
     "Only the front desk can let you in: they renew the garage right on your badge."),
)  # fmt: skip
SCANNER = ("amy", "The scanner on floor 2 sends empty PDF files to my mailbox. How do I fix that?", "hal",
           "Clean the glass strip on the left; when it is dusty the scanner takes every page for an empty one.")  # fmt: skip
DESK = Rules(mode="public", helpers=("U0KIM", "U0HAL"), helpers_channel="desk", threshold=0.3)
DAY = 86_400.0


@pytest.fixture
def hands(town: Town, tmp_path: Path, model: Embedder) -> Hands:
    return Hands(Live(town, tmp_path, model, {"help": DESK}))


def told(hands: Hands, *exchanges: tuple[str, str, str, str], channel: str = "C0HELP") -> list[str]:
    """People ask, Vigil can at most point to another such thread, and others answer; the threads' ts."""
    roots = []
    for asker, question, helper, answer in exchanges:
        ts = hands.say(asker, question, channel=channel)
        hands.live.clock.move(600)
        hands.live.settle()
        assert "runbook" not in text_of(hands.posts(ts, channel))
        assert "approved case" not in text_of(hands.posts(ts, channel))
        hands.say(helper, answer, ts, channel=channel)
        roots.append(ts)
    hands.live.errands()
    return roots


def listed(hands: Hands, tmp_path: Path, *words: str) -> list[Json]:
    """What `vigil knowledge gaps --json` tells."""
    config = tmp_path / "config.toml"
    config.write_text(f'[store]\npath = "{hands.live.config.store.path}"\n', encoding="utf-8")
    out = CliRunner().invoke(main, ["--config", str(config), "knowledge", "gaps", "--json", *words])
    assert out.exit_code == 0, out.output
    return [json.loads(line) for line in out.output.splitlines()]


def weekly(hands: Hands, days: float = 5) -> list[Json]:
    """What the helpers' channel is told in the next days, looking every hour."""
    before = len(digests(hands))
    for _ in range(int(days * 24)):
        hands.live.clock.move(3600)
        hands.live.engine.gap_posts.run()
    hands.live.settle()
    return digests(hands)[before:]


def digests(hands: Hands) -> list[Json]:
    return [m for m in hands.cards() if "What I could not answer" in text_of([m])]


def test_questions_of_one_kind_are_counted_together(hands: Hands, tmp_path: Path) -> None:
    roots = told(hands, *BADGES, SCANNER)
    found = listed(hands, tmp_path)
    assert [gap["count"] for gap in found] == [3, 1]
    assert {thread["id"].rsplit(":", 1)[1] for thread in found[0]["threads"]} == set(roots[:3])
    assert "scanner" in found[1]["topic"]
    assert listed(hands, tmp_path, "--least", "2") == found[:1]
    assert listed(hands, tmp_path, "--channel", "slack:T0TEST:C0LAB") == []


def test_what_vigil_answered_or_nobody_answered_is_no_gap(hands: Hands, tmp_path: Path) -> None:
    ts = hands.say(
        "amy", "the rollout of `search` stops with DPL-017 progress deadline exceeded. How do I find out why?"
    )
    hands.live.clock.move(600)
    hands.live.settle()
    assert hands.posts(ts)
    hands.say("kim", "Look at the readiness line of the probe with `nw deploy probe`; it names what is missing.", ts)
    hands.say("bob", SCANNER[1])
    hands.live.clock.move(600)
    hands.live.errands()
    assert listed(hands, tmp_path) == []


def test_the_helpers_are_told_once_a_week_and_can_draft_an_entry(hands: Hands, tmp_path: Path) -> None:
    roots = told(hands, *BADGES, SCANNER)
    hands.say("bob", "that worked, thank you", roots[1])
    hands.box.react("C0HELP", roots[1], "white_check_mark", "U0HAL")
    hands.live.settle()
    [card] = weekly(hands, 7)
    shown = text_of([card])
    assert "threads: 3" in shown
    assert "scanner" not in shown
    assert "resolved" in shown
    assert actions_of(card) == ["vigil_gap_draft"]
    assert hands.click(card, "vigil_gap_draft", "kim", channel="C0DESK") == []
    given = fields(hands.form("kim"))
    assert given["resolution"] == BADGES[1][3]
    hands.submit("kim", title="Badge and garage", resolution="The front desk renews the garage right every January.")
    assert listed(hands, tmp_path, "--least", "2") == []
    hands.click(hands.cards()[-1], "vigil_case_approve", "hal", channel="C0DESK")
    assert weekly(hands, 8) == []


def test_a_week_whose_post_could_not_be_kept_is_told_later(hands: Hands) -> None:
    told(hands, *BADGES)
    database = hands.live.memory.database
    with database.transaction() as connection:
        connection.execute("CREATE TRIGGER no_room BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(Exception, match="no room"):
        weekly(hands, 7)
    with database.transaction() as connection:
        connection.execute("DROP TRIGGER no_room")
    assert len(weekly(hands, 1)) == 1
    assert weekly(hands, 1) == []


def test_nothing_is_told_where_there_is_nothing_or_nobody_wants_it(hands: Hands) -> None:
    assert weekly(hands, 8) == []
    told(hands, SCANNER)
    assert weekly(hands, 8) == []


def test_it_can_be_switched_off(town: Town, tmp_path: Path, model: Embedder) -> None:
    live = Live(town, tmp_path, model, {"help": DESK})
    object.__setattr__(live.config.knowledge, "gaps_day", "")
    hands = Hands(live)
    told(hands, *BADGES)
    assert weekly(hands, 8) == []


def test_a_gap_holds_only_threads_that_the_helpers_channel_may_see(hands: Hands) -> None:
    told(hands, *BADGES[:2])
    hands.live.config.channels["vault"] = DESK  # type: ignore[index]
    with private_channel(hands, "amy", "kim", "hal") as vault:
        hands.live.engine.catch_up.run()
        secret = ("amy", "My badge does not open the garage door of the heron vault, what can I do?", *BADGES[0][2:])
        told(hands, secret, channel=vault)
        cards = weekly(hands, 7)
    assert ["threads: 2" in text_of([card]) for card in cards] == [True]
    assert "heron" not in text_of(cards)


def test_who_may_not_read_a_thread_drafts_nothing_from_it(hands: Hands) -> None:
    with private_channel(hands, "amy", "kim") as vault:
        hands.live.engine.catch_up.run()
        [secret] = told(hands, (*SCANNER[:2], "kim", SCANNER[3]), channel=vault)
        forged = Click("vigil_gap_draft", f"slack:T0TEST:{vault}:{secret}", "U0BOB", "slack:T0TEST:C0DESK", hands.live.clock(),
                       trigger="1.2.3")  # fmt: skip
        assert hands.live.town.forms(forged) is None
        assert hands.live.town.forms(replace(forged, actor="U0KIM")) is not None
        hands.live.town.ear(forged, "forged", ())
        hands.live.settle()
    assert "does not come from what I showed you" in text_of(hands.direct("bob"))
    assert ("U0BOB", "click: forged", False) in hands.audit()
    assert hands.value("SELECT count(*) FROM entries WHERE kind='case'") == 0


def test_an_erased_question_is_gone_from_the_gaps(hands: Hands, tmp_path: Path) -> None:
    roots = told(hands, *BADGES)
    [card] = weekly(hands, 7)
    assert "garage" in text_of([card])
    hands.box.delete("C0HELP", roots[2])
    hands.live.settle()
    assert [gap["count"] for gap in listed(hands, tmp_path)] == [2]
