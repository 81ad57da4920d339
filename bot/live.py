"""The supervisor and the worker process of a running Vigil, put together from the configuration."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot import app, live_settings, store
from bot.app_metering import metered
from bot.backup import rescue
from bot.clock import SteadyClock
from bot.config import Config, Jobs
from bot.config_chat import slowest
from bot.config_file_secrets import OF, OF_WORKER, spared
from bot.dialogue import suggest
from bot.dialogue.suggest import Draft
from bot.dialogue.weights import weights_of
from bot.jobs.crew import Crew
from bot.jobs.directory import PlatformDirectory
from bot.jobs.hands import Hands
from bot.jobs.places import EVERY as PLACES_EVERY
from bot.jobs.places import Places
from bot.jobs.scheduler import Scheduler
from bot.jobs.sender import MARGIN
from bot.jobs.signs import Signs
from bot.live_health import Overseer
from bot.live_log import log_to_stderr as log_to_stderr
from bot.live_signs import LEAVES_WITHIN, Heart, leave
from bot.memory import Memory, open_memory
from bot.models import VigilError
from bot.outcomes import Outcome
from bot.stages import Stages
from bot.store import StoreDown, StoreError, StoreLost
from bot.supervisor import Child, Supervisor, child_command
from bot.supervisor_console import serve
from bot.supervisor_signs import Signals, ends_when_asked
from bot.tally import Tally
from knowledge.cachefile import CacheRefused
from knowledge.library import KnowledgeBase

if TYPE_CHECKING:
    from bot.engine import Engine

SUPERVISOR_LEAVES = 20.0
"""Seconds after which a supervisor that was asked to end does so; its children take nine at most."""


def run(config: Config, config_path: str | None) -> None:
    """Supervise the listeners and the worker until SIGTERM or SIGINT; raises VigilError when it cannot start."""
    app.require(config)
    app.speaks(config)
    weights_of(config.triage.model)  # a model that cannot be used is told at once, and not by a worker that keeps dying
    # The lock first: opening may migrate the database, and not under another's feet.
    with store.take(Path(config.store.path)):
        memory = open_memory(Path(config.store.path))
        live_settings.note(config, memory, time.time())
        _told(memory, "starts")
        try:
            _supervise(config, config_path, memory)
        finally:
            _told(memory, "ends")


def _told(memory: Memory, what: str) -> None:
    """Say where the audit log stands: what is noted elsewhere cannot be changed here."""
    try:
        structlog.get_logger("audit").info(what, action="note the head", head=str(memory.audit.head()))
    except StoreError as trouble:
        structlog.get_logger("audit").warning("the audit log cannot be read", action="go on", error=str(trouble))


def _supervise(config: Config, config_path: str | None, memory: Memory) -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)  # a worker that does not read must not hold up an acknowledgement
    children = [listener(name, config_path, write_end) for name in config.chats]
    children.append(Child("worker", child_command(config_path, "_work", "--wake-fd", str(read_end)), read_end,
                          spared=spared(OF_WORKER)))  # fmt: skip
    supervisor = Supervisor(children, config.console.deaf_seconds)
    overseer = Overseer(config, memory, children, supervisor.give_up)
    server = serve(config.console.host, config.console.port, lambda: overseer.health().plain(), overseer.metrics)
    ends_when_asked(supervisor.stop, SUPERVISOR_LEAVES, with_parent=False)
    try:
        overseer.start()
        supervisor.run()
    except VigilError as ended:
        raise VigilError(_rescued(memory, str(ended))) from ended
    finally:
        overseer.stop()
        server.shutdown()


def listener(name: str, config_path: str | None, wake_fd: int) -> Child:
    """The process that hears one platform; it gets that platform's secrets and no others."""
    command = child_command(config_path, "_listen", name, "--wake-fd", str(wake_fd))
    return Child(name, command, wake_fd, spared=spared(OF[name]))


def _rescued(memory: Memory, why: str) -> str:
    """The reason to end; where that is a store that is gone, what this process still has of it is saved beside."""
    try:
        memory.runs.beat("supervisor", time.time())
    except StoreLost as lost:
        saved = rescue(memory.database, time.time())
        return f"{lost}; what it held is saved in {saved}" if saved else str(lost)
    except StoreDown:
        return why
    return why


