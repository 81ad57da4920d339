"""The memory: every repository over one SQLite file, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.storage.audit import SqliteAudit
from bot.storage.broom import SqliteBroom
from bot.storage.calls import SqliteCalls
from bot.storage.channels import SqliteChannels, SqliteRuns
from bot.storage.curation import SqliteCuration
from bot.storage.decisions import SqliteDecisions
from bot.storage.entries import SqliteEntries
from bot.storage.erasures import SqliteErasures
from bot.storage.gaps import SqliteGaps
from bot.storage.inbox import SqliteInbox
from bot.storage.leases import SqliteLeases
from bot.storage.ledger import SqliteLedger
from bot.storage.outbox import SqliteOutbox
from bot.storage.persons import SqlitePersons
from bot.storage.ratings import SqliteRatings
from bot.storage.rescoping import SqliteRescoping
from bot.storage.revisions import SqliteRevisions
from bot.storage.series import SqliteSeries
from bot.storage.sqlite import Database


@dataclass(frozen=True, slots=True)
class Memory:
    """Every repository over one database."""

    database: Database
    inbox: SqliteInbox
    outbox: SqliteOutbox
    ledger: SqliteLedger
    decisions: SqliteDecisions
    entries: SqliteEntries
    channels: SqliteChannels
    runs: SqliteRuns
    audit: SqliteAudit
    broom: SqliteBroom
    leases: SqliteLeases
    erasures: SqliteErasures
    persons: SqlitePersons
    ratings: SqliteRatings
    series: SqliteSeries
    curation: SqliteCuration
    revisions: SqliteRevisions
    gaps: SqliteGaps
    calls: SqliteCalls
    rescoping: SqliteRescoping


def open_memory(path: Path, durable: bool = True) -> Memory:
    """Open (or make) the database at `path`; raises StoreError in plain words."""
    database = Database(path, durable)
    parts = (SqliteInbox, SqliteOutbox, SqliteLedger, SqliteDecisions, SqliteEntries, SqliteChannels, SqliteRuns,
             SqliteAudit, SqliteBroom, SqliteLeases, SqliteErasures, SqlitePersons, SqliteRatings, SqliteSeries,
             SqliteCuration, SqliteRevisions, SqliteGaps, SqliteCalls, SqliteRescoping)  # fmt: skip
    return Memory(database, *(part(database) for part in parts))  # type: ignore[arg-type]
