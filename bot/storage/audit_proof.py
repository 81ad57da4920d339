"""Proves an audit log line by line: its chain, its names, its length, and the heads that somebody kept of it; pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.outcomes_audit import Flaw, Head

COLUMNS = "seq, actor, salt, digest, at, action, object, allowed, previous, hash"
ERASED = re.compile(r"erased-\d+")
VOUCHED = "names erased"
FORGOT = "forget"
VOUCHING = re.compile(r"(erased-\d+): \d+ line\(s\), sha256:([0-9a-f]{64})")


def digest(salt: str, actor: str) -> str:
    """What the chain holds of an actor: it proves the name as long as the salt is kept, and nothing afterwards."""
    return hashlib.sha256(f"{salt}{actor}".encode()).hexdigest()


def line_hash(row: tuple[Any, ...]) -> str:
    """The hash of one line: over its time, actor's digest, action, object, permission and the hash of the line before."""
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()


def vouching(alias: str, rows: Sequence[tuple[Any, ...]]) -> str:
    """What the log says of all lines that bear an alias now, each a row of COLUMNS, in order."""
    sum_ = hashlib.sha256()
    for row in rows:
        sum_.update(_frozen(row))
    return f"{alias}: {len(rows)} line(s), sha256:{sum_.hexdigest()}"


def _frozen(row: tuple[Any, ...]) -> bytes:
    """A line without name and salt, which alone may go."""
    return json.dumps([row[0], *row[3:]], ensure_ascii=False).encode() + b"\n"


def flaw(rows: Iterable[tuple[Any, ...]], given: int, heads: Sequence[Head]) -> Flaw | None:
    """The first flaw of a log: `rows` of COLUMNS in order, `given` the highest number ever given, `heads` kept elsewhere."""
    proof, last = _Proof(heads), 0
    for row in rows:
        try:
            trouble = proof.line(row)
        except (TypeError, ValueError) as strange:
            trouble = f"cannot be read ({strange})"
        if trouble:
            return Flaw(int(row[0]), trouble)
        last = int(row[0])
    if last < max(given, *(head.line for head in heads), 0):
        return Flaw(last + 1, "is missing, with all after it: the end was cut off")
    return proof.names()


class _Proof:
    """What is known of the lines so far."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self._heads = {(head.line, head.hash) for head in heads}
        self._previous, self._last, self._salted = "", 0, False
        self._sums: dict[str, Any] = {}
        self._first: dict[str, int] = {}
        self._told: dict[str, str] = {}
        self._forgot: set[str] = set()

    def line(self, row: tuple[Any, ...]) -> str:
        """What is wrong with a line, "" when it is what was written after the one before."""
        seq, actor, salt, proof, at, action, object_, allowed, previous, kept = row
        if seq != self._last + 1:
            return f"does not follow line {self._last}: lines between them are missing"
        if previous != self._previous:
            return "does not follow from the one before: one of the two was changed, moved or put in"
        nameless = ERASED.fullmatch(actor) is not None and not salt
        if not proof and self._salted:
            return "does not prove who acted"
        proven = (at, proof or actor, action, object_, allowed, previous)
        if (proof or not nameless) and line_hash(proven) != kept:
            return "is not what was written"
        if proof and not nameless and digest(salt, actor) != proof:
            return "names another actor than it was written with"
        if any(line == seq and known != kept for line, known in self._heads):
            return "is another one than it was once known to be: the log was written anew"
        self._note(row, nameless)
        self._previous, self._last, self._salted = kept, seq, self._salted or bool(proof)
        return ""

    def _note(self, row: tuple[Any, ...], nameless: bool) -> None:
        seq, alias, action, object_, allowed = row[0], row[1], row[5], row[6], row[7]
        if nameless:
            self._first.setdefault(alias, seq)
            self._sums.setdefault(alias, hashlib.sha256()).update(_frozen(row))
        if action == VOUCHED and (told := VOUCHING.fullmatch(object_)):
            self._told[told[1]] = told[2]
        if action == FORGOT and allowed:
            self._forgot.add(object_)

    def names(self) -> Flaw | None:
        """The first line whose actor's name is gone though the log does not say so of it.

        Of names taken before the log said of which lines, only the forgetting itself is known.
        """
        for alias, first in self._first.items():
            told = self._told.get(alias)
            if told is None and f"person {alias}" not in self._forgot:
                return Flaw(first, "hides its actor behind an erasure that never was")
            if told is not None and told != self._sums[alias].hexdigest():
                return Flaw(first, f"or another line of {alias} is not one of those whose name was erased")
        gone = next((alias for alias in self._told if alias not in self._first), None)
        return Flaw(self._last, f"says that lines of {gone} are there, which are not") if gone else None
