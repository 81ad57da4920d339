"""Frozen dataclasses to JSON text and back, driven by their own type hints."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from bot import events
from bot.llm.base import Call
from bot.messages import Post
from bot.models import Suggestion, VigilError

T = TypeVar("T")

EVENTS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        events.Turn,
        events.Edit,
        events.Deletion,
        events.Reaction,
        events.Command,
        events.Click,
        events.Membership,
        events.Probe,
    )
}


@cache
def _json() -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def pack(value: Any) -> str:
    """JSON of a dataclass (nested ones, tuples, sets and enums included)."""
    return _json().encode(_plain(value))


def unpack(kind: type[T], text: str) -> T:
    """The value that `pack` made text of; raises VigilError when the text is not that."""
    try:
        return typing.cast(T, _reader(typing.cast(typing.Hashable, kind))(json.loads(text)))
    except (ValueError, TypeError, KeyError, AttributeError) as broken:
        raise VigilError(f"stored {kind.__name__} cannot be read: {broken}") from broken


def pack_event(event: events.Event) -> str:
    """JSON of any event, with its kind."""
    return _json().encode([type(event).__name__, _plain(event)])


def unpack_event(text: str) -> events.Event:
    """The event that `pack_event` made text of."""
    kind, body = json.loads(text)
    return typing.cast(events.Event, _reader(typing.cast(typing.Hashable, EVENTS[kind]))(body))


def pack_post(post: Post) -> str:
    """JSON of an outgoing post."""
    return pack(post)


def pack_suggestion(suggestion: Suggestion | None) -> str:
    """JSON of a suggestion without its hits' entries; "" for none."""
    if suggestion is None:
        return ""
    hits = [
        {"entry": h.entry.id, "title": h.entry.case.title, "url": h.entry.case.url, "kind": h.entry.case.kind.value,
         "helpful": round(h.helpful, 4), "cosine": round(h.cosine, 4), "why": list(h.why)}
        for h in suggestion.citations
    ]  # fmt: skip
    body = {"text": suggestion.text, "confidence": suggestion.confidence, "enough": suggestion.enough, "hits": hits}
    return json.dumps(body, ensure_ascii=False)


def pack_calls(calls: Sequence[Call]) -> str:
    """JSON of the calls behind a decision; "" for none."""
    return _json().encode(_plain(calls)) if calls else ""


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, bool, int, float):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _names(typing.cast(typing.Hashable, type(value)))}
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    return value


@cache
def _names(kind: typing.Hashable) -> tuple[str, ...]:
    return tuple(f.name for f in fields(typing.cast(type[Any], kind)))


@cache
def _reader(hint: typing.Hashable) -> Callable[[Any], Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        parts = {f.name: _reader(hints[f.name]) for f in fields(hint)}
        return _maker(typing.cast(Callable[..., Any], hint), parts)
    if origin in (types.UnionType, typing.Union):
        inner = _reader(next(a for a in arguments if a is not type(None)))
        return _same if inner is _same else lambda body: None if body is None else inner(body)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            item = _reader(arguments[0])
            if item is _same:
                return tuple
            return lambda body: tuple(item(part) for part in body)
        readers = [_reader(a) for a in arguments]
        return lambda body: tuple(read(part) for read, part in zip(readers, body, strict=True))
    if origin is frozenset:
        return frozenset
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return _same


def _same(body: Any) -> Any:
    return body


def _maker(kind: Callable[..., Any], parts: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """Makes a `kind` of an object's members, each through its reader; most are taken as they are, unknown ones left out."""
    changed = [(name, read) for name, read in parts.items() if read is not _same]

    def make(body: Any) -> Any:
        values = {name: value for name, value in body.items() if name in parts}
        for name, read in changed:
            if name in values:
                values[name] = read(values[name])
        return kind(**values)

    return make
