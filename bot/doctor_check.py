"""One finding of the doctor, and the care with which a failing check still gives one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPException

from bot.models import VigilError
from knowledge.models import KnowledgeError


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is well, and one line that says how it stands or how to mend it."""

    what: str
    well: bool
    say: str


def guarded(what: str, look: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    """The checks that `look` gives; trouble on the way becomes one more, named `what`, that is not well."""
    try:
        yield from look()
    except (VigilError, KnowledgeError, OSError, HTTPException, ImportError, ValueError) as trouble:
        yield Check(what, False, str(trouble) or type(trouble).__name__)
