"""Decisions read back from their records, with the hits they cited as those entries stand now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dialogue.base import Directory
from bot.models import Action, Decision, Suggestion
from knowledge.base import EntryStore
from knowledge.models import Hit, Status


def decision_of(record: Mapping[str, Any], entries: EntryStore) -> Decision:
    """The Decision of a record from the storage; citations of erased or retired entries are left out."""
    said = record["suggestion"]
    suggestion = None
    if said:
        hits = tuple(hit for row in said["hits"] if (hit := _hit(row, entries)) is not None)
        suggestion = Suggestion(said["text"], hits, said["confidence"], said["enough"])
    return Decision(
        record["id"], record["turn_id"], record["thread_id"], record["channel_id"], Action(record["action"]),
        record["score"], record["threshold"], tuple(record["reasons"]), record["at"], record["kind"], record["due"],
        suggestion, tuple(record["entry_ids"]), tuple(record["versions"].items()), record["person"],
    )  # fmt: skip


def still_shown(record: Mapping[str, Any], entries: EntryStore, directory: Directory) -> Decision:
    """The same, citing only what the readers of its place may still see."""
    decision = decision_of(record, entries)
    said, readers = decision.suggestion, directory.readers(decision.channel_id)
    if said is None:
        return decision
    shown = tuple(hit for hit in said.citations if directory.shows(hit.entry.case, readers))
    return replace(decision, suggestion=replace(said, citations=shown))


def may_say(decision: Decision, entries: EntryStore, directory: Directory) -> bool:
    """Whether the readers of its place may still see every entry that its words rest on."""
    readers = directory.readers(decision.channel_id)
    return all(directory.shows(entry.case, readers) for entry in entries.get_many(decision.entry_ids))


def _hit(row: Mapping[str, Any], entries: EntryStore) -> Hit | None:
    entry = entries.get(row["entry"])
    if entry is None or entry.status is not Status.LIVE:
        return None
    return Hit(entry, row["helpful"], row["helpful"], "", row["cosine"], 0.0, tuple(row["why"]))
