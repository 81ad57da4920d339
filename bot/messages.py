"""What is said: messages, forms and where they go, in no platform's own form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: a Click reports its `action` and `value`; style is "", primary or danger."""

    action: str
    label: str
    value: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down under a message; `options` are (label, value) pairs, the chosen value comes back in a Click."""

    action: str
    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One cited source: its title, address (may be empty), age and state in words.

    `known` says that the address is that of a page or thread which Vigil has itself, and not one that somebody wrote.
    """

    title: str
    url: str
    note: str
    known: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What Vigil says, in plain Markdown and in no platform's own form; adapters render it.

    `people` and `groups` are ids mentioned before the text (the only mentions there can be); `quiet` is the small line
    at the end, `source_label` stands over the sources ("" for nothing). `entries` are ids of what it cites where no
    decision tells that; `vouched` are the addresses in the text for which the cited documents stand: others become links
    only where the settings allow it.
    """

    text: str
    title: str = ""
    sources: tuple[Source, ...] = ()
    quiet: str = ""
    buttons: tuple[Button, ...] = ()
    choices: tuple[Choice, ...] = ()
    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    source_label: str = "Sources"
    entries: tuple[int, ...] = ()
    vouched: tuple[str, ...] = ()

    def redacted(self, redact: Callable[[str], str]) -> Message:
        """The message with `redact` applied to every word that people will see; ids and values stay."""
        return replace(
            self,
            text=redact(self.text),
            title=redact(self.title),
            sources=tuple(Source(redact(s.title), redact(s.url), redact(s.note), s.known) for s in self.sources),
            quiet=redact(self.quiet),
            choices=tuple(replace(c, options=_clean(c.options, redact)) for c in self.choices),
        )


class Target(StrEnum):
    """Where a Post goes: a thread, a channel's root, a person's messages, a reply address, an own message, a home page."""

    THREAD = "thread"
    CHANNEL = "channel"
    DIRECT = "direct"
    REPLY = "reply"
    UPDATE = "update"
    DELETE = "delete"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Post:
    """A message to send. `key` is unique and goes out in the message's metadata, so that it can be looked for later.

    `target` says where: THREAD needs thread_id, CHANNEL channel_id, DIRECT person, REPLY the address in `address`,
    UPDATE and DELETE the own message's turn id in `address`, HOME person. `event_type` is the metadata's (`vigil_suggestion`, ...).
    `tells` are ids of the channels, besides the one it goes to, whose words are in it: who reads it must be able to read those.
    """

    key: str
    target: Target
    channel_id: str
    message: Message
    thread_id: str | None = None
    person: str = ""
    address: str = ""
    event_type: str = "vigil_suggestion"
    decision_id: str = ""
    tells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a Form: `kind` is text, long or choice; options are (label, value) pairs."""

    name: str
    label: str
    kind: str = "text"
    initial: str = ""
    options: tuple[tuple[str, str], ...] = ()
    optional: bool = False

    def redacted(self, redact: Callable[[str], str]) -> Field:
        """The field with `redact` applied to what stands in it."""
        return replace(self, initial=redact(self.initial), options=_clean(self.options, redact))


@dataclass(frozen=True, slots=True)
class Form:
    """A modal: submitting it reports a Click with `action`, `value` and the fields' contents."""

    action: str
    value: str
    title: str
    submit: str
    fields: tuple[Field, ...]
    note: str = ""

    def redacted(self, redact: Callable[[str], str]) -> Form:
        """The form with `redact` applied to its note and to what its fields offer."""
        return replace(self, note=redact(self.note), fields=tuple(field.redacted(redact) for field in self.fields))


@dataclass(frozen=True, slots=True)
class Channel:
    """A place where Vigil listens; `owner` is who made it, as far as the platform was asked just now."""

    id: str
    name: str
    private: bool = False
    direct: bool = False
    shared: bool = False
    member: bool = True
    team: str = ""
    owner: str = ""


class Standing(StrEnum):
    """How somebody stands to the team: a full member, a guest, a visitor from another team, a bot, gone, or not known.

    The operator is whoever works at the command line of Vigil's machine.
    """

    MEMBER = "member"
    GUEST = "guest"
    VISITOR = "visitor"
    BOT = "bot"
    GONE = "gone"
    UNKNOWN = "unknown"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the platform: display name, time zone name, whether a bot, a guest, of another team, or deactivated."""

    id: str
    name: str
    time_zone: str = "UTC"
    is_bot: bool = False
    guest: bool = False
    outside: bool = False
    gone: bool = False

    @property
    def standing(self) -> Standing:
        """What of all that counts most: the least that can be said for them."""
        found = (
            (self.gone, Standing.GONE),
            (self.is_bot, Standing.BOT),
            (self.outside, Standing.VISITOR),
            (self.guest, Standing.GUEST),
        )
        return next((standing for holds, standing in found if holds), Standing.MEMBER)


def _clean(options: tuple[tuple[str, str], ...], redact: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    return tuple((redact(label), value) for label, value in options)
