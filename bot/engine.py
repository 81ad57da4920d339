"""The engine: thinking and errands put together over any memory and platforms, for the live crew and for replays alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.config import Config
from bot.dialogue import suggest, timing, triage
from bot.dialogue.base import Directory
from bot.dialogue.cards import Cards
from bot.dialogue.casework import Casework
from bot.dialogue.cautions import Cautions
from bot.dialogue.changes import Changes
from bot.dialogue.clicks import Clicks
from bot.dialogue.confirming import Confirming
from bot.dialogue.corrections import Corrections
from bot.dialogue.desk import Desk
from bot.dialogue.document_notes import DocumentNotes
from bot.dialogue.faculties import Faculties
from bot.dialogue.gaps import Gaps
from bot.dialogue.mind import Mind
from bot.dialogue.responder import Responder
from bot.dialogue.revising import Revising
from bot.dialogue.settling import Settling
from bot.dialogue.strays import Strays
from bot.dialogue.suggest import Draft
from bot.dialogue.teaching import Teaching
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.weighing import Opinions
from bot.dialogue.weights import weights_of
from bot.jobs.catchup import CatchUp
from bot.jobs.curate import Curator
from bot.jobs.erase import Eraser
from bot.jobs.followup import FollowUps
from bot.jobs.gap_posts import GapPosts
from bot.jobs.introducing import Introductions
from bot.jobs.learn import Librarian
from bot.jobs.retention import Retention
from bot.jobs.reviews import Reviews
from bot.jobs.sender import Sender
from bot.jobs.watch import Watch
from bot.jobs.worker import Worker
from bot.memory import Memory
from bot.outcomes import Outcome
from bot.platforms.base import Platform
from bot.stages import Stages
from bot.storage.channels import RESTORED
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
    catch_up: CatchUp
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
) -> Engine:  # fmt: skip
    """Put the parts together; nothing runs yet. `alive` is called before each thinking, `tally` counts sends tried again."""
    threads = SqliteThreads(memory.database, directory.helpers, directory.audience, directory.threaded)
    cards = Cards(directory, knowledge, memory.curation)
    introductions = Introductions(cards, knowledge, directory, memory.curation, clock)
    librarian = Librarian(threads, memory.ledger, knowledge, memory.entries, directory, clock, introductions)
    reviews = Reviews(memory.revisions, threads, memory.ledger, memory.entries, knowledge, directory, clock)

    def shelve() -> None:
        librarian.shelve()
        reviews.run()

    mind = _mind(config, memory, knowledge, embedder, directory, stages, threads, shelve, cards, draft)
    catch_up = _catch_up(config, memory, platforms, threads, clock, alive)
    worker = partial(Worker, memory.inbox, threads, memory.ledger, mind, clock=clock, committed=committed, alive=alive,
                     current=catch_up.current)  # fmt: skip
    return Engine(
        worker=worker(owner=f"{owner}/turns"),
        clicks=worker(owner=f"{owner}/clicks"),
        sender=Sender(memory.outbox, platforms, f"{owner}/sender", clock, config.slack.timeout_seconds,
                      config.jobs.answer_within_hours * 3600, tally),
        librarian=librarian,
        follow_ups=FollowUps(threads, memory.ledger, directory, clock, catch_up.current),
        catch_up=catch_up,
        eraser=_eraser(memory, threads, knowledge, directory, librarian.shelve, clock),
        curator=_curator(config, memory, directory, clock),
        retention=Retention(memory.broom, memory.erasures, config.store.retention_days, clock, config.jobs.catch_up_hours),
        watch=Watch(memory.series, memory.entries, knowledge, directory, clock, config.store.retention_days),
        threads=threads,
        mind=mind,
        reviews=reviews,
        gap_posts=GapPosts(Gaps(memory.gaps, memory.entries, knowledge, embedder, directory.rules), memory.ledger, memory.runs, directory,
                           config.knowledge, owner, clock),
    )  # fmt: skip


def _catch_up(
    config: Config,
    memory: Memory,
    platforms: Mapping[str, Platform],
    threads: SqliteThreads,
    clock: Callable[[], float],
    alive: Callable[[], None],
) -> CatchUp:
    jobs = config.jobs
    return CatchUp(
        platforms, memory.channels, threads, memory.inbox, SqliteHeld(memory.database), memory.runs,
        jobs.catch_up_hours, jobs.answer_within_hours * 3600, clock, alive=alive,
    )  # fmt: skip


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


def _mind(
    config: Config,
    memory: Memory,
    knowledge: KnowledgeBase,
    embedder: Embedder,
    directory: Directory,
    stages: Stages,
    threads: SqliteThreads,
    shelve: Callable[[], object],
    cards: Cards,
    draft: Draft,
) -> Mind:
    alert_bots = {bot for rules in (config.defaults, *config.channels.values()) for bot in rules.alert_bots}
    weights = weights_of(config.triage.model)
    scorer = triage.Triage(embedder.embed, frozenset(alert_bots), weights)
    versions = (
        ("triage", weights.version),
        ("suggest", "suggest-1"),
        ("policy", "policy-1"),
        ("embedding", embedder.model),
    )
    responder = Responder(
        Faculties(
            threads, memory.decisions, directory, knowledge, scorer, shelve, versions, stages,
            Opinions(memory.ratings, embedder.embed), Cautions(memory.curation, memory.entries),
            timing.Late(config.jobs.answer_within_hours * 3600, float(memory.runs.fact(RESTORED) or 0)), draft,
        )
    )  # fmt: skip
    verdicts = Verdicts(threads, memory.decisions, memory.outbox, directory)
    teaching = Teaching(threads, directory, knowledge, verdicts, cards)
    casework = Casework(
        threads, memory.decisions, memory.entries, memory.outbox, directory, knowledge, verdicts, cards
    )  # fmt: skip
    desk = Desk(threads, memory.decisions, memory.entries, directory, responder, verdicts, teaching, casework)
    settling = Settling(threads, memory.decisions, memory.entries, memory.outbox, directory, verdicts)
    confirming = Confirming(threads, memory.decisions, memory.outbox, directory, verdicts)
    corrections, revising = _correcting(config, memory, knowledge, embedder, directory, threads, verdicts)
    clicks = Clicks(threads, memory.decisions, memory.entries, directory, desk, verdicts, settling, teaching, casework,
                    confirming, revising, corrections)  # fmt: skip
    changes = Changes(threads, memory.decisions, memory.outbox, directory, responder)
    afterwards = (confirming.heard, corrections.heard, Strays(memory.outbox).heard)
    return Mind(responder, desk, clicks, changes, verdicts, directory, embedder.embed, afterwards)


def _correcting(
    config: Config, memory: Memory, knowledge: KnowledgeBase, embedder: Embedder, directory: Directory,
    threads: SqliteThreads, verdicts: Verdicts,
) -> tuple[Corrections, Revising]:  # fmt: skip
    corrections = Corrections(
        threads, memory.decisions, memory.entries, memory.revisions, directory, verdicts, embedder.embed,
        DocumentNotes(knowledge, directory),
    )  # fmt: skip
    revising = Revising(
        threads, memory.entries, memory.outbox, directory, knowledge, verdicts, memory.revisions,
        not config.knowledge.second_approver,
    )  # fmt: skip
    return corrections, revising


def eraser_alone(memory: Memory, knowledge: KnowledgeBase, clock: Callable[[], float]) -> Eraser:
    """An eraser for a store on which nobody else works: no platform is asked, and nothing under way has to settle."""
    return Eraser(
        memory.erasures, memory.persons, SqliteThreads(memory.database), memory.ledger, knowledge, memory.entries,
        memory.decisions, memory.outbox, None, lambda: None, clock, settle=0.0,
    )  # fmt: skip
