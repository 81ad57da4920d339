"""Rules for a value that stands beside a secret's name: `password=...`, `api_key: "..."`, `--token ...`, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2

from knowledge.redaction_guards import is_code, is_dummy, is_generated, is_random, is_strong, is_words
from knowledge.redaction_model import Finding

_PASSWORD = r"password|passwd|passwort|pwd|passphrase|passcode|密码|口令"
_TOKEN = (
    r"secret|token|credential|api[_-]?key|app[_-]?key|access[_-]?key|access[_-]?key[_-]?id|secret[_-]?key|auth[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|master[_-]?key|account[_-]?key|shared[_-]?key|service[_-]?key|x-[a-z]+-key"
    r"|private[_-]?key|priv[_-]?key|密钥|令牌"
)
# The name may carry a prefix (`DB_PASSWORD`) but no suffix: `password_file` and `max_tokens` hold no secret. The
# value is cut out by hand afterwards, so that a rejected one is looked into again and the whole stays linear.
_NAME = rf"[A-Za-z0-9_.-]*(?:{_PASSWORD}|{_TOKEN})|(?:[A-Za-z0-9_.-]*[_.-])?pass"
_ASSIGNED: Any = re2.compile(
    rf"(?i)(?:^|[^A-Za-z0-9_.-])({_NAME})[\"'`*\]\\]{{0,3}}[ \t]*(:=|=>|=|:|：)[*_]{{0,2}}[ \t]*"
)
_FLAG: Any = re2.compile(rf"(?i)[ \t](--?(?:[a-z-]*)(?:{_PASSWORD}|{_TOKEN}))([ \t]+)")
_TAG: Any = re2.compile(rf"(?i)<({_NAME})(>)")
_SAID: Any = re2.compile(
    rf"(?i)(?:^|[^A-Za-z0-9_.-])((?:{_NAME})|api key|access key)[\"'`*]{{0,2}}[ \t]*"
    r"( is | was | to | set to |是|为)[ \t:]*"
)
# Right beside the word, with nothing between that would make a sentence of it: `my token aB3...`, `(api key `aB3...`)`.
_BESIDE: Any = re2.compile(
    r"(?i)(?:^|[^A-Za-z0-9_.-])((?:api|access|auth|secret|private|service|license|deploy|admin)[ _-]?key|token|secret|credentials?"
    r"|passcode|密钥|令牌)([\"'`*]{0,2}[ \t]+[(\"'`<*]{0,3})[A-Za-z0-9]"
)
ASSIGNED: tuple[str, ...] = (_ASSIGNED.pattern, _FLAG.pattern, _TAG.pattern)
SAID: tuple[str, ...] = (_SAID.pattern,)
BESIDE: tuple[str, ...] = (_BESIDE.pattern,)
# Enough to tell a secret from a look-alike; looking no farther keeps a long hostile text linear.
_WINDOW, _LOOK = 1024, 160
_VALUE_END: Any = re2.compile(r"[\s\"'`<>，。；、！？）】」》”’]|$")
_NEXT_PAIR: Any = re2.compile(r"[&;,|](?:[\w.-]+[\"']?[ \t]*[=:]|[ \t]|$)")
_OPAQUE_BUT_PUBLIC: Any = re2.compile(
    r"(?i)(?:next|page|continuation|pagination|sync|resume|cancel\w*|unexpected|public)[_-]?(?:token|key)$"
)


def assigned(text: str) -> Iterator[Finding]:
    """Values behind `=`, `:`, a command line flag or in an XML tag of a secret's name."""
    for pattern in (_ASSIGNED, _FLAG, _TAG):
        done = 0
        for match in pattern.finditer(text):
            if match.start(1) < done:
                continue  # a name inside a value that is hidden already
            start, end, quoted = _value(text, match.end())
            firm = quoted or match.group(2) not in (":", "：") or _alone_on_line(text, match.start(1), end)
            kind = _kind(match.group(1), text[start : min(end, start + _LOOK)], firm)
            if kind:
                done = _whole(text, start, end)
                yield Finding(kind, start, done)


def said(text: str) -> Iterator[Finding]:
    """Values named in a sentence (`the password is ...`); only what no word looks like."""
    for match in _SAID.finditer(text):
        start, end, _ = _value(text, match.end())
        value = text[start : min(end, start + _LOOK)]
        if len(value) >= 6 and is_strong(value) and not is_words(value):
            kind = _kind(match.group(1), value, firm=False)
            if kind:
                yield Finding(kind, start, _whole(text, start, end))


def beside(text: str) -> Iterator[Finding]:
    """Values that stand right behind a secret's name; only what is long and mixed as no name, id or digest is."""
    for match in _BESIDE.finditer(text):
        start, end, _ = _value(text, match.end(2))
        value = text[start : min(end, start + _LOOK)]
        if is_generated(value) and _kind(match.group(1), value, firm=False):
            yield Finding("secret:token", start, _whole(text, start, end))


def _kind(name: str, value: str, firm: bool) -> str:
    """What `value` is beside this `name`, or "" when it is a look-alike; `firm` means it can be nothing but a value."""
    name = name.lower()
    if len(value) < 4 or is_dummy(value) or is_code(value) or value.lower() == name or _OPAQUE_BUT_PUBLIC.search(name):
        return ""
    if any(word in name for word in _PASSWORD.split("|")) or name.endswith("pass"):
        plain_count = name.endswith("pass") and value.isdigit()
        return "secret:password" if (firm or is_strong(value)) and not plain_count else ""
    if not is_random(value) or value.startswith("sha256:"):
        return ""
    if "aws" in name or ("secret" in name and "access" in name):
        return "secret:aws-key"
    return "secret:private-key" if "priv" in name else "secret:token"


def _value(text: str, start: int) -> tuple[int, int, bool]:
    """(start, end, whether quoted) of the value that begins at `start`, or of as much of it as a verdict needs."""
    start += text.startswith("\\", start)
    quote = text[start : start + 1]
    if quote and quote in "\"'`":
        start += 3 if text.startswith(quote * 3, start) else 1
        inside, closed, _ = text[start : start + _WINDOW].partition(quote)
        if closed and quote == "`" and " " in inside:
            return start, start, False  # a shell command whose output is the value
        if closed and "\n" not in inside:
            return start, start + len(inside) - inside.endswith("\\"), True
    window = text[start : start + _WINDOW]
    value = window[: _VALUE_END.search(window).start()]
    cut = _NEXT_PAIR.search(value)
    if cut:
        value = value[: cut.start()]
    return start, start + len(value.rstrip(".,;:)]}!?*")), False


def _whole(text: str, start: int, end: int) -> int:
    """The real end of an accepted value that fills the window: a secret may be long, its tail must not stay."""
    while end - start >= _WINDOW and end < len(text):
        found = _VALUE_END.search(text[end : end + _WINDOW])
        end += found.start()
        if found.start() < _WINDOW:
            break
    return end


def _alone_on_line(text: str, name_start: int, value_end: int) -> bool:
    """Whether the line holds this name and value and nothing else, as a settings file or a pasted login does."""
    before = text[max(0, name_start - 40) : name_start].rpartition("\n")
    after = text[value_end : value_end + 40].partition("\n")
    starts, ends = bool(before[1]) or name_start <= 40, bool(after[1]) or value_end + 40 >= len(text)
    return starts and ends and not before[2].strip(" \t-*>\"'`") and not after[0].strip(" \t.,;\"'`")
