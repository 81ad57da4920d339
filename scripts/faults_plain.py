"""The same trial against a plain Bolt listener: the same load, faults and kills, and a ledger that must see losses."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faults_history import shortest
from faults_ledger import Ledger, broken, once_each
from faults_load import Story
from faults_play import Play, play
from faults_schedule import let_chance, schedule
from faults_stage_slack import SlackStage
from faults_strikes import AHEAD
from faults_trial import progress

BOT = Path(__file__).parent / "faults_plain_bot.py"
PATIENCE, REST = 8.0, 10.0
"""Seconds for which people wait for an answer, and for which all must be still at the end."""


class Plain:
    """The plain bot's process, started again whenever it is dead, as a service manager would."""

    def __init__(self, stage: SlackStage, folder: Path) -> None:
        self._stage, self.heard, self._log = stage, folder / "heard", folder / "plain.log"
        self._run: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> None:
        """Start it when it does not run."""
        if self._run is None or self._run.poll() is not None:
            with self._log.open("ab") as log:
                line = [sys.executable, str(BOT), self._stage.api_url, str(self.heard)]
                self._run = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self) -> None:
        """`kill -9`, by its own id."""
        assert self._run is not None
        self._run.kill()
        self._run.wait()
        self.kills += 1
        self._stage.note("kill -9")
        self.start()


def trial(load: list[Story], kills: int, seed: int) -> tuple[dict[str, Any], list[str]]:
    """The figures of a run against the plain bot, and the shortest history of what it lost or doubled."""
    events = sum(len(story.acts) for story in load)
    with tempfile.TemporaryDirectory() as name, SlackStage() as stage, progress("plain Bolt", events) as bar:
        plain = Plain(stage, Path(name))
        plain.start()
        try:
            stage.wait_connected(timeout=60)
            let_chance(stage, seed)
            began = time.monotonic()
            plays = _played(stage, plain, load, kills, seed, bar)
            ledger = ledger_of(stage, plays, set(plain.heard.read_text().split()))
        finally:
            plain.kill()
        told = {
            "bot": "plain", "seed": seed, "events": events, "kills": plain.kills - 1, "lost": ledger.count("lost"),
            "doubled": ledger.count("doubled"), "stragglers": ledger.stragglers, "follow_ups_missed": None,
            "follow_ups_doubled": None, "seconds": round(time.monotonic() - began, 1),
            "acknowledged": ledger.acknowledged, "posts": ledger.posts,
        }  # fmt: skip
    history = [f"seed {seed}: {', '.join(broken(ledger))}", *shortest(ledger.findings, stage)]
    return told, history if ledger.findings else []


def _played(stage: SlackStage, plain: Plain, load: list[Story], kills: int, seed: int, bar: Any) -> list[Play]:
    """Play the load while every kill of the schedule strikes the one process that there is."""
    strikes = [
        strike for strike in schedule(seed, sum(len(s.acts) for s in load), kills, SlackStage) if _kills(strike.what)
    ]
    next_at = 0.0

    def tick(done: int) -> int:
        nonlocal next_at
        plain.start()
        if strikes and strikes[0].at <= done and stage.connections and stage.clock() >= next_at:
            plain.kill()
            next_at = stage.clock() + strikes.pop(0).seconds
        bar(done, f"{plain.kills} kills")
        return strikes[0].at + AHEAD if strikes else 1 << 60

    done = sum(len(story.acts) for story in load)
    plays = play(stage, load, tick, PATIENCE, 60.0)
    since = time.monotonic()
    while time.monotonic() - since < REST:
        tick(done)
        since = time.monotonic() if stage.unacked() or strikes else since
        time.sleep(0.05)
    return plays


def _kills(what: str) -> bool:
    return what.startswith("point ") or what in ("worker", "listener", "supervisor", "everything")


def ledger_of(stage: SlackStage, plays: Sequence[Play], heard: set[str]) -> Ledger:
    """What was acknowledged and never dealt with is lost; a question that stands must have one answer, and only one."""
    found = Ledger()
    for told in stage.records.told:
        payload = told.envelope.payload
        inner = payload.get("event", payload)
        if not told.envelope.acked or inner.get("bot_id") or told.story is None:
            continue
        found.acknowledged += 1
        if str(inner.get("event_ts") or inner.get("ts") or payload.get("trigger_id")) not in heard:
            found.add("lost", told.story, f"{inner.get('type', 'command')} was acknowledged and not dealt with")
    for one in plays:
        _answered(found, one, stage)
    once_each(found, stage)
    return found


def _answered(found: Ledger, play: Play, stage: SlackStage) -> None:
    asks = Counter(act.kind for act in play.story.acts if act.name == "q" and "?" in act.text and act.kind == "say")
    if asks and not any(act.kind == "delete" for act in play.story.acts):
        count = len(stage.records.by_thread[play.names["q"]])
        found.posts += count
        if not count:
            found.add("lost", play.story.number, "the question was acknowledged and never answered")
