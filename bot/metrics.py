"""Prometheus text, computed from recorded rows whenever somebody asks, so that the corridor pushes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily


class _Rows:
    """A collector over numbers that were just read."""

    def __init__(self, rows: Mapping[str, tuple[str, Mapping[str, float]]]) -> None:
        self._rows = rows

    def collect(self) -> list[GaugeMetricFamily]:
        """One gauge family a name; its samples carry one label, `kind`, unless the label is empty."""
        families = []
        for name, (what, samples) in self._rows.items():
            labelled = [key for key in samples if key]
            family = GaugeMetricFamily(f"vigil_{name}", what, labels=["kind"] if labelled else [])
            for label, value in samples.items():
                family.add_metric([label] if label else [], value)
            families.append(family)
        return families


def render(
    stats: Mapping[str, float],
    inbox: tuple[int, int],
    outbox: tuple[int, int],
    beats: Mapping[str, float],
) -> str:
    """Text for `/metrics`: all-time counts, backlogs as (waiting, failed), seconds since each heartbeat."""
    counted = {key: float(value) for key, value in stats.items()}
    rows = {
        "turns": ("Turns recorded", {"": counted.get("turns", 0.0)}),
        "decisions": (
            "Decisions by action",
            {name: counted.get(name, 0.0) for name in ("silent", "hold", "draft", "private", "public")},
        ),
        "feedback": ("Feedback given", {name: counted.get(name, 0.0) for name in ("helpful", "not_helpful")}),
        "threads_resolved": ("Threads now resolved", {"": counted.get("resolved", 0.0)}),
        "follow_ups": ("Follow-ups decided upon", {"": counted.get("follow_up", 0.0)}),
        "entries": (
            "Knowledge entries",
            {"live": counted.get("live_entries", 0.0), "proposed": counted.get("proposed_entries", 0.0)},
        ),
        "inbox": ("Events not yet worked off", {"open": float(inbox[0]), "failed": float(inbox[1])}),
        "outbox": ("Posts not yet sent", {"open": float(outbox[0]), "failed": float(outbox[1])}),
        "silent_seconds": ("Seconds since the process last gave a sign of life", dict(beats)),
    }
    registry = CollectorRegistry()
    registry.register(_Rows({name: row for name, row in rows.items() if row[1]}))
    return generate_latest(registry).decode()
