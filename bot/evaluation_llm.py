"""The language model of a replay: which one is asked, within which budgets, and what that came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from typing import Any

import click

from bot import app
from bot.app_metering import limits
from bot.config import LLM, Config
from bot.llm.base import Call, Voice
from bot.llm.budgets import UNMADE, Limits
from bot.llm.metered import Metered
from bot.llm.scripted_voice import Scripted
from bot.models import VigilError

SCRIPTED, CONFIGURED = "scripted", "configured"
ANTHROPIC = "Anthropic"


@dataclass(slots=True)
class Notes:
    """A bot.llm.base.Book in this process, for any thread; a replay's store belongs to one thread only."""

    calls: list[Call] = field(default_factory=list)
    _rows: list[tuple[Call, str, float]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, call: Call, channel_id: str, at: float) -> None:
        """Write down a call."""
        with self._lock:
            self.calls.append(call)
            self._rows.append((call, channel_id, at))

    def spent(self, since: float, channel_id: str | None = None, until: float = inf) -> tuple[int, float]:
        """See bot.llm.base.Book."""
        with self._lock:
            rows = [c for c, place, at in self._rows if since <= at < until and channel_id in (None, place)]
        return sum(c.read + c.cached + c.kept + c.written for c in rows), sum(c.cost for c in rows)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A replay's voice, and the notes of what it was asked."""

    voice: Voice
    notes: Notes


def spoken(kind: str, config: Config) -> Spoken:
    """The voice of that kind. What is scripted costs nothing and has no budget; the configured one has a day's for it all.

    Raises VigilError where no model is configured.
    """
    notes = Notes()
    if kind == SCRIPTED:
        return Spoken(Metered(Scripted(config.llm), notes, Limits(), lambda: 0.0), notes)
    voice = app.voice(config)
    if voice is None:
        raise VigilError("[llm] enabled is false, so no model is configured; set it, or choose --llm scripted")
    click.echo(warning(config.llm), err=True)
    return Spoken(Metered(voice, notes, limits(config.llm), lambda: 0.0), notes)


def warning(settings: LLM) -> str:
    """What will leave this machine, where to, and what it may cost at most."""
    tokens = f"{settings.tokens_per_day:,} tokens" if settings.tokens_per_day else "any number of tokens"
    money = f" and {settings.cost_per_day:.2f} in money" if settings.cost_per_day else ""
    return (
        f"--llm configured: words of the recording, with what looks secret or personal taken out, go to "
        f"{settings.base_url or ANTHROPIC} ({settings.model}); at most {tokens}{money} are used, the budgets of one day in [llm]"
    )


def figures(calls: Sequence[Call], messages: int, questions: int) -> dict[str, Any]:
    """What the calls of a replay came to: of so many messages by people, of which triage took so many for a need."""
    made = [call for call in calls if call.failure not in UNMADE]
    tasks = Counter(call.task.value for call in made)
    tokens: Counter[str] = Counter()
    for call in made:
        tokens[call.task.value] += call.read + call.cached + call.kept + call.written
    kinds = {kind: sum(getattr(call, kind) for call in made) for kind in ("read", "cached", "kept", "written")}
    return {
        "calls": len(made),
        "calls_per_message": round(len(made) / max(1, messages), 4),
        "tokens_per_1000_messages": {task: round(1000 * n / max(1, messages)) for task, n in tokens.most_common()},
        "calls_by_task": dict(tasks.most_common()),
        "failures": dict(Counter(call.failure for call in calls if call.failure).most_common()),
        "cost": round(sum(call.cost for call in made), 6),
        "tokens": kinds,
        "written_by_task": {t: sum(c.written for c in made if c.task == t) for t in tasks},
        "questions": questions,
        "calls_per_question": round(len(made) / max(1, questions), 3),
        "tokens_per_question": {task: round(n / max(1, questions)) for task, n in tokens.most_common()},
    }
