"""Prometheus text, computed whenever somebody asks from recorded rows and from what the children said of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Metric

from bot.llm.budgets import UNMADE, Usage
from bot.tally import STEPS

FATES = ("stored", "known", "nothing_to_us", "sent_back", "foreign", "not_stored")


class _Rows:
    """A collector over numbers that were just read."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """They are complete as they are."""
        return self._families


def _gauge(name: str, what: str, samples: Mapping[str, float]) -> Metric:
    """One gauge family; its samples carry one label, `kind`, unless the label is empty."""
    family = GaugeMetricFamily(f"vigil_{name}", what, labels=["kind"] if any(samples) else [])
    for label, value in samples.items():
        family.add_metric([label] if label else [], value)
    return family


def _counter(name: str, what: str, samples: Mapping[str, float], by: str = "kind") -> Metric:
    """The same for what only grows; Prometheus adds `_total` to the name."""
    family = CounterMetricFamily(f"vigil_{name}", what, labels=[by] if any(samples) else [])
    for label, value in samples.items():
        family.add_metric([label] if label else [], value)
    return family


def stored(stats: Mapping[str, float], inbox: tuple[int, int], outbox: tuple[int, int]) -> list[Metric]:
    """What the store counts: all-time counts, and backlogs as (waiting, failed)."""
    counted = {key: float(value) for key, value in stats.items()}
    actions = ("silent", "hold", "draft", "private", "public")
    entries = {"live": counted.get("live_entries", 0.0), "proposed": counted.get("proposed_entries", 0.0)}
    return [
        _gauge("turns", "Turns recorded", {"": counted.get("turns", 0.0)}),
        _gauge("decisions", "Decisions by action", {name: counted.get(name, 0.0) for name in actions}),
        _gauge("feedback", "Feedback given", {name: counted.get(name, 0.0) for name in ("helpful", "not_helpful")}),
        _gauge("threads_resolved", "Threads now resolved", {"": counted.get("resolved", 0.0)}),
        _gauge("follow_ups", "Follow-ups decided upon", {"": counted.get("follow_up", 0.0)}),
        _gauge("entries", "Knowledge entries", entries),
        _gauge("inbox", "Events not yet worked off", {"open": float(inbox[0]), "failed": float(inbox[1])}),
        _gauge("outbox", "Posts not yet sent", {"open": float(outbox[0]), "failed": float(outbox[1])}),
    ]


def voiced(totals: Sequence[Usage], left: Mapping[tuple[str, str], float]) -> list[Metric]:
    """What a language model was asked: all-time calls by (task, failure), and what is `left` today of each budget, by its
    setting and channel ("" for all)."""
    made = [usage for usage in totals if usage.calls]
    tokens = {kind: float(sum(getattr(u, kind) for u in made)) for kind in ("read", "cached", "kept", "written")}
    calls = CounterMetricFamily("vigil_llm_calls", "Calls to the language model", labels=["task", "outcome"])
    refused = CounterMetricFamily("vigil_llm_refused", "Calls that were not made", labels=["task", "why"])
    for usage in totals:
        task, failure = usage.of
        (refused if failure in UNMADE else calls).add_metric([task, failure or "answered"], usage.times)
    budgets = GaugeMetricFamily("vigil_llm_budget_left", "What is left today of a budget", labels=["budget", "channel"])
    for name, amount in left.items():
        budgets.add_metric(name, amount)
    return [
        calls,
        refused,
        _counter("llm_tokens", "Tokens of the language model", tokens if made else {}),
        _counter("llm_seconds", "Seconds that its calls took", _by_task(made, "seconds"), "task"),
        _counter("llm_cost", "What its calls cost, in the currency of the prices", _by_task(made, "cost"), "task"),
        budgets,
    ]


def _by_task(usages: Sequence[Usage], what: str) -> dict[str, float]:
    tasks = {usage.of[0] for usage in usages}
    return {task: float(sum(getattr(u, what) for u in usages if u.of[0] == task)) for task in sorted(tasks)}


def alive(
    counts: Mapping[str, float],
    gauges: Mapping[str, float],
    silent: Mapping[str, float],
    restarts: Mapping[str, float],
    oldest: Mapping[str, float],
    last: Mapping[str, float],
    probes: Mapping[str, float],
    well: bool,
) -> list[Metric]:
    """What the supervisor knows: the tallies of its children, seconds of silence and restarts by child, the age of the
    `oldest` in inbox and outbox, seconds since things `last` happened, and seconds that the last probes took."""
    retries = {"redelivered": "redelivered", "sends": "sent_again", "rate_limits": "platform_limited"}
    loops = {name.removeprefix("loop/"): age for name, age in gauges.items() if name.startswith("loop/")}
    return [
        _gauge("healthy", "1 when /healthz says that all is well", {"": float(well)}),
        _gauge("silent_seconds", "Seconds since the process last gave a sign of life", silent),
        _gauge("loop_silent_seconds", "Seconds since a loop of the worker, or an errand that runs, gave a sign", loops),
        _gauge("inbox_age_seconds", "Age of the oldest event not yet worked off", {"": oldest.get("inbox", 0.0)}),
        _gauge("outbox_age_seconds", "Age of the oldest post not yet sent", {"": oldest.get("outbox", 0.0)}),
        _gauge("since_seconds", "Seconds since it last happened", last),
        _gauge(
            "probe_seconds",
            "Seconds that the last probe took from the listener through the inbox to the worker",
            probes,
        ),
        _counter("events", "Envelopes heard, by what became of them", {name: counts.get(name, 0.0) for name in FATES}),
        _counter("dropped", "Envelopes acknowledged with nothing stored", {"": counts.get("dropped", 0.0)}),
        _counter("retries", "What was done again, and limits met", {k: counts.get(n, 0.0) for k, n in retries.items()}),
        _counter("platform_calls", "Calls to the platforms", {"": counts.get("platform_call", 0.0)}),
        _counter("restarts", "Times a child was started again", restarts),
        _lags(counts),
    ]


def _lags(counts: Mapping[str, float]) -> Metric:
    """Delays from what happened to its commit, and to the decision, as a histogram a kind."""
    family = HistogramMetricFamily(
        "vigil_lag_seconds", "Seconds from an event to its commit and its decision", labels=["kind"]
    )
    for kind in ("commit", "decision"):
        total, buckets = 0.0, []
        for end in (*(f"{step:g}" for step in STEPS), "inf"):
            total += counts.get(f"lag/{kind}/{end}", 0.0)
            buckets.append(("+Inf" if end == "inf" else end, total))
        family.add_metric([kind], buckets, counts.get(f"lag/{kind}/sum", 0.0))
    return family


def render(families: Iterable[Metric]) -> str:
    """Text for `/metrics`; a family without samples is left out."""
    registry = CollectorRegistry()
    registry.register(_Rows([family for family in families if family.samples]))
    return generate_latest(registry).decode()
