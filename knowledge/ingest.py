"""Brings files into the knowledge base: adds what is new, updates what changed, retires what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Protocol

from knowledge.base import EntryStore
from knowledge.documents import Document, OnSkip, ReadFile
from knowledge.models import Audience, Case, Entry, Status
from knowledge.reading_room import ReadingRoom
from knowledge.sources import container_of, files

# No transaction may last long: a batch is about as much as the store commits in 50 ms.
BATCH = 200

OnProgress = Callable[[int, int, str], None]


class Shelf(Protocol):
    """What ingestion needs of the knowledge base."""

    @property
    def store(self) -> EntryStore: ...

    @property
    def redact(self) -> Callable[[str], str]: ...

    def put(self, cases: Sequence[Case], actor: str, now: float) -> list[Entry]: ...

    def refresh(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingestion did, in counts: files read and skipped, sections found, entries added, updated and so on."""

    files: int = 0
    sections: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    retired: int = 0
    skipped: int = 0

    def plus(self, other: Report) -> Report:
        """Both reports counted together."""
        return Report(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Report)))


def quiet(*_: object) -> None:
    """Listens to nothing."""


def ingest(
    paths: Iterable[Path],
    knowledge: Shelf,
    audience: Audience,
    actor: str,
    now: float,
    on_progress: OnProgress = quiet,
    on_skip: OnSkip = quiet,
    base_url: str = "",
    read_file: ReadFile | None = None,
) -> Report:
    """Make the knowledge base hold what `paths` (files and folders) hold now.

    Files are read in a ReadingRoom, which no file can harm, unless somebody who wrote them himself gives `read_file`.
    `on_progress` gets (files done, files in this root, container); `on_skip` each path with the reason. A file that
    cannot be read keeps its former entries. Every batch is committed by itself: an interrupted run is simply run again.
    """
    report = Report()
    with ReadingRoom() as room:
        for path in paths:
            read = read_file or room.read_file
            run = _Run(path, knowledge, audience, actor, now, on_progress, on_skip, base_url, read)
            report = report.plus(run.all())
    return report


@dataclass(slots=True)
class _Run:
    """One root on its way into the store."""

    root: Path
    knowledge: Shelf
    audience: Audience
    actor: str
    now: float
    on_progress: OnProgress
    on_skip: OnSkip
    base_url: str
    read_file: ReadFile
    report: Report = field(default_factory=Report)
    waiting: list[Case] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    read: set[Path] = field(default_factory=set)
    skipped: set[Path] = field(default_factory=set)

    def all(self) -> Report:
        paths = files(self.root, self._skip)
        for done, path in enumerate(paths, start=1):
            for document in self.read_file(self.root, path, self.audience, self._skip, self.base_url):
                self._take(document)
                self.read.add(path)
            self.on_progress(done, len(paths), container_of(self.root, path))
        self._flush()
        self._retire(self._vanished())
        return replace(self.report, files=len(self.read), skipped=len(self.skipped - self.read))

    def _skip(self, path: Path, reason: str) -> None:
        """Remember that what stands under `path` was not read whole, so that none of its entries is retired for it."""
        self.skipped.add(path)
        self.kept.add(container_of(self.root, path))
        self.on_skip(path, reason)

    def _take(self, document: Document) -> None:
        stored = {entry.case.source: entry for entry in self.knowledge.store.in_container(document.container)}
        self.seen.add(document.container)
        self._count(sections=len(document.cases))
        for case in document.cases:
            clean = case.redacted(self.knowledge.redact)
            self._compare(clean, stored.pop(clean.source, None))
        if document.complete:
            self._retire(list(stored.values()))

    def _compare(self, case: Case, entry: Entry | None) -> None:
        if entry is not None and entry.status is Status.LIVE and _same(entry.case, case):
            self._count(unchanged=1)
            return
        self._count(added=entry is None, updated=entry is not None)
        self.waiting.append(case)
        if len(self.waiting) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if self.waiting:
            self.knowledge.put(self.waiting, self.actor, self.now)
            self.waiting = []

    def _vanished(self) -> list[Entry]:
        """Live entries of files that were below this root once and are not there now."""
        if not self.root.exists():
            return []
        own = container_of(self.root, self.root)
        live = self.knowledge.store.with_status(Status.LIVE)
        below = (e for e in live if _within(e.case.container, own) and e.case.container not in self.seen)
        return [e for e in below if not any(_within(e.case.container, kept) for kept in self.kept)]

    def _retire(self, entries: Sequence[Entry]) -> None:
        for start in range(0, len(entries), BATCH):
            ids = [entry.id for entry in entries[start : start + BATCH]]
            self.knowledge.store.change_state(ids, Status.RETIRED, self.actor, self.now)
        if entries:
            self.knowledge.refresh()
            self._count(retired=len(entries))

    def _count(self, **more: int) -> None:
        self.report = self.report.plus(Report(**more))


def _within(container: str, beginning: str) -> bool:
    return container == beginning or container.startswith((f"{beginning}/", f"{beginning}#"))


def _same(stored: Case, read: Case) -> bool:
    """Whether nothing that matters differs: a file that was only touched or checked out anew has not changed."""
    return replace(stored, happened_at=read.happened_at) == read
