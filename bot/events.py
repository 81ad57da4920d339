"""What is heard: every event of a chat platform as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass

MESSAGE, WHISPER, FORM, FOREIGN = "message", "whisper", "form", "foreign"


def channel_of(turn_id: str) -> str:
    """The channel's id in a turn's or thread's id."""
    return turn_id.rsplit(":", 1)[0]


def platform_of(known: str) -> str:
    """The platform's name in an id of a channel, a thread or a turn."""
    return known.split(":", 1)[0]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `id` is platform:team:channel:ts; `thread_id` the same of the thread's root; times in epoch seconds.

    `text` is plain text with code fences kept and secrets already redacted; `author` is the platform's own user id
    (or bot id); `addressed` means Vigil was mentioned or it is a direct message; `own` marks Vigil's own posts, whose
    `key` is the one that they were sent with. The key is heard, not stored.
    """

    id: str
    thread_id: str
    channel_id: str
    author: str
    text: str
    sent_at: float
    is_bot: bool = False
    own: bool = False
    addressed: bool = False
    edited_at: float | None = None
    deleted: bool = False
    system: bool = False
    mentions: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    key: str = ""

    @property
    def is_root(self) -> bool:
        return self.id == self.thread_id

    @property
    def human(self) -> bool:
        """A person wrote it, and it was not deleted."""
        return not (self.is_bot or self.own or self.deleted or self.system)


@dataclass(frozen=True, slots=True)
class Edit:
    """A message's text was changed; `turn` is the message without its words, for a store that has not heard it yet."""

    turn_id: str
    text: str
    at: float
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """A message was deleted by its author or an administrator; `turn` is what stays of it, as with an Edit."""

    turn_id: str
    at: float
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction was added to, or removed from, a message; `name` is the emoji's name without colons."""

    turn_id: str
    actor: str
    name: str
    added: bool
    at: float


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command, shortcut or mention in words: `verb` with its argument, for a thread if one is known.

    `reply_to` is where an answer only for the actor goes (a response_url), or the thread in which Vigil was mentioned;
    `trigger` opens a modal while it lives.
    """

    verb: str
    argument: str
    actor: str
    channel_id: str
    at: float
    thread_id: str | None = None
    turn_id: str | None = None
    reply_to: str = ""
    trigger: str = ""
    via: str = "slash"


@dataclass(frozen=True, slots=True)
class Click:
    """A button press or a submitted form; `value` is what the button carried, `fields` what the form holds.

    `via` is MESSAGE, WHISPER for what only its actor saw, FORM, or FOREIGN for a message that is not Vigil's.
    """

    action: str
    value: str
    actor: str
    channel_id: str
    at: float
    turn_id: str | None = None
    reply_to: str = ""
    trigger: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    via: str = MESSAGE


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody (perhaps Vigil itself, `own`) joined or left a channel; without `actor`, it became another kind of place."""

    channel_id: str
    actor: str
    joined: bool
    own: bool
    at: float


@dataclass(frozen=True, slots=True)
class Probe:
    """Nothing was said: a listener tries whether its way through the inbox to the worker is open."""

    listener: str
    at: float


Event = Turn | Edit | Deletion | Reaction | Command | Click | Membership | Probe


def natural_key(event: Event) -> str:
    """An id made of what happened, for what history tells without an event id; live events carry it as an alias."""
    match event:
        case Turn():
            return event.id
        case Edit():
            return f"{event.turn_id}:edit:{event.at:.6f}"
        case Deletion():
            return f"{event.turn_id}:deleted"
        case Reaction():
            return f"{reaction_key(event.turn_id, event.actor, event.name, event.added)}{event.at:.6f}"
        case Membership():
            return f"{event.channel_id}:{event.actor}:{'joined' if event.joined else 'left'}:{event.at:.6f}"
        case Probe():
            return f"probe:{event.listener}"
    return f"{event.channel_id}:{event.actor}:{event.at:.6f}"


def reaction_key(turn_id: str, actor: str, name: str, added: bool) -> str:
    """How the natural key of such a reaction begins; its time follows, so that keys sort by time."""
    return f"{turn_id}:{'+' if added else '-'}{name}:{actor}:"
