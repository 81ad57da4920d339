"""The processes of a running Vigil: supervisor, listener and worker, each put together from the configuration."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import structlog

from bot import app, metrics
from bot.config import Config
from bot.dialogue.forms_at_hand import FormsAtHand
from bot.dialogue.lessons import Lessons
from bot.dialogue.weights import weights_of
from bot.events import Event
from bot.jobs.crew import RECONNECTED, Crew
from bot.jobs.directory import PlatformDirectory
from bot.jobs.scheduler import Scheduler
from bot.jobs.sender import MARGIN
from bot.memory import Memory, open_memory
from bot.models import VigilError
from bot.stages import Stages
from bot.storage.threads import SqliteThreads
from bot.supervisor import Child, Supervisor, child_command, die_with_parent, serve

BEAT_EVERY = 2.0
NEWS = b"!"


def run(config: Config, config_path: str | None) -> None:
    """Supervise a listener and a worker until SIGTERM or SIGINT; raises VigilError when it cannot start."""
    app.platforms(config)
    app.listener(config, "slack")
    weights_of(config.triage.model)  # a model that cannot be used is told at once, and not by a worker that keeps dying
    memory = open_memory(Path(config.store.path))
    lock = _lock(Path(config.store.path))
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)  # a worker that does not read must not hold up an acknowledgement
    children = [
        Child("slack", child_command(config_path, "_listen", "slack", "--wake-fd", str(write_end)), write_end),
        Child("worker", child_command(config_path, "_work", "--wake-fd", str(read_end)), read_end),
    ]
    supervisor = Supervisor(children, memory.runs.beats)
    server = serve(config.console.host, config.console.port, supervisor.health, lambda: _metrics(memory))
    try:
        supervisor.run()
    finally:
        server.shutdown()
        lock.close()


def _lock(store: Path) -> IO[str]:
    """Hold the store for this supervisor alone; the lock goes with the process."""
    handle = store.with_suffix(".lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise VigilError(
            f"{store}: another Vigil is running on this store; stop it, or set another [store] path"
        ) from None
    return handle


def _metrics(memory: Memory) -> str:
    now = time.time()
    beats = {name: now - at for name, (at, _) in memory.runs.beats().items()}
    return metrics.render(memory.decisions.stats(None, 0.0), memory.inbox.backlog(), memory.outbox.backlog(), beats)


def listen(config: Config, name: str, wake_fd: int | None) -> None:
    """The listener process: commit every event, wake the worker, show life."""
    die_with_parent()
    memory = open_memory(Path(config.store.path))
    directory = PlatformDirectory(config, memory.channels, app.platforms(config))
    threads = SqliteThreads(memory.database, directory.helpers, directory.audience)
    lessons = Lessons(threads, directory, time.time)
    forms = FormsAtHand(memory.decisions, memory.entries, directory.rules, lessons, memory.revisions.get)
    beaten = 0.0

    def put(event: Event, raw_id: str, aliases: tuple[str, ...]) -> None:
        if memory.inbox.put(event, raw_id, aliases, time.time()):
            wake(wake_fd, NEWS)

    def beat(fresh: bool) -> None:
        nonlocal beaten
        now = time.time()
        if fresh:
            wake(wake_fd, RECONNECTED)
        if now - beaten >= BEAT_EVERY:
            beaten = now
            memory.runs.beat(name, now)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app.listener(config, name).run(put, forms.form, beat)


def wake(pipe: int | None, what: bytes) -> None:
    """Tell the worker; what it cannot be told now it finds by itself, and the ack must not wait for it."""
    if pipe is None:
        return
    try:
        os.write(pipe, what)
    except (BlockingIOError, BrokenPipeError) as deaf:
        structlog.get_logger("listener").debug("worker not woken", action="go on", error=str(deaf))


def work(config: Config, wake_fd: int | None) -> None:
    """The worker process: think, send, run errands."""
    die_with_parent()
    crew = crew_of(config, open_memory(Path(config.store.path)), wake_fd)
    signal.signal(signal.SIGTERM, crew.stop)
    signal.signal(signal.SIGINT, crew.stop)
    crew.run()


def crew_of(config: Config, memory: Memory, wake_fd: int | None) -> Crew:
    """Everything the worker process runs, ready to start; the model is being loaded already."""
    from bot import engine

    platforms = app.platforms(config)
    model = app.embedder(config)
    loaded = ThreadPoolExecutor(1, "load").submit(model.embed, ["ready"])  # meanwhile history is fetched
    knowledge = app.knowledge_base(config, memory, model, app.cache_path(config))
    directory = PlatformDirectory(config, memory.channels, platforms)
    owner = app.owner()
    ring: list[Crew] = []
    parts = engine.build(
        config, memory, knowledge, model, platforms, directory, time.time, owner, Stages(), lambda _: ring[0].ring()
    )
    scheduler = Scheduler(memory.runs, owner, time.time)
    jobs = config.jobs
    errands = {
        "follow_up": (jobs.follow_up_seconds, parts.follow_ups.run),
        "learn": (jobs.learn_seconds, parts.librarian.run),
        "gaps": (jobs.gaps_seconds, parts.gap_posts.run),
        "review": (jobs.learn_seconds, parts.reviews.run),
        "catch_up": (jobs.catch_up_seconds, parts.catch_up.run),
        "curate": (jobs.curate_seconds, parts.curator.run),
        "retention": (jobs.retention_seconds, parts.retention.run),
        "watch": (jobs.watch_seconds, parts.watch.run),
    }
    crew = Crew(
        parts.worker, parts.clicks, parts.sender, scheduler, errands, knowledge.refresh, memory.runs, time.time, wake_fd,
        (loaded.result, parts.librarian.shelve, knowledge.save_cache),
        lambda: memory.leases.release(app.gone, time.time(), config.slack.timeout_seconds + MARGIN), parts.eraser.step,
    )  # fmt: skip
    ring.append(crew)
    return crew


def log_to_stderr(level: str) -> None:
    """One JSON line an event on standard error; texts of messages are never logged."""
    import logging

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
