"""Reads a text as a careless program might: folded, with what is hidden taken out and its entities undone, and finds mentions."""

import re
import unicodedata
from collections.abc import Iterator

BROADCASTS = ("here", "channel", "everyone", "group", "subteam")
OTHERS = ("所有人", "_all")
SIMILAR = "\u0430a\u0435e\u043eo\u0441c\u0440p\u04bbh\u043dh\u0456i\u04cfl\u0443y\u0491r\u0397h\u0395e\u039fo\u0391a\u03bfo\u0410A\u0415E\u041eO\u0421C\u0420P\u041dH"
LOOKS = dict(zip(SIMILAR[::2], SIMILAR[1::2], strict=True))


def readings(text: str) -> Iterator[str]:
    """The text folded as it stands, and after each time that somebody undoes its entities."""
    reading, seen = text, set[str]()
    while len(seen) < 5:
        plain = folded(reading)
        if plain not in seen:
            yield plain
        seen.add(plain)
        undone = _entities(reading)
        if undone == reading:
            return
        reading = undone


def named(reading: str) -> Iterator[str]:
    """Whatever a reading mentions: <!here>, <@U1>, <at id=all>, @here, @U0123."""
    for found in re.finditer("[<@]", reading):
        at, sign = found.start(), found[0]
        rest = reading[at + 1 : at + 40]
        if sign == "<" and rest.lstrip(" /").lower().startswith(("!", "@", "at ", "at>", "at/")):
            name = rest.lstrip(" /!@")
            called = rest.lstrip(" /").lower().startswith("at") or name.lower().startswith(BROADCASTS) or _is_id(name)
            if called:
                yield reading[at : at + 20]
        elif sign == "@" and _called(rest) and not (at and reading[at - 1].isalnum() and "." in rest.split(" ")[0]):
            yield reading[at : at + 20]


def _called(rest: str) -> bool:
    return rest.lower().startswith((*BROADCASTS, *OTHERS)) or _word(rest).lower() == "all" or _is_id(rest)


def _is_id(name: str) -> bool:
    word = _word(name)
    return word[:1] in ("U", "W", "S") and word.isupper() and any(c.isdigit() for c in word[1:])


def _word(text: str) -> str:
    end = next((number for number, c in enumerate(text) if not (c.isascii() and (c.isalnum() or c == "_"))), len(text))
    return text[:end]


def folded(text: str) -> str:
    """What a careless reader sees: no disguises, nothing invisible."""
    if text.isascii() and text.isprintable():
        return text
    plain = unicodedata.normalize("NFKC", text)
    kept = (c for c in plain if unicodedata.category(c) not in ("Cf", "Mn", "Cc", "Co") or c in "\n\t")
    return "".join(LOOKS.get(c, c) for c in kept)


def _entities(text: str) -> str:
    """One layer of HTML's entities undone."""
    names = "lt< gt> commat@ excl! #64@ #x40@ #60< #33! #x3c<"
    for name in names.split():
        text = text.replace(f"&{name[:-1]};", name[-1])
    return text.replace("&amp;", "&")
