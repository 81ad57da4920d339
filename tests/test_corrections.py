"""Corrections, end to end: what helpers know better becomes a proposed new answer that nobody can slip past the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.config import Rules
from knowledge.embedding import Embedder
from knowledge.models import Case, Entry, Kind, Status
from tests.hands import Hands, actions_of, private_channel, text_of
from tests.harness import TEAM, Live, Town

PROBLEM = "Our nightly export job fails with E7734 and the bucket seems full. What can I do?"
FIRST, SECOND = "E7734 means that the export bucket is full.", "Empty the folder staging/ and run the job again."
ANSWER = f"{FIRST}\n{SECOND}"
ASKS = "<@U0VIGIL> our nightly export fails with E7734, what can I do?"
BETTER = "No longer empty the folder staging/ by hand for E7734: run `export prune --older 3d` before the job instead."
EXPORTS = Rules(mode="public", helpers=("U0KIM", "U0HAL"), helpers_channel="desk", evidence=0.3)


@pytest.fixture
def hands(town: Town, tmp_path: Path, model: Embedder) -> Hands:
    rules = {
        "help": EXPORTS,
        "drafts": Rules(mode="private", helpers=EXPORTS.helpers, helpers_channel="desk", evidence=0.3),
    }
    return Hands(Live(town, tmp_path, model, rules))


def known(hands: Hands, channel: str = "C0HELP") -> Entry:
    """An approved case of that channel."""
    place, live = f"slack:{TEAM}:{channel}", hands.live
    audience = live.directory.audience(place)
    case = Case(Kind.CASE, "Export fails with E7734", PROBLEM, ANSWER, audience, "thread:then", container=place,
                authors=("U0HAL",), happened_at=live.clock())  # fmt: skip
    entry = live.knowledge.propose(case, "vigil", live.clock())
    return live.knowledge.approve(entry.id, "U0CLEO", live.clock())


def now(hands: Hands, entry: Entry) -> Entry:
    found = hands.live.memory.entries.get(entry.id)
    assert found is not None
    return found


def waiting(hands: Hands) -> list[tuple[str, str, str]]:
    """(author, why, new answer) of what waits."""
    return [(r.author, r.why, r.resolution) for r in hands.live.memory.revisions.listed()]


def card(hands: Hands) -> dict[str, object]:
    return next(m for m in reversed(hands.cards()) if "vigil_revision_approve" in actions_of(m))


def test_a_differing_answer_becomes_a_proposed_revision_with_its_difference(hands: Hands) -> None:
    entry = known(hands)
    ts = hands.say("amy", ASKS)
    assert "staging/" in text_of(hands.posts(ts))
    hands.say("kim", BETTER, ts)
    assert waiting(hands) == [("U0KIM", "answered", f"{FIRST}\n{BETTER}")]
    shown = text_of([card(hands)])
    assert f"- {SECOND}" in shown
    assert f"+ {BETTER[:40]}" in shown
    assert now(hands, entry).case.resolution == ANSWER
    assert "Somebody else has to approve" in text_of(hands.click(card(hands), "vigil_revision_approve", "kim"))
    assert "helpers only" in text_of(hands.click(card(hands), "vigil_revision_approve", "amy"))
    assert now(hands, entry).version == entry.version
    approving = card(hands)
    hands.click(approving, "vigil_revision_approve", "hal")
    after = now(hands, entry)
    assert (after.status, after.case.resolution) == (Status.LIVE, f"{FIRST}\n{BETTER}")
    assert (after.proposed_by, after.approved_by) == ("U0KIM", "U0HAL")
    assert "is corrected" in text_of(hands.cards())
    assert waiting(hands) == []
    later = hands.say("cleo", ASKS)
    assert "export prune" in text_of(hands.posts(later))


def test_a_rejected_revision_leaves_only_a_line_in_the_log(hands: Hands) -> None:
    entry = known(hands)
    ts = hands.say("amy", ASKS)
    hands.say("kim", BETTER, ts)
    rejecting = card(hands)
    hands.click(rejecting, "vigil_revision_reject", "hal")
    assert waiting(hands) == []
    assert now(hands, entry).version == entry.version
    assert hands.value("SELECT count(*) FROM entry_versions WHERE instr(body, 'export prune')") == 0
    assert ("U0HAL", "reject", True) in hands.audit()
    assert "vigil_revision_approve" not in [a for m in hands.cards() for a in actions_of(m)]


def test_the_askers_and_strangers_words_correct_nothing(hands: Hands) -> None:
    known(hands)
    ts = hands.say("amy", ASKS)
    answer = hands.posts(ts)[-1]
    hands.say("amy", BETTER, ts)
    hands.say("bob", BETTER, ts)
    hands.click(answer, "vigil_not_helpful", "amy")
    hands.submit("amy", reason="wrong", detail=BETTER)
    assert waiting(hands) == []


def test_assent_chatter_and_other_matters_correct_nothing(hands: Hands) -> None:
    known(hands)
    ts = hands.say("amy", ASKS)
    for text in (
        "yes, do that",
        "which job is it, the nightly one?",
        "let me check the bucket for you",
        "Empty the folder staging/ and run the job again, as it says.",
        "By the way the printer on the third floor needs new toner, call facilities and give them the number on the door",
    ):
        hands.say("kim", text, ts)
    assert waiting(hands) == []


def test_an_edited_draft_corrects_its_entry(hands: Hands) -> None:
    entry = known(hands, "C0DRAFTS")
    hands.say("amy", ASKS.removeprefix("<@U0VIGIL> "), channel="C0DRAFTS")
    hands.live.clock.move(600)
    hands.live.settle()
    draft = hands.cards()[-1]
    hands.click(draft, "vigil_draft_edit", "kim")
    text = f"Hi Amy! {FIRST}\nRun `export prune --older 3d` and start the job again.\nGood luck!"
    hands.submit("kim", text=text)
    assert waiting(hands) == [
        ("U0KIM", "edited", f"{FIRST}\nRun `export prune --older 3d` and start the job again."),
    ]
    assert f"- {SECOND}" in text_of([card(hands)])
    assert now(hands, entry).case.resolution == ANSWER
    hands.click(card(hands), "vigil_revision_edit", "hal")
    hands.submit("hal", resolution="Run `export prune --older 2d`.")
    assert waiting(hands) == [("U0HAL", "edited", "Run `export prune --older 2d`.")]
    assert "Somebody else" in text_of(hands.click(card(hands), "vigil_revision_approve", "hal"))
    hands.click(card(hands), "vigil_revision_approve", "kim")
    assert now(hands, entry).case.resolution == "Run `export prune --older 2d`."


def test_a_draft_published_as_it_is_or_with_a_greeting_corrects_nothing(hands: Hands) -> None:
    known(hands, "C0DRAFTS")
    for text in (f"Hi Amy!\n{ANSWER}\nHope it helps", ANSWER):
        hands.say("amy", ASKS.removeprefix("<@U0VIGIL> "), channel="C0DRAFTS")
        hands.live.clock.move(600)
        hands.live.settle()
        draft = hands.cards()[-1]
        hands.click(draft, "vigil_draft_edit", "kim")
        hands.submit("kim", text=text)
        hands.live.clock.move(8 * 86_400)
    assert waiting(hands) == []


def test_a_reason_of_a_helper_corrects_the_entry(hands: Hands) -> None:
    known(hands)
    ts = hands.say("amy", ASKS)
    hands.click(hands.posts(ts)[-1], "vigil_not_helpful", "kim")
    hands.submit("kim", reason="off_topic", detail="She asked about the weekly export, which has another bucket.")
    assert waiting(hands) == []
    hands.click(hands.posts(ts)[-1], "vigil_not_helpful", "kim")
    hands.submit("kim", reason="outdated", detail="Since May the bucket prunes itself: only restart the exporter.")
    [(author, why, answer)] = waiting(hands)
    assert (author, why) == ("U0KIM", "unhelpful")
    assert answer == f"{ANSWER}\n\nSince May the bucket prunes itself: only restart the exporter."


def test_nobody_floods_an_entry(hands: Hands) -> None:
    known(hands)
    ts = hands.say("amy", ASKS)
    for number in range(9):
        hands.say("kim", f"{BETTER} Then wait {number + 2} hours and look at the exporter log again.", ts)
    assert len(waiting(hands)) == 1
    assert hands.value("SELECT count(*) FROM audit WHERE action='correct'") == 6


def test_what_is_said_among_fewer_people_corrects_nothing_that_more_may_read(hands: Hands) -> None:
    known(hands)
    hands.live.config.channels["vault"] = EXPORTS  # type: ignore[index]
    with private_channel(hands, "amy", "kim", "hal") as vault:
        hands.live.engine.catch_up.run()
        ts = hands.say("amy", ASKS, channel=vault)
        assert "staging/" in text_of(hands.posts(ts, vault))
        hands.say("kim", BETTER, ts, channel=vault)
    assert waiting(hands) == []


def test_a_revision_of_a_case_that_changed_meanwhile_is_shown_anew(hands: Hands) -> None:
    entry = known(hands)
    ts = hands.say("amy", ASKS)
    hands.say("kim", BETTER, ts)
    store, at = hands.live.memory.entries, hands.live.clock()
    moved = now(hands, entry).case
    store.put([moved.__class__(**{**_fields(moved), "resolution": f"{FIRST}\nAsk the storage team."})], Status.LIVE, "U0HAL", at,
              entry.id)  # fmt: skip
    hands.click(card(hands), "vigil_revision_approve", "hal")
    assert now(hands, entry).case.resolution.endswith("Ask the storage team.")
    assert "- Ask the storage team." in text_of([card(hands)])
    hands.click(card(hands), "vigil_revision_approve", "hal")
    assert now(hands, entry).case.resolution == f"{FIRST}\n{BETTER}"


def _fields(case: Case) -> dict[str, object]:
    return {name: getattr(case, name) for name in case.__slots__}


def test_the_words_of_a_deleted_reply_are_proposed_no_more(hands: Hands) -> None:
    entry = known(hands)
    ts = hands.say("amy", ASKS)
    reply = hands.say("kim", BETTER, ts)
    shown = card(hands)
    hands.box.delete("C0HELP", reply)
    hands.live.settle()
    assert waiting(hands) == []
    assert "export prune" not in text_of(hands.cards())
    assert shown["ts"] not in [m["ts"] for m in hands.cards()]
    assert now(hands, entry).case.resolution == ANSWER
    hands.live.clock.move(60)
    hands.live.settle()
    folder = Path(hands.live.config.store.path).parent
    assert [path.name for path in folder.iterdir() if path.is_file() and b"export prune" in path.read_bytes()] == []


def test_an_approved_correction_is_erased_with_the_reply_it_came_from(hands: Hands) -> None:
    known(hands)
    ts = hands.say("amy", ASKS)
    reply = hands.say("kim", BETTER, ts)
    hands.click(card(hands), "vigil_revision_approve", "hal")
    hands.box.delete("C0HELP", reply)
    hands.live.settle()
    assert hands.value("SELECT count(*) FROM entries WHERE instr(body, 'export prune')") == 0
    hands.live.clock.move(60)
    hands.live.settle()
    assert hands.live.memory.erasures.orphans() == {}


def test_the_command_line_shows_and_settles_corrections(hands: Hands, tmp_path: Path) -> None:
    entry = known(hands)
    ts = hands.say("amy", ASKS)
    hands.say("kim", BETTER, ts)
    [revision] = hands.live.memory.revisions.listed()
    config = tmp_path / "config.toml"
    config.write_text(
        f'[store]\npath = "{hands.live.config.store.path}"\n[embedding]\nmodel = "hashing"\n', encoding="utf-8"
    )

    def run(*words: str) -> str:
        return CliRunner().invoke(main, ["--config", str(config), "knowledge", *words]).output

    assert f"- {SECOND}" in run("show", str(entry.id))
    assert revision.id in run("corrections")
    assert "somebody else must approve" in run("correct", revision.id, "--as", "U0KIM")
    assert run("correct", revision.id, "--as", "U0HAL") == f"{entry.id}: corrected\n"
    assert now(hands, entry).case.resolution == f"{FIRST}\n{BETTER}"
    assert "there is no correction" in run("correct", revision.id)


def test_an_edited_draft_that_quotes_a_document_becomes_a_case_beside_it(hands: Hands) -> None:
    ts, _ = hands.asked("C0DRAFTS")
    draft = hands.cards()[-1]
    hands.click(draft, "vigil_draft_edit", "kim")
    blocks = [b for b in hands.form("kim")["blocks"] if b["type"] == "input"]
    quoted = blocks[0]["element"]["initial_value"]
    hands.submit(
        "kim",
        text=f"{quoted}\nSince version 7 the probe prints the reason itself: look for the line that begins with `cause`.",
    )
    shown = hands.cards()[-1]
    assert "vigil_case_approve" in actions_of(shown)
    assert "+ Since version 7" in text_of([shown])
    [proposed] = [e for e in hands.live.memory.entries.with_status(Status.PROPOSED) if e.case.kind is Kind.CASE]
    assert proposed.case.resolution.endswith("begins with `cause`.")
    assert "DPL-017" in proposed.case.problem
    assert "Somebody else" in text_of(hands.click(shown, "vigil_case_approve", "kim"))
    hands.click(hands.cards()[-1], "vigil_case_approve", "hal")
    assert waiting(hands) == []
    assert ts
