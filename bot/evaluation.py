"""Replays a recording on a fresh temporary store and reports what Vigil would have done; nothing real is touched."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from bot import app, engine, evaluation_llm
from bot.config import Config, Rules
from bot.evaluation_llm import Spoken
from bot.events import Reaction
from bot.findings import Found, Record
from bot.ingesting import ingest_paths
from bot.memory import Memory, open_memory
from bot.models import VigilError
from bot.outcomes import MERGED, PROPOSED, REFUSED
from bot.platforms.transcript import Transcript, read_transcript
from bot.replay import Replay
from bot.replay_progress import Progress
from bot.replay_world import PLATFORM, OwnTime, SimulatedClock, TimedInbox, TimedLedger, TranscriptDirectory
from knowledge.base import Vectors
from knowledge.embedding import CachedEmbedder, Embedder
from knowledge.models import Kind, Status
from knowledge.steps import Deed

NAMED = 5
ALL = 2**40
RECENT = 4096  # vectors kept before the stopwatch, so that looking one up is not booked as embedding

KEPT = ("id", "turn_id", "thread_id", "channel_id", "kind", "action", "score", "threshold", "reasons", "at", "due",
        "entry_ids", "versions", "calls")  # fmt: skip

__all__ = ["Found", "replay"]


class _Timed:
    """An embedder whose time is booked as the stage "embedding"."""

    def __init__(self, inner: Embedder, stages: OwnTime) -> None:
        self._inner, self._stages = inner, stages

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def dim(self) -> int:
        return self._inner.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        with self._stages("embedding"):
            return self._inner.embed(texts)


class _Skipped:
    """Counts the rows that cannot be used and names the first few on standard error."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, where: str, why: str) -> None:
        self.count += 1
        if self.count <= NAMED:
            click.echo(f"skipped {where}: {why}", err=True)

    def summary(self) -> None:
        if self.count > NAMED:
            click.echo(f"skipped {self.count} rows in all", err=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """One recording on one temporary store."""

    transcript: Transcript
    config: Config
    memory: Memory
    skipped: _Skipped
    approve: bool
    spoken: Spoken | None = None

    def play(self, paths: Sequence[Path]) -> Found:
        """Ingest, play, and gather what was decided."""
        turns, stages = self.transcript.turns, OwnTime()
        database = self.memory.database
        timed = replace(self.memory, inbox=TimedInbox(database, stages), ledger=TimedLedger(database, stages))
        clock = SimulatedClock(turns[0].sent_at)
        directory = TranscriptDirectory(self.config, self.transcript)
        model = CachedEmbedder(_Timed(app.embedder(self.config), stages), RECENT)
        model.embed(["ready"])
        self.memory.channels.put(self.transcript.channels, clock())
        knowledge = app.knowledge_base(self.config, self.memory, model, None)
        if paths:
            ingest_paths(knowledge, paths, directory.scope, "", "replay", clock())
        knowledge.refresh()
        marks = _marks(self.transcript, self.config.defaults)

        def approve() -> None:
            for entry in self.memory.entries.with_status(Status.PROPOSED):
                knowledge.approve(entry.id, PLATFORM, clock())

        learned, redact = approve if self.approve else None, app.redaction(self.config)
        run = Replay(timed, clock, stages, self._shortest(), marks, learned, redact)
        parts = engine.build(
            self.config, timed, knowledge, model, {}, directory, clock, "replay", stages, run.committed,
            voice=self.spoken.voice if self.spoken else None,
        )  # fmt: skip
        stages.seconds.clear()
        started = time.perf_counter()
        with Progress("replay", len(turns)) as progress:
            run.play(parts, turns, progress)
        return self._found(run, stages, time.perf_counter() - started)

    def _shortest(self) -> float:
        rules = (self.config.defaults, *self.config.channels.values())
        return min(rule.follow_up_hours for rule in rules)

    def _found(self, run: Replay, stages: OwnTime, seconds: float) -> Found:
        records: list[Record] = list(reversed(self.memory.decisions.listed(limit=ALL)))
        found = Found(
            name=self.transcript.name,
            flat=self.transcript.flat,
            turns=self.transcript.turns,
            records=records,
            stages=dict(stages.seconds),
            seconds=seconds,
            cases=run.learned,
            skipped=self.skipped.count,
            failed=sum(self.memory.inbox.backlog()),
            peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            rules=self.config.defaults,
            learning=self._learning(),
        )
        return replace(found, llm=self._asked(found)) if self.spoken else found

    def _asked(self, found: Found) -> dict[str, Any]:
        """What the language model was asked, of so many messages and needs."""
        calls, needs = self.spoken.notes.calls if self.spoken else [], found.scores().values()
        threshold = found.threshold()
        return evaluation_llm.figures(calls, len(found.human), sum(need >= threshold for need in needs))

    def _learning(self) -> dict[str, Any]:
        """What became of the threads that people resolved, each counted as it was last read."""
        said = [action for _, action, _ in self.memory.audit.learned()]
        refused = Counter(action.removeprefix(REFUSED) for action in said if action.startswith(REFUSED))
        former = self.memory.entries.with_status(Status.SUPERSEDED)
        return {
            "proposed": said.count(PROPOSED),
            "merged": said.count(MERGED),
            "superseded": sum(self.memory.entries.steps(e.id)[-1].deed is Deed.SUPERSEDED for e in former),
            "refused": dict(refused.most_common()),
        }


def _marks(transcript: Transcript, rules: Rules) -> list[Reaction]:
    """Resolved marks as check marks on the threads' roots, by whoever asked, else by the platform."""
    askers = {turn.id: turn.author for turn in transcript.turns}
    return [
        Reaction(m.thread_id, askers[m.thread_id] if m.by_asker else PLATFORM, rules.resolved_reactions[0], True, m.at)
        for m in (transcript.resolved if rules.resolved_reactions else ())
    ]


def replay(
    file: Path, paths: Sequence[Path], config: Config, keep: Path | None = None, approve: bool = False,
    spoken: Spoken | None = None,
) -> Found:  # fmt: skip
    """Play `file` with the knowledge in `paths`; decisions go to `keep` as JSONL, without a word of the recording.

    With `approve` each proposed case goes live at once, as if helpers looked at it the same hour; `spoken` is the language
    model that is asked. Raises TranscriptError when the file cannot be played.
    """
    if keep is not None and keep.resolve() == file.resolve():
        raise VigilError(f"{keep}: decisions would overwrite the recording; name another file")
    skipped = _Skipped()
    transcript = read_transcript(file, skipped)
    skipped.summary()
    with tempfile.TemporaryDirectory(prefix="vigil-replay-") as folder:
        memory = open_memory(Path(folder) / "replay.db", durable=False)
        try:
            found = _Run(transcript, config, memory, skipped, approve, spoken).play(paths)
        finally:
            memory.database.close()
    if keep is not None:
        _keep(found.records, keep)
    return found


def _keep(records: Sequence[Record], path: Path) -> None:
    """One line a decision, by ids; titles only of documents, since those of threads are people's words."""
    try:
        with path.open("w", encoding="utf-8") as lines:
            for record in records:
                lines.write(json.dumps(_line(record), ensure_ascii=False) + "\n")
    except OSError as trouble:
        raise VigilError(f"{path}: cannot be written: {trouble.strerror}") from None


def _line(record: Record) -> dict[str, Any]:
    kept = {name: record[name] for name in KEPT}
    hits = record["suggestion"]["hits"] if record["suggestion"] else []
    titled = [{"entry": hit["entry"], "kind": hit["kind"], "helpful": hit["helpful"],
               "title": hit["title"] if hit["kind"] == Kind.SECTION else ""} for hit in hits]  # fmt: skip
    return {**kept, "sources": titled}
