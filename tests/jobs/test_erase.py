"""The eraser stopped after each of its steps: whoever takes over finishes, and nothing is lost or left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.engine import eraser_alone
from bot.jobs.erase import Eraser
from bot.memory import Memory, open_memory
from bot.messages import Message, Post, Target
from bot.models import Suggestion
from bot.outcomes import Erasure, Outcome
from knowledge.embedding import HashingEmbedder
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, Case, Hit, Kind, Status
from tests.storage.values import CHANNEL, NOW, decision, opening, turn

WORD = "zanzibar77"
ROOT = f"{CHANNEL}:1.0"
CAUSE = f"The edge gateway {WORD} rewrites JSON bodies, so no signature can match."
CURE = "Switch the rewriting off for this route, then resend the failed webhooks."
SAID = (
    turn("1.0", text="why does no HMAC signature of a webhook match?"),
    turn("1.1", "1.0", "bob", CAUSE),
    turn("1.2", "1.0", "hal", CURE),
)
READERS = Audience.everyone()
REQUESTS = {
    "a deletion": Erasure("turn", f"{CHANNEL}:1.1", "deleted", "platform"),
    "a person": Erasure("person", "bob", "requested", "cli:root"),
    "a thread": Erasure("thread", ROOT, "forgotten", "hal"),
    "retention": Erasure("thread", ROOT, "retention", "vigil"),
}


class Stopped(Exception):
    """The process ends here."""


class Mortal:
    """A port of which only so many calls are still made; together with its siblings, which count along."""

    def __init__(self, inner: Any, left: Iterator[int]) -> None:
        self._inner, self._left = inner, left

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            if next(self._left) == 0:
                raise Stopped
            return found(*args, **named)

        return call


def base(memory: Memory) -> KnowledgeBase:
    return KnowledgeBase(
        memory.entries, HashingEmbedder(), memory.database.path.with_suffix(".index"), lambda text: text, False
    )


def case(kind: Kind, source: str) -> Case:
    answer = f"{CAUSE}\n\n{CURE}"
    return Case(
        kind, "Webhooks", SAID[0].text, answer, READERS, source, authors=("amy", "bob", "hal"),
        turns=tuple(t.id for t in SAID), container=CHANNEL,
    )  # fmt: skip


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which a case and a precedent were made of the words, and an answer, a card and a draft of these."""
    folder = tmp_path_factory.mktemp("before")
    memory = open_memory(folder / "vigil.db")
    memory.ledger.commit(opening(*SAID), NOW)
    elsewhere = f"{CHANNEL}:2.0"
    answer = replace(turn("2.1", "2.0", "VIGIL", CAUSE), own=True, is_bot=True)
    memory.ledger.commit(opening(turn("2.0", author="cleo", text="no signature matches"), answer), NOW)
    live, _ = memory.entries.put(
        [case(Kind.CASE, f"thread:{ROOT}"), case(Kind.PRECEDENT, f"precedent:{ROOT}")], Status.LIVE, "vigil", NOW
    )
    said = Suggestion(CAUSE, (Hit(live, 1.0, 0.7, CAUSE, 0.5, 1.0),), 0.7)
    made = replace(decision(2), suggestion=said, entry_ids=(live.id,), thread_id=elsewhere, id="d" * 20)
    posts = [
        Post(f"{key}/suggestion", Target.THREAD, CHANNEL, Message(CAUSE), elsewhere)
        for key in ("d" * 20, f"case-{live.id}")
    ]
    memory.ledger.commit(Outcome(elsewhere, CHANNEL, 1, decisions=(made,), posts=tuple(posts)), NOW)
    for sent in ("2.1", "9.9"):
        sending = memory.outbox.claim("me", NOW)
        assert sending is not None
        memory.outbox.sent(sending.lease, f"{CHANNEL}:{sent}", NOW)
    memory.ledger.commit(Outcome(posts=(Post("draft/1", Target.CHANNEL, CHANNEL, Message(CAUSE)),)), NOW)
    base(memory).refresh()
    memory.database.close()
    return folder


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if WORD.encode() in path.read_bytes())


def erase(folder: Path, calls: int = -1) -> None:
    """Run an eraser on the store until it has finished; it dies after so many calls."""
    memory = open_memory(folder / "vigil.db")
    eraser = eraser_alone(memory, base(memory), lambda: NOW + 60)
    budget = count(calls, -1)
    for holder in (eraser, eraser._entries, eraser._own):
        for name in ("_erasures", "_persons", "_ledger", "_knowledge"):
            if hasattr(holder, name):
                setattr(holder, name, Mortal(getattr(holder, name), budget))
    eraser._entries._entries = Mortal(eraser._entries._entries, budget)
    try:
        work(eraser)
    finally:
        memory.database.close()


def work(eraser: Eraser) -> None:
    for _ in range(100):
        if not eraser.step():
            return
    raise AssertionError("never done")


class Counting(KnowledgeBase):
    """Counts how often the whole index was written to its file."""

    saves = 0

    def save_cache(self) -> None:
        """See KnowledgeBase."""
        self.saves += 1
        super().save_cache()


def test_many_threads_past_their_time_cost_the_index_few_writings(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "vigil.db")
    for number in range(1, 31):
        said = turn(f"{number}.0", text=f"question {number}")
        memory.ledger.commit(opening(said), NOW)
        precedent = replace(case(Kind.PRECEDENT, f"precedent:{said.id}"), turns=(said.id,))
        memory.entries.put([precedent], Status.LIVE, "vigil", NOW)
    known = Counting(memory.entries, HashingEmbedder(), tmp_path / "vigil.index", lambda text: text, False)
    known.refresh()
    assert memory.erasures.past(NOW, NOW + 1) == 30
    work(eraser_alone(memory, known, lambda: NOW + 60))
    assert known.size == 0
    assert memory.database.value("SELECT count(*) FROM threads") == 0
    assert known.saves < 10


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_stopped_anywhere_it_begins_again(before: Path, tmp_path: Path, request_: Erasure) -> None:
    for calls in range(0, 200, 1 if request_.kind == "turn" else 4):
        folder = tmp_path / str(calls)
        shutil.copytree(before, folder)
        memory = open_memory(folder / "vigil.db")
        memory.erasures.request(request_, NOW + 1)
        memory.database.close()
        assert left(folder)
        try:
            erase(folder, calls)
        except Stopped:
            erase(folder)
            finished(folder, request_)
            continue
        finished(folder, request_)
        assert calls > 15
        return
    raise AssertionError("it never came to its end")


def finished(folder: Path, request_: Erasure) -> None:
    memory = open_memory(folder / "vigil.db")
    assert left(folder) == []
    assert memory.erasures.open() == []
    assert memory.erasures.orphans() == {}
    proposed = [entry.case.resolution for entry in memory.entries.with_status(Status.PROPOSED)]
    assert proposed == ([CURE] if request_.kind != "thread" else [])
    assert memory.entries.with_status(Status.LIVE) == []
    waiting = {row[0] for row in memory.database.read("SELECT key FROM outbox WHERE state='queued'")}
    assert waiting == {f"remove-{CHANNEL}:{ts}/delete" for ts in ("2.1", "9.9")}
    assert memory.database.value("SELECT state FROM outbox WHERE key='draft/1'") == "failed"
    assert memory.database.value("SELECT text FROM turns WHERE author='cleo'") == "no signature matches"
    memory.database.close()