def work(config: Config, wake_fd: int | None, sign_fd: int | None = None, draft: Draft = suggest.draft) -> None:
    """The worker process: think, send, run errands; at the end, what it will not finish is handed back."""
    memory, owner = open_memory(Path(config.store.path)), app.owner()
    signs, tally = Signs(config.console.stuck_seconds), Tally()
    Heart(signs, tally, Signals(sign_fd)).start()
    crew = crew_of(config, memory, wake_fd, owner, signs, tally, draft)
    ends_when_asked(crew.stop, LEAVES_WITHIN)
    crew.run()
    back = memory.leases.hand_back(owner, time.time(), slowest(config.chats) + MARGIN)
    structlog.get_logger("crew").info("ended", action="hand back", rows=back)
    leave()


def _kept(knowledge: KnowledgeBase) -> None:
    """Keep the index on disk for the next start; this one can do without."""
    try:
        knowledge.save_cache()
    except CacheRefused as refused:
        structlog.get_logger("worker").warning("the index is not kept", action="go on", error=str(refused))


def crew_of(
    config: Config, memory: Memory, wake_fd: int | None, owner: str, signs: Signs, tally: Tally,
    draft: Draft = suggest.draft,
) -> Crew:  # fmt: skip
    """Everything the worker process runs, ready to start; the model is being loaded already."""
    from bot import engine

    def asking(what: str) -> None:
        signs.alive()  # a call takes at most its timeout, so whoever makes several shows life between them
        tally.add(f"platform_{what}")

    clock = SteadyClock()

    def committed(outcome: Outcome) -> None:
        for turn in outcome.turns:
            clock.heard(turn.sent_at)
            if turn.edited_at is None and not turn.deleted:
                tally.lag("decision", clock() - turn.sent_at)
        ring[0].ring()

    platforms = app.platforms(config, memory.runs, asking)
    model = app.embedder(config)
    loaded = ThreadPoolExecutor(1, "load").submit(model.embed, ["ready"])  # meanwhile history is fetched
    knowledge = app.knowledge_base(config, memory, model, app.cache_path(config))
    directory = PlatformDirectory(config, memory.channels, platforms)
    ring: list[Crew] = []
    voice = metered(config, app.voice(config, signs.alive), memory, clock)
    parts = engine.build(
        config, memory, knowledge, model, platforms, directory, clock, owner, Stages(), committed, draft,
        signs.alive, tally, voice,
    )  # fmt: skip
    parts.catch_up.lost_touch()  # whatever was due before is decided once it is known what people said meanwhile
    places = Places(platforms, memory.channels, memory.rescoping, memory.runs, directory.readership, clock)
    errands = {**_errands(config.jobs, parts), "places": (PLACES_EVERY, places.run)}
    crew = Crew(
        Hands(parts.worker, config.jobs.hands, signs), Hands(parts.clicks, config.jobs.hands, signs, quick=True),
        parts.sender, Scheduler(memory.runs, owner, clock),
        {name: (seconds, watched(signs, name, errand)) for name, (seconds, errand) in errands.items()},
        knowledge.refresh, signs, wake_fd,
        (loaded.result, parts.librarian.shelve, lambda: _kept(knowledge)),
        lambda: memory.leases.release(app.gone, clock(), slowest(config.chats) + MARGIN), parts.eraser.step,
        _walks(signs, parts), parts.catch_up.stop,
    )  # fmt: skip
    ring.append(crew)
    return crew


def _walks(signs: Signs, parts: Engine) -> dict[str, Callable[[], object]]:
    """What catches up with each platform after a start or a reconnect."""
    walks = parts.catch_up.each().items()
    return {name: watched(signs, f"catch up {name}", walk.after_outage) for name, walk in walks}


def _errands(jobs: Jobs, parts: Engine) -> dict[str, tuple[float, Callable[[], object]]]:
    """What runs by itself: name -> (how often, in seconds; what)."""
    return {
        "follow_up": (jobs.follow_up_seconds, parts.follow_ups.run),
        "learn": (jobs.learn_seconds, parts.librarian.run),
        "gaps": (jobs.gaps_seconds, parts.gap_posts.run),
        "review": (jobs.learn_seconds, parts.reviews.run),
        **{f"catch_up {name}": (jobs.catch_up_seconds, walk.run) for name, walk in parts.catch_up.each().items()},
        "curate": (jobs.curate_seconds, parts.curator.run),
        "retention": (jobs.retention_seconds, parts.retention.run),
        "watch": (jobs.watch_seconds, parts.watch.run),
    }


def watched(signs: Signs, name: str, errand: Callable[[], object]) -> Callable[[], object]:
    """The errand, seen while it runs; it may take long."""

    def run() -> object:
        with signs.step(name, patient=True):
            return errand()

    return run
