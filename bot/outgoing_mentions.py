"""Breaks every mention in a text, however it is spelt: its sign is put in brackets, and a reader still sees who was meant."""

from __future__ import annotations

import re
import unicodedata

# What a platform reads as a mention, and what another program may make of the text before it reads it: full-width
# forms, HTML entities that were escaped once or more often.
_AMP = r"&(?:amp;)*"
_AT = rf"(?:[@\uff20\ufe6b]|{_AMP}(?:commat|#0{{0,6}}64|#[xX]0{{0,6}}40);?)"
_OPEN = rf"(?:[<\uff1c\ufe64]|{_AMP}(?:lt|LT|#0{{0,6}}60|#[xX]0{{0,6}}3[cC]);?)"
_BANG = rf"(?:[!\uff01\ufe57\ufe15]|{_AMP}(?:excl|#0{{0,6}}33|#[xX]0{{0,6}}21);?)"
_NOTHING = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"

_SIGNS = re.compile("[@\uff20\ufe6b<\uff1c\ufe64&]")
# Names are only looked at, not consumed: in a label may stand the next mention.
_NAMED = re.compile(
    rf"(?P<before>{_OPEN}[\s{_NOTHING}]{{0,4}}|\w)?{_AT}(?P<marks>[ *_~`\[\\\"'({_NOTHING}]{{0,8}})"
    "(?=(?P<name>[^\\s@\uff20\ufe6b<>]{1,80}))"
)
_BROADCAST = re.compile(
    rf"(?P<open>{_OPEN}[\s{_NOTHING}]{{0,4}}){_BANG}(?=[\s*_~{_NOTHING}]{{0,8}}(?P<name>[^\s<>]{{1,80}}))"
)
_TAG = re.compile(
    rf"(?P<open>{_OPEN}[\s{_NOTHING}]{{0,4}}[/\uff0f]?[\s*_~{_NOTHING}]{{0,8}})"
    rf"(?P<name>[aA\uff21\uff41\u0430\u0410][{_NOTHING}]{{0,4}}[tT\uff34\uff54\u0442\u0422]|person)(?![\w-])"
)

CROWDS = ("here", "channel", "everyone", "group", "subteam", "所有人", "全体成员", "全体人员", "全员")
"""Beginnings that mean many people on some platform; `@heretic` pays for it with brackets."""
WORDS = ("all", "everybody")
_PERSON = re.compile(
    r"[UWS](?=[A-Z0-9]*[0-9])[A-Z0-9]{1,20}(?![A-Za-z0-9])|(?:ou|on|cli)_[0-9a-f]{4,}|_?(?:user_[0-9]|all(?![A-Za-z0-9]))"
)
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE)
# Letters of other scripts, each before the letter that it looks like, capitals first.
_PAIRS = (
    "\u041dh\u0397h\u039dn\u03a5y\u03a1p\u0421c\u0415e\u0410a\u041eo\u0420p\u0395e\u0391a\u039fo\u0430a"
    "\u0441c\u0435e\u04bbh\u043dh\u0456i\u04cfl\u043eo\u0440p\u0443y\u04afy\u0475v\u0433r\u0442t\u0578n"
    "\u0570h\u0581g\u057du\u0585o\u03b1a\u03bfo\u03c1p\u03c5u\u03bdv\u03b5e\u03b9i\u0261g\u0131i\u029ch"
    "\u1d07e\u0280r\u0274n\u1d00a\u1d04c\u029fl\u1d20v\u028fy\u1d0fo\u0262g\u1d1cu\u1d18p\u03f2c\u03c2c\u0433r"
)
_LOOKS = {ord(look): letter for look, letter in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)}


def defanged(text: str) -> str:
    """The text with `(@)here` for `@here`, `<(!)here>` for `<!here>`, `<(at) id=all>` for `<at id=all>`; idempotent.

    An address such as `ann@here.org` and a name that no platform takes for a mention stay as they are.
    """
    if not _SIGNS.search(text):
        return text
    text = _BROADCAST.sub(lambda f: f"{f['open']}(!)" if _is_crowd(f["name"]) else f[0], text)
    text = _TAG.sub(lambda f: f"{f['open']}({f['name']})", text)
    return _NAMED.sub(_unnamed, text)


def _unnamed(found: re.Match[str]) -> str:
    before, name = found["before"] or "", found["name"]
    word = re.fullmatch(r"\w", before) is not None
    if (word and _DOMAIN.match(name)) or (" " in found["marks"] and (word or not before)):  # an address, or a price
        return found[0]
    if _is_crowd(name) or _PERSON.match(_plain(name)):
        return f"{before}(@){found['marks']}"
    return found[0]


def _is_crowd(name: str) -> bool:
    seen = _plain(name).translate(_LOOKS).casefold().translate(_LOOKS).lstrip("*_~`[\\\"'(")
    word = re.match(r"[a-z]*", seen)
    return seen.startswith(CROWDS) or (word is not None and word[0] in WORDS)


def _plain(name: str) -> str:
    """Compatibility forms made plain, accents and what cannot be seen taken away."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(
        c for c in letters if unicodedata.category(c) not in ("Cf", "Mn", "Me", "Cc") and c not in "\u115f\u1160\u3164"
    )
