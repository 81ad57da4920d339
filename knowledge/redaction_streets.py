"""Rules for postal addresses, where a form that post offices prescribe, a flat's number or words before it make them sure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2

from knowledge.redaction_model import Finding, Rule

_KIND = "personal:address"
_UNIT = r"(?:Apt|Apartment|Suite|Ste|Flat|Floor|Unit)\.?[ ]?#?[0-9]{1,5}\b"
_WORD = r"[\p{Lu}Øß][\p{L}'’.-]*"
_SMALL = r"(?:de|del|della|du|da|do|das|dos|di|des|la|le|les|el|al|van|von|der|den|u|nad|pod|o|z|and|the|corner|of|rue|avenue|ul\.|nan)"
_PIECE = rf"(?:[0-9]{{1,6}}[a-zA-Z]?\.?|{_WORD}|{_SMALL})"
_BREAK = r"(?:[ ]{1,3}|,[ ]?|[ ]?,?[ ]?\n[ >?,]{0,6})"
_RUN: Any = re2.compile(rf"^{_PIECE}(?:{_BREAK}{_PIECE}){{1,18}}")
_STREET: Any = re2.compile(
    r"(?i)\b(?:street|str|st|road|rd|avenue|avenida|avda|av|ave|lane|ln|drive|boulevard|blvd|square|sq|terrace|crescent|close|place"
    r"|court|rue|via|calle|rua|piazza|plaza|paseo|ul|ulica|corner of)\b"
    r"|(?:stra(?:ss|ß)e|gasse|weg|platz|allee|gata|gatan|vej|vägen|veien|katu|tie|straat|laan|stræde|tu|utca)\b"
)
_ARMY: Any = re2.compile(
    r"(?i)\b(?:(?:psc|cmr|unit)[ ][0-9]{1,5},?[ ]+box[ ][0-9]{1,5}|usn[sv][ ]\w+|uss[ ]\w+)[,\s]+[afd]po[ ,]+a[aep][ ]+[0-9]{5}"
)
_CUE: Any = re2.compile(
    r"(?i)\b(?:address(?:es)?(?:[ ](?:is|are|here they are))?|(?:he|she|i|we|they|[a-z]+)[ ](?:once[ ]|now[ ])?lived?s?[ ](?:at|in|on)"
    r"|live[ ](?:at|in)|moved to|meet (?:me|us) at|taxi to|(?:sent|delivered|shipped|deliver|ship) to|office is at|letter arrived at"
    r"|drops you off at|住在|地址)(?:[ ]to the same| it is|[ ]to\?[ ]User)?[ \t]*[:：?]?\s{0,6}(?:it is[ ])?"
)
_WITH_UNIT: Any = re2.compile(
    rf"(?:[0-9]{{1,6}}[ ])?(?:{_WORD}|{_SMALL})(?:[ ](?:{_WORD}|{_SMALL})){{0,4}}[ ][0-9]{{1,5}}[a-zA-Z]?\.?"
    rf"(?:,?[ ]|\s*\n[ >?]{{0,6}}){_UNIT}"
)
_ENGLISH: Any = re2.compile(
    r"\b[0-9]{1,5}[ ](?:[A-Z][a-z'’.-]+[ ]){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Boulevard|Blvd|Terrace|Crescent)\b\.?"
)
_LONGEST, _UNIT_AT, _ZIP = 160, re2.compile(_UNIT), re2.compile(r"\b[0-9]{5}\b")
_NUMBER: Any = re2.compile(r"[0-9]+")
_LAST_LINES: Any = re2.compile(r"[0-9,]")


def army(text: str) -> Iterator[Finding]:
    """`PSC 1234, Box 5678, APO AE 12345`: the form of military mail."""
    return (Finding(_KIND, *match.span()) for match in _ARMY.finditer(text))


def with_unit(text: str) -> Iterator[Finding]:
    """A name with a house number and the number of a flat, and what follows it of the town."""
    for match in _WITH_UNIT.finditer(text):
        yield Finding(_KIND, match.start(), max(match.end(), match.start() + len(_run(text, match.start()))))


def english(text: str) -> Iterator[Finding]:
    """`12 Main Street`, with what follows it of the town."""
    for match in _ENGLISH.finditer(text):
        yield Finding(_KIND, match.start(), max(match.end(), match.start() + len(_run(text, match.start()))))


def cued(text: str) -> Iterator[Finding]:
    """What follows `my address is`, `lives at` and the like, where two signs of an address are in it."""
    for match in _CUE.finditer(text):
        run = _run(text, match.end())
        signs = 2 * (_STREET.search(run) is not None) + 2 * (_UNIT_AT.search(run) is not None)
        signs += (_ZIP.search(run) is not None) + (len(_NUMBER.findall(run)) > 1)
        if signs > 1 and _NUMBER.search(run):
            yield Finding(_KIND, match.end(), match.end() + len(run))


def _run(text: str, start: int) -> str:
    """Names and numbers from `start` on, up to the last line of them that has a number or a comma."""
    found = _RUN.search(text[start : start + _LONGEST])
    lines = found.group().split("\n") if found else [""]
    while len(lines) > 1 and not _LAST_LINES.search(lines[-1]):
        lines.pop()
    return "\n".join(lines).rstrip(" ,.\n")


STREET_RULES = (
    Rule((_ARMY.pattern,), army),
    Rule((_WITH_UNIT.pattern,), with_unit),
    Rule((_ENGLISH.pattern,), english),
    Rule((_CUE.pattern,), cued),
)
