"""Proves that no row and no vector points to nothing, and that nothing waits to be erased for too long."""

from __future__ import annotations

import time

from bot import app
from bot.config import Config
from bot.doctor_check import Check
from bot.memory import Memory
from knowledge.embedding import Embedder
from knowledge.mirror import read
from knowledge.models import Status

LATE_SECONDS = 60.0
MEND = "remove them with: vigil knowledge repair"


def orphans(config: Config, memory: Memory, model: Embedder | None) -> Check:
    """One line on rows without what they belong to, vectors in the index file without a live entry, and late erasures."""
    found = memory.erasures.orphans()
    if strays := _strays(config, memory, model) if model is not None else 0:
        found["index"] = strays
    if found:
        rows = ", ".join(f"{number} in {name}" for name, number in found.items())
        return Check("orphans", False, f"rows that point to nothing: {rows}; {MEND}")
    late = [erasure for erasure in memory.erasures.open() if time.time() - erasure.at > LATE_SECONDS]
    if late:
        waited = (time.time() - late[0].at) / 60
        say = f"{len(late)} erasure(s) wait, the oldest for {waited:.0f} min; a running Vigil works them off: vigil run"
        return Check("orphans", False, say)
    return Check("orphans", True, "no row and no vector points to nothing, and nothing waits to be erased")


def _strays(config: Config, memory: Memory, model: Embedder) -> int:
    """Entries that the index file holds though they are not live; one that is behind is followed at start, and not judged."""
    newest = memory.entries.last_change()
    kept = read(app.cache_path(config), model.model, model.dim, newest)
    if kept is None or kept[1] < newest:
        return 0
    return len(kept[0].differing(memory.entries.changes(Status.LIVE))[0])
