"""Tells a secret's value from its look-alikes: placeholders, variable names, code, words, versions and paths."""

from __future__ import annotations

from itertools import pairwise

import re2

_DUMMY_TEXT = (
    "none null nil true false undefined unset default empty missing invalid expired wrong incorrect required"
    " optional string str int bool text value values key keys token tokens secret secrets password passwords"
    " passwd pwd mypassword username user bearer basic yes no env secretref changeme change-me change_me"
    " redacted masked hidden dummy sample todo tbd n/a na file files auto prompt disabled enabled rejected"
    " accepted failed denied"
)
_DUMMY_WORDS = frozenset(_DUMMY_TEXT.split())
_DUMMY = re2.compile(
    r"(?i)example|placeholder|your|replace|insert|redacted|changeme|dummy|x{4}|\.\.\.|…|\*{3}|<.*>|^[*xX.•#?_-]+$|-here$"
)
_VARIABLE = re2.compile(
    r"^(?:\$[A-Za-z_({]|\$$|\{|%[({sv%A-Z]|\[|@[A-Z_]+@|!(?:Ref|Sub|vault|secret)|#\{)|\$\{|\{\{|\$\("
    r"|^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$"
)
_CODE = re2.compile(
    r"^[A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.)[A-Za-z_$][\w$]*)*(?:\(|\[|\)|$)[^!@#%^&*]*$|^(?:new|await|lambda)\b|^=|^\|"
)
_PATH = re2.compile(
    r"^(?:~|\.{1,2}|[A-Za-z]:\\|[A-Za-z]:)?[/\\][\w.@-]*(?:[/\\][\w.@-]*)*$|^(?:file|https?|vault|arn|ssm|gs|s3):"
)
_WORDS = re2.compile(r"^[A-Za-z]+\d{0,3}(?:[-_./:][A-Za-z]*\d{0,4})+$|^[A-Za-z]+$")
_NUMBERS = re2.compile(r"^v?\d+(?:[-.:,_/T+ ]\d+)*(?:[a-zA-Z]{1,3})?$")
_PIECES = re2.compile(r"[A-Za-z0-9]+")
_DIGEST = re2.compile(r"(?i)^(?:sha(?:1|256|384|512)|md5)[:=-]")


def is_dummy(value: str) -> bool:
    """Whether `value` only stands in for a secret: `<password>`, `$TOKEN`, `****`, `DB_PASSWORD`, `none`."""
    bare = value.strip("\"'`.,;:)]}")
    if not bare or bare.lower() in _DUMMY_WORDS or len(set(bare)) == 1:
        return True
    return bool(_DUMMY.search(value) or _VARIABLE.search(value))


def is_code(value: str) -> bool:
    """Whether `value` reads as a call, an attribute or a path rather than as a literal."""
    if _PATH.search(value):
        return True
    plain = value.replace("_", "").isalnum() or sum(c.isdigit() for c in value) > 2
    return not plain and _CODE.search(value) is not None


def is_words(value: str) -> bool:
    """Whether every part of `value` is a word, a number, a version, a date or a digest: `db-creds-v2`, `1.2.3`."""
    if _NUMBERS.search(value) or _DIGEST.search(value):
        return True
    steps = sum(a.isalpha() and b.isdigit() for a, b in pairwise(value))
    return _WORDS.search(value) is not None and steps < 4


def is_random(value: str, least: int = 8) -> bool:
    """Whether `value` looks generated: letters mixed with digits, or many changes of case, and no chain of words."""
    letters, digits = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    if len(value) < least or not letters:
        return False
    turns = sum(a.isalpha() and b.isalpha() and a.islower() != b.islower() for a, b in pairwise(value))
    if not digits:
        return len(value) >= 16 and turns * 4 >= len(value)
    return len(set(value)) > 5 and not is_words(value)


def is_generated(value: str, least: int = 20) -> bool:
    """Whether nobody can have written `value`: capitals, small letters and digits mixed, or a long row of digits and letters."""
    if len(value) < least or not is_random(value):
        return False
    kinds = (any(c.isupper() for c in value), any(c.islower() for c in value), any(c.isdigit() for c in value))
    return all(kinds) or max(map(len, _PIECES.findall(value))) >= 32


def is_strong(value: str) -> bool:
    """Whether `value` mixes letters with digits or marks as a password does and a word does not."""
    return any(c.isalpha() for c in value) and any(c.isdigit() or c in "!@#$%^&*+=?~|" for c in value)
