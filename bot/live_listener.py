"""The listener process of a running Vigil, put together from the configuration."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot import app
from bot.config import Config
from bot.dialogue.forms_at_hand import FormsAtHand
from bot.dialogue.lessons import Lessons
from bot.dialogue.seals import FACT, Seals
from bot.events import Event, Membership, Probe
from bot.jobs.crew import reconnected
from bot.jobs.directory import PlatformDirectory
from bot.live_signs import LEAVES_WITHIN, leave, since_it_happened
from bot.memory import open_memory
from bot.storage.threads import SqliteThreads
from bot.supervisor_signs import BEAT, STARTING, Sign, Signals, ends_when_asked
from bot.tally import Tally

NEWS = b"!"
LOADING = 120.0
"""Seconds for which a listener may load what it needs."""

log = structlog.get_logger("listener")


def listen(config: Config, name: str, wake_fd: int | None, sign_fd: int | None = None) -> None:
    """The listener process: commit every event, wake the worker, show life."""
    tally, signals = Tally(), Signals(sign_fd)
    with starting(signals):
        memory = open_memory(Path(config.store.path))
        listener = app.listener(config, name, tally, lambda act: memory.audit.append(act, time.time()))
        directory = PlatformDirectory(config, memory.channels, {name: app.platform(config, name)})
    ends_when_asked(listener.stop, LEAVES_WITHIN)
    threads = SqliteThreads(memory.database, directory.helpers, directory.audience)
    lessons = Lessons(threads, directory, time.time)
    forms = FormsAtHand(
        memory.decisions, memory.entries, directory.rules, lessons, memory.revisions.get, threads, directory,
        Seals(memory.runs.fact(FACT)),
    )  # fmt: skip

    def put(event: Event, raw_id: str, aliases: tuple[str, ...]) -> bool:
        new = memory.inbox.put(event, raw_id, aliases, time.time())
        if isinstance(event, Membership):
            directory.forget(event.channel_id)
        if new:
            wake(wake_fd, NEWS)
            tally.lag("probe" if isinstance(event, Probe) else "commit", since_it_happened(event, time.time()))
        return new

    listener.run(put, forms.form, beating(signals, tally, lambda: wake(wake_fd, reconnected(name))))
    leave()


@contextmanager
def starting(signals: Signals, within: float = LOADING) -> Iterator[None]:
    """Show life while clients are loaded, which may take long on a busy machine; for so many seconds at most."""
    loaded = threading.Event()

    def beat() -> None:
        end = time.monotonic() + within
        while time.monotonic() < end and not loaded.is_set():
            signals.send(Sign(True, STARTING))
            loaded.wait(BEAT)

    threading.Thread(target=beat, daemon=True, name="starting").start()
    try:
        yield
    finally:
        loaded.set()


def beating(signals: Signals, tally: Tally, reconnected: Callable[[], object]) -> Callable[[bool, str, bool], None]:
    """What a listener calls often, with whether its connection is new and what is wrong with it: news goes out at once."""
    beaten, said = 0.0, ""

    def beat(fresh: bool, trouble: str, waits: bool) -> None:
        nonlocal beaten, said
        if fresh:
            reconnected()
        now = time.monotonic()
        if bool(trouble) != bool(said):
            log.warning("hears nothing" if trouble else "hears again", action="mend", why=trouble or said)
        if now - beaten >= BEAT or bool(trouble) != bool(said):
            signals.send(Sign(not trouble, trouble, tally.counts(), tally.gauges(), waits))
            beaten = now
        said = trouble

    return beat


def wake(pipe: int | None, what: bytes) -> None:
    """Tell the worker; what it cannot be told now it finds by itself, and the ack must not wait for it."""
    if pipe is None:
        return
    try:
        os.write(pipe, what)
    except (BlockingIOError, BrokenPipeError) as deaf:
        log.debug("worker not woken", action="go on", error=str(deaf))
