"""Says in a few plain words why an entry was found."""

from __future__ import annotations

from knowledge.finder import Named
from knowledge.models import Entry, Kind, Query

DAY = 86400.0
NAMES = 3
STATE = {Kind.CASE: "approved case", Kind.SECTION: "document", Kind.PRECEDENT: "earlier thread"}


def reasons(entry: Entry, named: Named, query: Query, cosine: float | None) -> tuple[str, ...]:
    """Such as `meaning .62` (not without a cosine), `names NW-4031`, `marked helpful once`, `approved case, 12 days old`."""
    found = [] if cosine is None else [f"meaning {cosine:.2f}".replace("0.", ".", 1)]
    words = [word for word, _ in named]
    if names := _wholes([word for word in words if is_name(word)]):
        found.append(f"names {', '.join(spelled(name, query.text) for name in names[:NAMES])}")
    elif words:
        found.append(f"words {', '.join(spelled(word, query.text) for word in words[:NAMES])}")
    if entry.helpful:
        found.append(f"marked helpful {times(entry.helpful)}")
    if entry.unhelpful:
        found.append(f"marked not helpful {times(entry.unhelpful)}")
    found.append(STATE[entry.case.kind] + age(entry, query.now))
    return tuple(found)


def is_name(word: str) -> bool:
    """Whether a word is a code, flag, version or dotted name; bare numbers below 1000 name nothing."""
    return not word.isalpha() and (not word.isdigit() or len(word) > 3)


def _wholes(names: list[str]) -> list[str]:
    """Names that are not a part of another one."""
    return [name for name in names if not any(name != other and name in other for other in names)]


def spelled(word: str, text: str) -> str:
    """The word as `text` writes it, up to the end of the word; a stem is shown by the word it came from."""
    start = text.lower().find(word)
    if start < 0:
        return word
    end = start + len(word)
    while word.isascii() and end < len(text) and text[end].isalnum():
        end += 1
    return text[start:end]


def times(count: int) -> str:
    """`once`, or `3 times`."""
    return "once" if count == 1 else f"{count} times"


def age(entry: Entry, now: float) -> str:
    """`, 12 days old`, or nothing when the day is not known."""
    if entry.case.happened_at <= 0 or now < entry.case.happened_at:
        return ""
    days = int((now - entry.case.happened_at) / DAY)
    return ", from today" if days == 0 else f", {days} day{'s' if days > 1 else ''} old"
