"""Takes a step of an entry's life back, and with it what the step did to others; that is a step too, and can be taken back."""

from __future__ import annotations

from knowledge.base import EntryStore
from knowledge.models import Entry, Kind, KnowledgeError, Relation, Status
from knowledge.steps import Because, Deed, Step

# What was learned and is taken back is gone, not waiting again; what was judged wrongly is put to the helpers.
INSTEAD = {
    Deed.APPROVED: Status.RETIRED,
    Deed.AUTO_APPROVED: Status.RETIRED,
    Deed.MERGED: Status.PROPOSED,
    Deed.REFUSED: Status.PROPOSED,
}


def undo(store: EntryStore, entry: Entry, actor: str, now: float, number: int = 0) -> Entry:
    """The entry as it stood before a step, by default its last one.

    An approval taken back retires the case, and what it superseded lives again; a refused or merged case is proposed
    after all. Nothing becomes live that was not live in that very text. Raises KnowledgeError for an unknown step.
    """
    step = _step(store, entry, number)
    if step is None:
        undone = _unwritten(store, entry, actor, now)
    else:
        because = Because(Deed.UNDONE, f"took back step {step.id}: {step.deed}", step.other)
        if step.deed in INSTEAD:
            undone = store.change_state([entry.id], INSTEAD[step.deed], actor, now, because)[0]
        else:
            undone = store.restore(entry.id, step, step.was or Status.RETIRED, actor, now, because)
    if entry.status is Status.LIVE and undone.status is not Status.LIVE:
        _give_way(store, undone, actor, now)
    return undone


def _step(store: EntryStore, entry: Entry, number: int) -> Step | None:
    steps = [step for step in store.steps(entry.id) if step.deed is not Deed.CONFIRMED]
    if not number:
        return steps[-1] if steps else None
    found = next((step for step in steps if step.id == number), None)
    if found is None:
        raise KnowledgeError(f"entry {entry.id} has no step {number} to take back; see: vigil knowledge log {entry.id}")
    return found


def _unwritten(store: EntryStore, entry: Entry, actor: str, now: float) -> Entry:
    """Of an entry older than the log of steps, and of a document never changed: it goes, or comes back."""
    approved = entry.approved_by or entry.case.kind is not Kind.CASE
    status = Status.LIVE if entry.status is Status.RETIRED and approved else Status.RETIRED
    return store.change_state([entry.id], status, actor, now, Because(Deed.UNDONE))[0]


def _give_way(store: EntryStore, gone: Entry, actor: str, now: float) -> None:
    """What the entry had superseded lives again, unless something else became of it since."""
    for bond in store.bonds([gone.id]):
        other = store.get(bond.other) if bond.entry_id == gone.id and bond.relation is Relation.SUCCESSOR else None
        if other is None or other.status is not Status.SUPERSEDED:
            continue
        steps = store.steps(other.id)
        if steps and (steps[-1].deed, steps[-1].other) != (Deed.SUPERSEDED, gone.id):
            continue
        because = Because(Deed.RESTORED, f"entry {gone.id} was taken back", gone.id)
        store.change_state([other.id], Status.LIVE, actor, now, because)
