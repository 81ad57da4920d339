"""A knowledge base of its own for measuring: put together as the bot's is, in memory, and gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot import app
from bot.config import Config
from bot.memory import open_memory
from bot.replay_progress import Progress
from knowledge.embedding import Embedder
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Hit

ACTOR = "eval"
AT_ONCE = 64


@contextmanager
def fresh(config: Config, model: Embedder) -> Iterator[KnowledgeBase]:
    """An empty knowledge base on the configured model; nothing of it outlives the context."""
    with tempfile.TemporaryDirectory(prefix="vigil-eval-") as folder:
        memory = open_memory(Path(folder) / "eval.db", durable=False)
        try:
            yield app.knowledge_base(config, memory, model, None)
        finally:
            memory.database.close()


def fill(base: KnowledgeBase, cases: Sequence[Case], what: str) -> None:
    """Put the cases in, with a bar on standard error."""
    with Progress(what, len(cases)) as progress:
        for start in range(0, len(cases), AT_ONCE):
            base.put(cases[start : start + AT_ONCE], ACTOR, 0.0)
            progress(min(start + AT_ONCE, len(cases)))


def sources(hits: Sequence[Hit]) -> list[str]:
    """What the hits came from, best first."""
    return [hit.entry.case.source for hit in hits]
