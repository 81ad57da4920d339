"""Tells Vigil's owners, once a day for each, that a budget of the language model is used up and Vigil goes on without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.config import Config
from bot.dialogue import ops_notes
from bot.llm.budgets import DAY, Reached
from bot.messages import Channel, Message, Post, Target
from bot.outcomes import Outcome
from bot.storage.base import Channels, Ledger, Runs

BEAT = "llm_budget"
"""The moment under which /healthz says it, among what last happened and not among what is wrong."""

log = structlog.get_logger("budget")


class BudgetPosts:
    """Tells the ops channel, or else the administrators; `clock` gives epoch seconds."""

    def __init__(
        self, config: Config, channels: Channels, ledger: Ledger, runs: Runs, clock: Callable[[], float]
    ) -> None:
        self._config, self._channels, self._ledger, self._runs, self._clock = config, channels, ledger, runs, clock
        self._told: set[str] = set()

    def tell(self, reached: Reached) -> None:
        """Say it, unless that was done: the posts' keys are the same all day, and a key is taken only once for ever."""
        key = self._key(reached)
        if key in self._told:
            return
        message = ops_notes.spent(reached, self._place(reached), self._config.defaults.language)
        now = self._clock()
        self._ledger.commit(Outcome(posts=tuple(self._posts(key, reached, message))), now)
        self._runs.beat(BEAT, now, f"{key.removeprefix('llm-')} is used up")
        self._told.add(key)
        log.warning(
            "a budget of the language model is used up", action="go on without", budget=reached.budget.name,
            spent=reached.spent, limit=reached.budget.limit, channel=reached.channel_id,
        )  # fmt: skip

    def _key(self, reached: Reached) -> str:
        day = datetime.fromtimestamp(reached.day * DAY, UTC).date()
        where = f"-{reached.channel_id}" if reached.budget.each_channel else ""
        return f"llm-{day}-{reached.budget.name}{where}"

    def _posts(self, key: str, reached: Reached, message: Message) -> list[Post]:
        ops = self._channel(self._config.console.ops_channel)
        if ops is not None:
            return [Post(f"{key}/ops", Target.CHANNEL, ops.id, message, event_type="vigil_ops")]
        return [
            Post(f"{key}/{person}", Target.DIRECT, reached.channel_id, message, person=person, event_type="vigil_ops")
            for person in self._config.administrators
        ]

    def _channel(self, name: str) -> Channel | None:
        wanted = name.lstrip("#")
        found = self._channels.listed() if wanted else []
        return next((c for c in found if wanted in (c.id, c.id.rsplit(":", 1)[-1], c.name)), None)

    def _place(self, reached: Reached) -> str:
        """The channel whose budget it is: by name where everybody may know it, else by id; "" for all channels."""
        if not reached.budget.each_channel:
            return ""
        known = self._channels.get(reached.channel_id)
        plain = known is not None and known.name and not (known.private or known.direct or known.shared)
        return f"#{known.name}" if known is not None and plain else reached.channel_id.rsplit(":", 1)[-1]
