"""Puts together what thinks: triage, responder, desk, clicks and what follows a turn, behind the one door of the mind."""

from __future__ import annotations

from collections.abc import Callable

from bot.config import Config
from bot.dialogue import timing, triage
from bot.dialogue.asking import Asking
from bot.dialogue.base import Directory
from bot.dialogue.cards import Cards
from bot.dialogue.casework import Casework
from bot.dialogue.cautions import Cautions
from bot.dialogue.changes import Changes
from bot.dialogue.clicks import Clicks
from bot.dialogue.confirming import Confirming
from bot.dialogue.conversing import Conversation
from bot.dialogue.corrections import Corrections
from bot.dialogue.desk import Desk
from bot.dialogue.document_notes import DocumentNotes
from bot.dialogue.faculties import Faculties
from bot.dialogue.genuine import Genuine
from bot.dialogue.handing import HandOver
from bot.dialogue.judging import Doubt
from bot.dialogue.mind import Mind
from bot.dialogue.responder import Responder
from bot.dialogue.revising import Revising
from bot.dialogue.seals import FACT, Seals
from bot.dialogue.settling import Settling
from bot.dialogue.strays import Strays
from bot.dialogue.suggest import Draft
from bot.dialogue.summarising import Summariser
from bot.dialogue.support import Support
from bot.dialogue.teaching import Teaching
from bot.dialogue.telling import Telling
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.voicing import Voicing
from bot.dialogue.weighing import Opinions
from bot.dialogue.weights import weights_of
from bot.llm.base import Voice
from bot.memory import Memory
from bot.stages import Stages
from bot.storage.channels import RESTORED
from bot.storage.threads import SqliteThreads
from knowledge.embedding import Embedder
from knowledge.library import KnowledgeBase


def mind_of(
    config: Config, memory: Memory, knowledge: KnowledgeBase, embedder: Embedder, directory: Directory, stages: Stages,
    threads: SqliteThreads, shelve: Callable[[], object], cards: Cards, draft: Draft, voice: Voice | None,
) -> Mind:  # fmt: skip
    """All that thinks, over any memory; `voice` None leaves it to what can be quoted."""
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
            timing.Late(config.jobs.answer_within_hours * 3600, float(memory.runs.fact(RESTORED) or 0)),
            Voicing(voice, Support(embedder.embed), Doubt(config.llm.doubt_from, config.llm.doubt_to), stages), draft,
        )
    )  # fmt: skip
    verdicts = Verdicts(threads, memory.decisions, memory.outbox, directory)
    teaching = Teaching(threads, directory, knowledge, verdicts, cards)
    casework = Casework(
        threads, memory.decisions, memory.entries, memory.outbox, directory, knowledge, verdicts, cards
    )  # fmt: skip
    telling, hand_over, asking = _asked(config, memory, embedder, directory, threads, responder, verdicts, voice)
    desk = Desk(threads, memory.decisions, memory.entries, directory, responder, verdicts, teaching, casework, telling,
                hand_over)  # fmt: skip
    settling = Settling(threads, memory.decisions, memory.entries, memory.outbox, directory, verdicts)
    confirming = Confirming(threads, memory.decisions, memory.outbox, directory, verdicts)
    corrections, revising = _correcting(config, memory, knowledge, embedder, directory, threads, verdicts)
    clicks = Clicks(threads, memory.decisions, memory.entries, directory, desk, verdicts, settling, teaching, casework,
                    confirming, revising, corrections,
                    Genuine(threads, memory.outbox, Seals(memory.runs.fact(FACT))))  # fmt: skip
    changes = Changes(threads, memory.decisions, memory.outbox, directory, responder)
    afterwards = (confirming.heard, corrections.heard, Strays(memory.outbox).heard)
    return Mind(responder, desk, clicks, changes, verdicts, directory, embedder.embed, afterwards,
                "summary" if voice else "help", asking)  # fmt: skip


def _asked(
    config: Config, memory: Memory, embedder: Embedder, directory: Directory, threads: SqliteThreads,
    responder: Responder, verdicts: Verdicts, voice: Voice | None,
) -> tuple[Telling, HandOver, Asking | None]:  # fmt: skip
    """What answers those who ask Vigil itself; where the model gives nothing, `responder` quotes."""
    support = Support(embedder.embed)
    summariser = Summariser(voice, support) if voice else None
    telling = Telling(memory.decisions, memory.entries, directory, summariser)
    asking = None
    if voice is not None:
        asking = Asking(
            responder.quoting(), Conversation(voice, support), threads, memory.entries, directory, verdicts, config.llm.hand_over,
            Opinions(memory.ratings, embedder.embed).shown,
        )  # fmt: skip
    return telling, HandOver(threads, directory, telling, summariser), asking


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
