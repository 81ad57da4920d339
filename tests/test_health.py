"""Health: every way to be unwell has its reason, incidents are told once, and what is shown can be read by machines."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.config import LLM, Config, Console, StoreSettings
from bot.demo import free_port
from bot.events import Probe, Turn
from bot.live_health import Overseer
from bot.llm.base import Call, Task
from bot.memory import Memory, open_memory
from bot.messages import Channel
from bot.models import VigilError
from bot.storage.sqlite import StoreError
from bot.store import take
from bot.supervisor import FATAL, Child, Supervisor
from bot.supervisor_console import serve
from bot.supervisor_health import Health, Limits, judged
from bot.supervisor_incident import LASTING, PATIENCE, Incident
from bot.supervisor_lookout import Figures, Lookout, Reading
from bot.supervisor_signs import STARTING, Sign

LIMITS = Limits(late=120.0, probe=15.0)
NOW = 5000.0


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as found:
        yield found
        found.communicate(b"\n")


@pytest.fixture
def child(process: subprocess.Popen[bytes]) -> Child:
    """A worker that was well a second ago."""
    found = Child("worker", [], 0, process, started_at=NOW - 600)
    found.hear(process, Sign(True, "ready", {"dropped": 0}, {"lag/decision": 0.5, "loop/turns": 0.1}), NOW - 1)
    return found


def why(child: Child, reading: Reading | None = None, now: float = NOW) -> tuple[str, ...]:
    return judged([child], reading or Reading(now), LIMITS, now).why


def test_all_is_well(child: Child) -> None:
    found = judged([child], Reading(NOW), LIMITS, NOW)
    assert (found.well, found.why, found.starting) == (True, (), False)
    assert found.plain()["lag_seconds"] == {"decision": 0.5}


def test_a_child_that_is_silent_starting_or_says_that_it_is_unwell(child: Child) -> None:
    assert why(child, now=NOW + 20) == ("the worker process has given no sign of life for 21 s",)
    child.hear(child.process, Sign(True, STARTING), NOW)
    assert why(child) == ("the worker process is starting",)
    assert judged([child], Reading(NOW), LIMITS, NOW).starting
    child.hear(child.process, Sign(False, "turns has been at one step for 130 s"), NOW)
    assert why(child) == ("the worker process says: turns has been at one step for 130 s",)
    assert not judged([child], Reading(NOW), LIMITS, NOW).starting


def test_a_child_that_died_is_not_well_whatever_it_said_last(child: Child) -> None:
    left_behind = child.process
    child.process, child.ended = None, "ended by itself with code -9"
    assert why(child) == ("the worker process ended by itself with code -9; it is started again",)
    child.hear(left_behind, Sign(True, "ready"), NOW)
    assert child.heard_at == NOW - 1, "a sign that the dead left behind counts no more"


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (Reading(NOW, trouble="v.db: locked"), "the database cannot be used: v.db: locked"),
        (Reading(NOW - 12), "the database has not answered for 12 s"),
        (Reading(NOW, Figures(7, 121.0)), "the oldest of 7 events has waited for the worker for 121 s"),
        (Reading(NOW, Figures(0, None, 2, 500.0)), "the oldest of 2 posts has waited to be sent for 500 s"),
        (Reading(NOW, ages={"probe/worker": 136.0}), "no probe has come through from worker to the worker for 136 s"),
        (Reading(NOW, Figures(7, 119.0, 2, 119.0), {"probe/worker": 134.0, "catch_up": 9999.0}), ""),
    ],
)
def test_what_is_wrong_with_the_store_is_said(child: Child, reading: Reading, reason: str) -> None:
    assert why(child, reading) == ((reason,) if reason else ())


def test_the_lookout_tells_ages_by_what_it_saw_change_and_not_by_the_clock() -> None:
    now, moments = [NOW], {"probe/slack": 1e9}
    lookout = Lookout(lambda: Figures(moments=dict(moments)), lambda: None, lambda: now[0])
    lookout.look()
    now[0] += 50
    assert lookout.look().ages == {"probe/slack": 50}
    moments["probe/slack"] = 5.0  # the clock was set back by years
    assert lookout.look().ages == {"probe/slack": 0}


def test_a_store_that_cannot_be_read_is_said_at_once() -> None:
    def locked() -> Figures:
        raise StoreError("v.db: locked by another program")

    lookout = Lookout(locked, lambda: None, lambda: NOW)
    assert lookout.look().trouble == "v.db: locked by another program"


class Told:
    """An incident on a clock of its own, and what it posted: (why, seconds)."""

    def __init__(self) -> None:
        self.now, self.posts, self.broken = NOW, list[tuple[str, float | None]](), False
        self.incident = Incident(self.post, lambda: self.now)

    def post(self, number: int, why: str, seconds: float | None) -> None:
        if self.broken:
            raise VigilError("the store is locked")
        self.posts.append((why, seconds))

    def look(self, *why: str, starting: bool = False, restarts: int = 0, after: float = 1.0) -> None:
        self.now += after
        self.incident.look(Health(why, starting), restarts)


def test_an_incident_is_told_once_and_so_is_its_end() -> None:
    told = Told()
    for _ in range(30):
        told.look("deaf")
    assert told.posts == [("deaf", None)]
    for _ in range(30):
        told.look()
    assert told.posts == [("deaf", None), ("deaf", 30.0)]


def test_what_passes_in_a_moment_and_a_start_are_no_incidents() -> None:
    told = Told()
    told.look("deaf", after=PATIENCE)
    told.look()
    for _ in range(100):
        told.look("the worker process is starting", starting=True)
    told.look(after=LASTING)
    assert told.posts == []


def test_what_comes_and_goes_is_one_incident_and_a_restart_is_one_at_once() -> None:
    told = Told()
    told.look("the worker process ended", starting=True, restarts=1)
    for _ in range(5):
        told.look(restarts=1, after=LASTING / 2)
        told.look("deaf", restarts=1)
    assert told.posts == [("the worker process ended", None)]


def test_a_store_that_takes_no_post_is_asked_again() -> None:
    told = Told()
    told.broken = True
    for _ in range(10):
        told.look("locked")
    told.broken = False
    told.look()
    assert told.posts == [("locked", None)]


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return open_memory(tmp_path / "vigil.db")


@pytest.fixture
def overseer(memory: Memory, child: Child) -> Overseer:
    memory.channels.put([Channel("slack:T1:C1", "ops")], NOW)
    config = Config(store=StoreSettings(path=str(memory.database.path)), console=Console(ops_channel="#ops"))
    return Overseer(config, memory, [child])


def test_a_database_that_was_taken_away_is_not_well(overseer: Overseer, memory: Memory, tmp_path: Path) -> None:
    assert overseer.figures().inbox_open == 0
    memory.database.path.rename(tmp_path / "elsewhere.db")
    with pytest.raises(VigilError, match="moved, deleted or replaced"):
        overseer.figures()


def test_what_waits_is_counted_with_its_age(overseer: Overseer, memory: Memory) -> None:
    turn = Turn("slack:T1:C1:1.0", "slack:T1:C1:1.0", "slack:T1:C1", "amy", "hello", NOW)
    memory.inbox.put(turn, "r1", (), NOW)
    found = overseer.figures()
    assert found.inbox_open == 1
    assert found.inbox_age is not None
    assert found.inbox_age > 1e9, "received long ago by this clock"
    assert (found.outbox_open, found.outbox_age) == (0, None)


def test_the_ops_channel_is_told_through_the_outbox_each_thing_once(overseer: Overseer, memory: Memory) -> None:
    for seconds in (None, None, 12.4, 12.4):
        overseer._tell(7, "the worker process ended", seconds)
    posts = []
    while (sending := memory.outbox.claim("me", 2e9)) is not None:
        posts.append((sending.post.key, sending.post.channel_id, sending.post.message.text))
        memory.outbox.sent(sending.lease, "t", 2e9)
    assert [key for key, _, _ in posts] == ["ops-7/unwell", "ops-7/well"]
    assert {channel for _, channel, _ in posts} == {"slack:T1:C1"}
    assert "the worker process ended" in posts[0][2]
    assert "after 12 s" in posts[1][2]


def test_the_metrics_can_be_parsed_and_name_what_the_health_knows(
    overseer: Overseer, child: Child, memory: Memory
) -> None:
    counts = {"dropped": 0, "redelivered": 2, "lag/commit/0.5": 3, "lag/commit/inf": 1, "lag/commit/sum": 9.5}
    child.hear(child.process, Sign(True, "ready", counts, {"loop/turns": 0.2}), NOW)
    child.restarts = 4
    memory.runs.beat("probe/slack", NOW, "1.500 s, 0.200 s to its commit")
    overseer._lookout.look()
    text = overseer.metrics()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    values = {(s.name, *s.labels.values()): s.value for family in families.values() for s in family.samples}
    assert values["vigil_dropped_total",] == 0
    assert values["vigil_restarts_total", "worker"] == 4
    assert values["vigil_probe_seconds", "slack"] == 1.5
    assert values["vigil_since_seconds", "probe/slack"] >= 0
    assert values["vigil_retries_total", "redelivered"] == 2
    assert values["vigil_loop_silent_seconds", "turns"] == 0.2
    assert values["vigil_lag_seconds_bucket", "commit", "0.5"] == 3
    assert values["vigil_lag_seconds_bucket", "commit", "+Inf"] == values["vigil_lag_seconds_count", "commit"] == 4
    assert {families["vigil_lag_seconds"].type, families["vigil_dropped"].type} == {"histogram", "counter"}
    assert all(family.documentation for family in families.values())


def test_the_counts_of_the_dead_are_not_forgotten(process: subprocess.Popen[bytes]) -> None:
    child = Child("slack", [sys.executable, "-c", "raise SystemExit(1)"], 0, process)
    child.hear(process, Sign(True, "", {"dropped": 1}), NOW)
    Supervisor([child], 20.0)._ended(child, 1, NOW)
    assert child.counts() == {"dropped": 1}
    child.process = process
    child.hear(process, Sign(True, "", {"dropped": 2}), NOW)
    assert child.counts() == {"dropped": 3}


def test_every_path_to_a_store_meets_the_same_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "data" / "vigil.db")
    (tmp_path / "folder").symlink_to(tmp_path / "data")
    monkeypatch.chdir(tmp_path / "data")
    held = take(tmp_path / "data" / "vigil.db")
    for path in (Path("vigil.db"), tmp_path / "link.db", tmp_path / "folder" / "vigil.db"):
        with pytest.raises(VigilError, match="another Vigil is running on this store"):
            take(path)
    held.close()
    take(tmp_path / "link.db").close()


@pytest.mark.parametrize(("worked", "fatal"), [(False, True), (True, False)])
def test_only_a_child_that_never_worked_can_end_it_all(
    process: subprocess.Popen[bytes], worked: bool, fatal: bool
) -> None:
    child = Child("slack", [], 0, process)
    child.hear(process, Sign(True, "" if worked else STARTING), NOW)
    supervisor = Supervisor([child], 20.0, lambda: NOW)
    supervisor._ended(child, FATAL, NOW)
    assert bool(supervisor.fatal) is fatal, "Slack or the disk may be away for a while; a wrong token stays wrong"


def test_a_child_that_waits_as_it_was_told_is_not_ended_for_it(process: subprocess.Popen[bytes]) -> None:
    child = Child("slack", [], 0, process, started_at=NOW - 100)
    supervisor = Supervisor([child], 20.0, lambda: NOW)
    child.hear(process, Sign(False, "Slack asks to wait 60 s", waits=True), NOW - 1)
    assert supervisor.silence(child, NOW) == 1
    assert why(child) == ("the worker process says: Slack asks to wait 60 s".replace("worker", "slack"),)
    child.hear(process, Sign(False, "no connection"), NOW)
    assert supervisor.silence(child, NOW + 20) == 21


@pytest.mark.parametrize(("outside", "inside"), [(None, "2"), ("7", "7")])
def test_children_keep_few_heaps_unless_somebody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: str | None, inside: str
) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if outside is not None:
        monkeypatch.setenv("MALLOC_ARENA_MAX", outside)
    monkeypatch.setenv("KEPT_FROM_CHILDREN", "secret")
    told = tmp_path / "told"
    code = f"import json, os; open({str(told)!r}, 'w').write(json.dumps(dict(os.environ)))"
    child = Child("worker", [sys.executable, "-c", code], 0, spared=("KEPT_FROM_CHILDREN",))
    Supervisor([child], 20.0)._start(child, NOW)
    assert child.process is not None
    with child.process:  # closes its pipe, too
        assert child.process.wait(30) == 0
    environment = json.loads(told.read_text())
    assert environment["MALLOC_ARENA_MAX"] == inside
    assert "KEPT_FROM_CHILDREN" not in environment


def fetched(port: int, page: str, method: str = "GET") -> tuple[int, str]:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{page}", method=method)
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as unwell:
        return unwell.code, unwell.read().decode()


def test_the_console_answers_whatever_happens() -> None:
    def broken() -> str:
        raise ZeroDivisionError("a fault of ours")

    port, health = free_port(), {"ok": False, "why": ["x"]}
    server = serve("127.0.0.1", port, lambda: dict(health), broken)
    try:
        assert fetched(port, "/healthz?verbose=1")[0] == 503
        assert fetched(port, "/healthz", "HEAD") == (503, "")
        assert fetched(port, "/metrics") == (503, "Vigil cannot tell how it fares: a fault of ours\n")
        assert fetched(port, "/")[0] == 404
        health["ok"] = True
        assert fetched(port, "/healthz")[0] == 200
    finally:
        server.shutdown()
        server.server_close()


def test_a_probe_leaves_nothing_behind_but_how_long_it_took(memory: Memory) -> None:
    for second in range(3):
        probe = Probe("slack", NOW + second)
        assert memory.inbox.put(probe, "probe:slack", (), NOW + second + 0.2)
        assert not memory.inbox.put(probe, "probe:slack", (), NOW + second), "one at a time"
        (leased,) = memory.inbox.claim("me", NOW + second + 1, False)
        memory.inbox.probed(leased, NOW + second + 1.5)
    assert memory.runs.beats() == {"probe/slack": (NOW + 3.5, "1.500 s, 0.200 s to its commit")}
    assert memory.database.value("SELECT (SELECT count(*) FROM inbox)+(SELECT count(*) FROM inbox_alias)") == 0


def test_the_metrics_tell_what_the_language_model_used_and_what_is_left(memory: Memory) -> None:
    config = Config(llm=LLM(enabled=True, tokens_per_day=1000, channel_tokens_per_day=200, cost_per_day=0.0))
    overseer = Overseer(config, memory, [])
    overseer._lookout.look()
    assert "llm_calls" not in overseer.metrics()
    call = Call(Task.JUDGE, "small", "judge-1", 100, 50, 0, 10, 2.5, 0.25)
    for made, channel in ((call, "slack:T1:C1"), (replace(call, failure="timeout"), "slack:T1:C2")):
        memory.calls.add(made, channel, time.time())
    memory.calls.add(Call(Task.JUDGE, "small", "judge-1", failure="budget"), "slack:T1:C3", time.time())
    memory.calls.add(call, "slack:T1:C1", time.time() - 2 * 86_400)
    families = {f.name: f for f in text_string_to_metric_families(overseer.metrics())}
    labels = ("task", "outcome", "why", "kind", "budget", "channel")
    values = {
        (s.name, *(s.labels[label] for label in labels if label in s.labels)): s.value
        for family in families.values()
        for s in family.samples
    }
    assert values["vigil_llm_calls_total", "judge", "answered"] == 2
    assert values["vigil_llm_calls_total", "judge", "timeout"] == 1
    assert values["vigil_llm_refused_total", "judge", "budget"] == 1
    assert values["vigil_llm_tokens_total", "read"] == 300
    assert values["vigil_llm_seconds_total", "judge"] == 7.5
    assert values["vigil_llm_cost_total", "judge"] == 0.75
    left = {key[1:]: value for key, value in values.items() if key[0] == "vigil_llm_budget_left"}
    assert left == {
        ("tokens_per_day", ""): 680, ("channel_tokens_per_day", "slack:T1:C1"): 40, ("channel_tokens_per_day", "slack:T1:C2"): 40,
    }  # fmt: skip
