"""Ingestion adds, updates and retires exactly what differs, and loses nothing over a broken file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from knowledge.ingest import Report, ingest
from knowledge.models import Audience, Case, Entry, Status
from knowledge.redaction import redact
from tests.knowledge.memory_store import MemoryStore

EVERYONE = Audience.everyone()


class Shelf:
    """The part of a knowledge base that ingestion uses, without vectors; counts its batches."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.batches: list[int] = []
        self.redact = redact

    def put(self, cases: Sequence[Case], actor: str, now: float) -> list[Entry]:
        self.batches.append(len(cases))
        return self.store.put(cases, Status.LIVE, actor, now)

    def refresh(self) -> None:
        """Nothing is indexed here."""

    def live(self) -> list[str]:
        return sorted(entry.case.source for entry in self.store.with_status(Status.LIVE))


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\n## One\nfirst\n\n## Two\nsecond\n")
    (folder / "b.md").write_text("# B\n\ntext\n")
    return folder


def run(shelf: Shelf, *paths: Path) -> tuple[Report, list[str]]:
    skipped: list[str] = []
    report = ingest(paths, shelf, EVERYONE, "cli", 1.0, on_skip=lambda path, reason: skipped.append(path.name))
    return report, skipped


def test_a_second_run_changes_nothing(docs: Path) -> None:
    shelf = Shelf()
    assert run(shelf, docs)[0] == Report(files=2, sections=3, added=3)
    change = shelf.store.last_change()
    (docs / "a.md").touch()
    assert run(shelf, docs)[0] == Report(files=2, sections=3, unchanged=3)
    assert shelf.store.last_change() == change


def test_what_changed_is_updated_and_what_is_gone_is_retired(docs: Path) -> None:
    shelf = Shelf()
    run(shelf, docs)
    (docs / "a.md").write_text("# A\n\n## One\nfirst, better\n\n## Three\nthird\n")
    (docs / "b.md").unlink()
    report, _ = run(shelf, docs)
    assert report == Report(files=1, sections=2, added=1, updated=1, retired=2)
    assert shelf.live() == ["file:docs/a.md#one", "file:docs/a.md#three"]
    one = shelf.store.by_source("file:docs/a.md#one")
    assert one is not None
    assert (one.version, one.case.resolution) == (2, "first, better")


def test_what_comes_back_lives_again(docs: Path) -> None:
    shelf = Shelf()
    run(shelf, docs)
    text = (docs / "b.md").read_text()
    (docs / "b.md").unlink()
    run(shelf, docs)
    (docs / "b.md").write_text(text)
    run(shelf, docs)
    assert "file:docs/b.md#b" in shelf.live()


def test_a_broken_file_keeps_its_former_entries(docs: Path) -> None:
    shelf = Shelf()
    run(shelf, docs)
    before = shelf.live()
    (docs / "a.md").write_bytes(b"\x00\x00broken")
    report, skipped = run(shelf, docs)
    assert (report, skipped) == (Report(files=1, sections=1, unchanged=1, skipped=1), ["a.md"])
    assert shelf.live() == before


def test_a_collection_with_a_bad_line_retires_nothing(docs: Path) -> None:
    shelf = Shelf()
    rows = ['{"title": "x", "text": "one"}', '{"title": "y", "text": "two"}']
    (docs / "c.jsonl").write_text("\n".join(rows))
    run(shelf, docs)
    (docs / "c.jsonl").write_text("\n".join([rows[0], "{"]))
    report, _ = run(shelf, docs)
    assert (report.retired, report.files) == (0, 3)
    assert "file:docs/c.jsonl#y" in shelf.live()


def test_only_the_ingested_root_is_swept(docs: Path, tmp_path: Path) -> None:
    shelf = Shelf()
    other = tmp_path / "docs2"
    other.mkdir()
    (other / "x.md").write_text("# X\n\ntext\n")
    run(shelf, docs, other)
    (other / "x.md").unlink()
    (docs / "b.md").unlink()
    assert run(shelf, docs)[0].retired == 1
    assert "file:docs2/x.md#x" in shelf.live()


def test_a_missing_root_retires_nothing(docs: Path) -> None:
    shelf = Shelf()
    run(shelf, docs)
    docs.rename(docs.parent / "moved")
    report, skipped = run(shelf, docs)
    assert (report.retired, skipped) == (0, ["docs"])


def test_secrets_do_not_make_a_section_look_changed(docs: Path) -> None:
    class Redacting(Shelf):
        def put(self, cases: Sequence[Case], actor: str, now: float) -> list[Entry]:
            return super().put([case.redacted(redact) for case in cases], actor, now)

    shelf = Redacting()
    (docs / "b.md").write_text("# B\n\npassword=S3cret99 and ann@corp.io\n")
    run(shelf, docs)
    assert run(shelf, docs)[0].unchanged == 3


def test_rows_go_in_by_batches_and_progress_is_told(docs: Path) -> None:
    shelf = Shelf()
    (docs / "big.jsonl").write_text("\n".join(f'{{"title": "t{n}", "text": "x{n}"}}' for n in range(450)))
    told: list[tuple[int, int, str]] = []
    report = ingest([docs], shelf, EVERYONE, "cli", 1.0, on_progress=lambda *step: told.append(step))
    assert report.added == 453
    assert shelf.batches == [200, 200, 53]
    assert told[-1] == (3, 3, "file:docs/big.jsonl")


def test_an_interrupted_run_is_simply_run_again(docs: Path) -> None:
    shelf = Shelf()
    (docs / "big.jsonl").write_text("\n".join(f'{{"title": "t{n}", "text": "x{n}"}}' for n in range(450)))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([docs / "big.jsonl"], shelf, EVERYONE, "cli", 1.0, on_progress=stop)
    assert len(shelf.live()) == 400
    ingest([docs / "big.jsonl"], shelf, EVERYONE, "cli", 1.0)
    assert len(shelf.live()) == 450
