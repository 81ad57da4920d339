"""Health is what the supervisor and its lookout know, put as reasons in plain words why Vigil is not well; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.supervisor import Child
from bot.supervisor_lookout import Reading
from bot.supervisor_signs import STARTING

QUIET = 8.0
"""Seconds without a sign (a healthy child gives one every two) after which a child is said to be silent."""
UNREAD = 5.0
"""Seconds after which the store, which is read every second, is said not to answer."""
PROBE = "probe/"
"""What the names of the probes' moments begin with; the listener's name follows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When something is too late, in seconds: `late` for what waits in a box, `probe` between two probes."""

    late: float
    probe: float


@dataclass(frozen=True, slots=True)
class Health:
    """`why` are the reasons why Vigil is not well, none when it is; `starting` says that all of them will pass by themselves.

    `children` and `facts` are what `/healthz` shows beside them.
    """

    why: tuple[str, ...]
    starting: bool
    children: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return not self.why

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "ok": self.well,
            "why": list(self.why),
            "starting": self.starting,
            "children": self.children,
            **self.facts,
        }


def judged(children: Sequence[Child], reading: Reading, limits: Limits, now: float) -> Health:
    """How Vigil fares at `now` (monotonic seconds)."""
    troubles = [(child, _child(child, now)) for child in children]
    starting = [why for child, why in troubles if why and _begins(child)]
    why = [why for _, why in troubles if why] + _store(children, reading, limits, now)
    rows = {child.name: _row(child, now) for child in children}
    return Health(tuple(why), bool(why) and len(starting) == len(why), rows, _facts(children, reading))


def _begins(child: Child) -> bool:
    """Whether nothing is known yet, or only that it is starting."""
    if child.process is None and not child.ended:
        return True
    return child.alive() and not child.killed and (child.sign is None or child.sign.note == STARTING)


def _child(child: Child, now: float) -> str:
    """Why a child is not well, "" when it is."""
    if child.killed:
        return f"the {child.name} process {child.killed}"
    if not child.alive():
        ended = child.ended if child.process is None else f"ended by itself with code {child.process.returncode}"
        return (
            f"the {child.name} process {ended}; it is started again"
            if ended
            else f"the {child.name} process is starting"
        )
    if child.sign is None or (child.sign.well and child.sign.note == STARTING):
        again = f" again: it {child.ended}" if child.ended else ""
        return f"the {child.name} process is starting{again}"
    if not child.sign.well:
        return f"the {child.name} process says: {child.sign.note}"
    silent = now - (child.heard_at or now)
    return f"the {child.name} process has given no sign of life for {silent:.0f} s" if silent > QUIET else ""


def _store(children: Sequence[Child], reading: Reading, limits: Limits, now: float) -> list[str]:
    """What is wrong with the database or with what waits in it."""
    if reading.trouble:
        return [f"the database cannot be used: {reading.trouble}"]
    if now - reading.at > UNREAD:
        return [f"the database has not answered for {now - reading.at:.0f} s"]
    figures, found = reading.figures, []
    if figures.inbox_age is not None and figures.inbox_age > limits.late:
        found.append(
            f"the oldest of {figures.inbox_open} events has waited for the worker for {figures.inbox_age:.0f} s"
        )
    if figures.outbox_age is not None and figures.outbox_age > limits.late:
        found.append(f"the oldest of {figures.outbox_open} posts has waited to be sent for {figures.outbox_age:.0f} s")
    for name, age in reading.ages.items():
        known = any(
            name == f"{PROBE}{child.name}" for child in children
        )  # of a platform that was switched off none comes
        if known and age > limits.late + limits.probe:
            found.append(f"no probe has come through from {name.removeprefix(PROBE)} to the worker for {age:.0f} s")
    return found


def _row(child: Child, now: float) -> dict[str, object]:
    """How a child fares; what the process before it said is none of its own."""
    return {
        "alive": child.alive(),
        "silent_seconds": None if child.heard_at is None or child.sign is None else round(now - child.heard_at, 1),
        "note": child.sign.note if child.sign else "",
        "restarts": child.restarts,
        "last_end": child.ended,
    }


def gauges_of(children: Sequence[Child]) -> dict[str, float]:
    """What the children measured, by name; where several did, the worst of it."""
    found: dict[str, float] = {}
    for name, value in (pair for child in children if child.sign for pair in child.sign.gauges.items()):
        found[name] = max(value, found.get(name, value))
    return found


def _facts(children: Sequence[Child], reading: Reading) -> dict[str, object]:
    """Ages and delays (seconds) for people who look into `/healthz`."""
    figures = reading.figures
    gauges = gauges_of(children)
    return {
        "store": reading.trouble,
        "audit": figures.audit,
        "inbox": {"open": figures.inbox_open, "oldest_seconds": figures.inbox_age},
        "outbox": {"open": figures.outbox_open, "oldest_seconds": figures.outbox_age},
        "lag_seconds": {name.removeprefix("lag/"): value for name, value in gauges.items() if name.startswith("lag/")},
        "loops_silent_seconds": {n.removeprefix("loop/"): v for n, v in gauges.items() if n.startswith("loop/")},
        "dropped": sum(child.counts().get("dropped", 0) for child in children),
        "last": {
            name: {"seconds_ago": round(age, 1), "said": figures.notes.get(name, "")}
            for name, age in reading.ages.items()
        },
    }
