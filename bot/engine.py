"""The engine: thinking and errands put together over any memory and platforms, for the live crew and for replays alike."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.config import Config
from bot.config_chat import slowest
from bot.dialogue import suggest
from bot.dialogue.base import Directory
from bot.dialogue.cards import Cards
from bot.dialogue.extracting import Extractor
from bot.dialogue.follow_wording import FollowWording
from bot.dialogue.gaps import Gaps
from bot.dialogue.mind import Mind
from bot.dialogue.suggest import Draft
from bot.dialogue.support import Support
from bot.engine_mind import mind_of
from bot.jobs.catchup import CatchUp
from bot.jobs.catchups import CatchUps
from bot.jobs.curate import Curator
from bot.jobs.erase import Eraser
from bot.jobs.followup import FollowUps
from bot.jobs.gap_posts import GapPosts
from bot.jobs.gate import Gate
from bot.jobs.introducing import Introductions
from bot.jobs.learn import Librarian
from bot.jobs.mentions import Mentions
from bot.jobs.retelling import Retelling
from bot.jobs.retention import Retention
from bot.jobs.reviews import Reviews
from bot.jobs.sender import Sender
from bot.jobs.watch import Watch
from bot.jobs.worker import Worker
from bot.llm.base import Voice
from bot.memory import Memory
from bot.outcomes import Outcome
from bot.platforms.base import Platform
from bot.stages import Stages
from bot.storage.held import SqliteHeld
from bot.storage.threads import SqliteThreads
from bot.tally import Tally
from knowledge.embedding import Embedder
from knowledge.library import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that works, ready to be driven by threads or, step by step, by a replay."""

    worker: Worker
    clicks: Worker
    sender: Sender
    librarian: Librarian
    follow_ups: FollowUps
    catch_up: CatchUps
    eraser: Eraser
    curator: Curator
    retention: Retention
    watch: Watch
    threads: SqliteThreads
    mind: Mind
    reviews: Reviews
    gap_posts: GapPosts


def build(
    config: Config, memory: Memory, knowledge: KnowledgeBase, embedder: Embedder, platforms: Mapping[str, Platform],
    directory: Directory, clock: Callable[[], float], owner: str, stages: Stages, committed: Callable[[Outcome], None],
    draft: Draft = suggest.draft, alive: Callable[[], None] = lambda: None, tally: Tally | None = None,
    voice: Voice | None = None,
) -> Engine:  # fmt: skip
    """Put the parts together; nothing runs yet. `alive` is called before each thinking, `tally` counts sends tried again."""
    threads = SqliteThreads(memory.database, directory.helpers, directory.audience, directory.threaded)
    cards = Cards(directory, knowledge, memory.curation)
    introductions = Introductions(cards, knowledge, directory, memory.curation, clock)
    support = Support(embedder.embed)
    retelling = Retelling(Extractor(voice, support), knowledge.refuses) if voice else None
    librarian = Librarian(threads, memory.ledger, knowledge, memory.entries, directory, clock, introductions, retelling)
    reviews = Reviews(memory.revisions, threads, memory.ledger, memory.entries, knowledge, directory, clock)

    def shelve() -> None:
        librarian.shelve()
        reviews.run()

    mind = mind_of(config, memory, knowledge, embedder, directory, stages, threads, shelve, cards, draft, voice)
    catch_up = _catch_up(config, memory, platforms, threads, clock, alive, directory)
    worker = partial(Worker, memory.inbox, threads, memory.ledger, mind, clock=clock, committed=committed, alive=alive,
                     current=catch_up.current)  # fmt: skip
    return Engine(
        worker=worker(owner=f"{owner}/turns"),
        clicks=worker(owner=f"{owner}/clicks"),
        sender=Sender(memory.outbox, platforms, f"{owner}/sender", clock, slowest(config.chats),
                      config.jobs.answer_within_hours * 3600, tally,
                      Gate(directory, memory.entries, memory.decisions).may, Mentions(threads, directory).allowed),
        librarian=librarian,
        follow_ups=FollowUps(threads, memory.ledger, directory, clock, catch_up.current,
                             FollowWording(voice, support, clock) if voice else None),
        catch_up=catch_up,
        eraser=_eraser(memory, threads, knowledge, directory, librarian.shelve, clock),
        curator=_curator(config, memory, directory, clock),
        retention=Retention(memory.broom, memory.erasures, config.store.retention_days, clock, config.jobs.catch_up_hours),
        watch=Watch(memory.series, memory.entries, knowledge, directory, clock, config.store.retention_days),
        threads=threads,
        mind=mind,
        reviews=reviews,
        gap_posts=GapPosts(Gaps(memory.gaps, memory.entries, knowledge, embedder, directory.rules), memory.ledger, memory.runs, directory,
                           config.knowledge, clock),
    )  # fmt: skip


def _catch_up(
    config: Config,
    memory: Memory,
    platforms: Mapping[str, Platform],
    threads: SqliteThreads,
    clock: Callable[[], float],
    alive: Callable[[], None],
    directory: Directory,
) -> CatchUps:
    jobs, keeping = config.jobs, threading.Lock()
    return CatchUps({
        name: CatchUp(
            platform, memory.channels, threads, memory.inbox, SqliteHeld(memory.database), memory.runs,
            jobs.catch_up_hours, jobs.answer_within_hours * 3600, clock, alive=alive, keeping=keeping,
            saw=directory.saw,
        )
        for name, platform in platforms.items()
    })  # fmt: skip


def _eraser(
    memory: Memory, threads: SqliteThreads, knowledge: KnowledgeBase, directory: Directory,
    shelve: Callable[[], object], clock: Callable[[], float],
) -> Eraser:  # fmt: skip
    return Eraser(
        memory.erasures, memory.persons, threads, memory.ledger, knowledge, memory.entries, memory.decisions,
        memory.outbox, directory, shelve, clock,
    )  # fmt: skip


def _curator(config: Config, memory: Memory, directory: Directory, clock: Callable[[], float]) -> Curator:
    return Curator(
        memory.curation, memory.entries, memory.decisions, memory.outbox, memory.ledger, directory, config.knowledge,
        clock,
    )  # fmt: skip


def eraser_alone(memory: Memory, knowledge: KnowledgeBase, clock: Callable[[], float]) -> Eraser:
    """An eraser for a store on which nobody else works: no platform is asked, and nothing under way has to settle."""
    return Eraser(
        memory.erasures, memory.persons, SqliteThreads(memory.database), memory.ledger, knowledge, memory.entries,
        memory.decisions, memory.outbox, None, lambda: None, clock, settle=0.0,
    )  # fmt: skip
