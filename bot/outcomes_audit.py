"""What is said of the audit log as a whole: where it ends, and where it is not as it was written."""

from __future__ import annotations

from dataclasses import dataclass

SETTINGS = "settings"
"""The action of an Act that says that Vigil started with other settings than the last time; its object is their hash."""


@dataclass(frozen=True, slots=True)
class Head:
    """The number and the hash of the audit log's last line, as they were at some time."""

    line: int
    hash: str

    def __str__(self) -> str:
        return f"{self.line}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first line of an audit log that is not as it was written, and what is wrong with it."""

    line: int
    what: str
