"""The overseer of a running Vigil: reads how it fares, answers for it, and tells the ops channel when that changes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from bot import metrics
from bot.app_metering import limits
from bot.config import Config
from bot.dialogue import ops_notes
from bot.jobs.caught_up import told, walk_of
from bot.live_budgets import left
from bot.llm.budgets import Limits as Budgets
from bot.memory import Memory
from bot.messages import Post, Target
from bot.metrics import Metric
from bot.outcomes import Outcome
from bot.store import StoreLost
from bot.supervisor import Child
from bot.supervisor_health import PROBE, Health, Limits, gauges_of, judged
from bot.supervisor_incident import Incident
from bot.supervisor_lookout import Figures, Lookout

log = structlog.get_logger("overseer")


class Overseer:
    """Health and metrics of the children and of the store they share."""

    def __init__(
        self, config: Config, memory: Memory, children: Sequence[Child], lost: Callable[[str], None] = lambda _: None
    ) -> None:
        """`lost` hears why nothing more may be written to this store."""
        self._memory, self._children, self._lost, self._gone = memory, children, lost, False
        self._channel, self._language = config.console.ops_channel, config.defaults.language
        self._budgets = limits(config.llm) if config.llm.enabled else Budgets()
        self._limits = Limits(config.console.late_seconds, config.console.probe_seconds)
        self._lookout = Lookout(self.figures, self._watch)
        self._incident = Incident(self._tell)

    def start(self) -> None:
        """Begin to look."""
        self._lookout.start()

    def stop(self) -> None:
        """Look no more."""
        self._lookout.stop()

    def health(self) -> Health:
        """How Vigil fares now, from what is known already: it never waits for the store."""
        return judged(self._children, self._lookout.reading, self._limits, time.monotonic())

    def figures(self) -> Figures:
        """How the store stands; raises VigilError in plain words."""
        now = time.time()
        try:
            self._memory.runs.beat("supervisor", now)  # a disk that takes no more is found out by writing only
        except StoreLost as lost:
            if not self._gone:
                self._gone = True
                self._lost(str(lost))
            raise
        events, since = self._memory.inbox.oldest()
        posts, queued = self._memory.outbox.oldest()
        beats = self._memory.runs.beats()
        if walk := walk_of(told(self._memory.runs)["last"]):
            beats["catch_up"] = walk.at + walk.seconds, walk.line()
        return Figures(
            events, None if since is None else round(max(0.0, now - since), 1),
            posts, None if queued is None else round(max(0.0, now - queued), 1),
            {name: at for name, (at, _) in beats.items()}, {name: said for name, (_, said) in beats.items()},
            str(self._memory.audit.head()),
        )  # fmt: skip

    def metrics(self) -> str:
        """Text for `/metrics`; what only the store knows is left out while the store cannot be read."""
        reading, memory = self._lookout.reading, self._memory
        alive = self._alive()
        if reading.trouble:
            return metrics.render(alive)
        stored = metrics.stored(memory.decisions.stats(None, 0.0), memory.inbox.backlog(), memory.outbox.backlog())
        voiced = metrics.voiced(memory.calls.totals(), left(self._budgets, memory, time.time()))
        return metrics.render([*stored, *voiced, *alive])

    def _alive(self) -> list[Metric]:
        now, reading = time.monotonic(), self._lookout.reading
        counts: Counter[str] = sum((child.counts() for child in self._children), Counter())
        gauges = gauges_of(self._children)
        silent = {c.name: now - c.heard_at for c in self._children if c.heard_at is not None}
        restarts = {c.name: float(c.restarts) for c in self._children}
        oldest = {"inbox": reading.figures.inbox_age or 0.0, "outbox": reading.figures.outbox_age or 0.0}
        notes = reading.figures.notes.items()
        probes = {n.removeprefix(PROBE): float(said.split()[0]) for n, said in notes if n.startswith(PROBE)}
        return metrics.alive(counts, gauges, silent, restarts, oldest, reading.ages, probes, self.health().well)

    def _watch(self) -> None:
        self._incident.look(self.health(), sum(child.restarts for child in self._children))

    def _tell(self, number: int, why: str, seconds: float | None) -> None:
        """Post to the ops channel, by the outbox, once: a post's key is taken only once."""
        if not self._channel:
            return
        channel = self._ops()
        if channel is None:
            log.warning("ops channel unknown", action="leave untold", channel=self._channel)
            return
        message = ops_notes.unwell(why, self._language) if seconds is None else ops_notes.again(seconds, self._language)
        key = f"ops-{number}/{'unwell' if seconds is None else 'well'}"
        post = Post(key, Target.CHANNEL, channel, message, event_type="vigil_ops")
        self._memory.ledger.commit(Outcome(posts=(post,)), time.time())

    def _ops(self) -> str | None:
        wanted = self._channel.lstrip("#")
        found = self._memory.channels.listed()
        return next((c.id for c in found if wanted in (c.id, c.id.rsplit(":", 1)[-1], c.name)), None)
