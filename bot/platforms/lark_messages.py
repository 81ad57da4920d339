"""A Lark message, live or from history, becomes a Turn, an Edit, a Deletion or a Command; pure and total."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.events import Command, Deletion, Edit, Turn
from bot.platforms import lark_text, lark_whispers
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.lark_cards import sent_with
from bot.platforms.lark_ids import Identity, channel_id, turn_id
from bot.platforms.lark_json import native, parsed, seconds

Redact = Callable[[str], str]

FORWARD = "merge_forward"
# Kinds in which somebody types; in all others nobody can give a command.
_TYPED = frozenset(("text", "post"))
_COMMAND = re.compile(r"/vigil(?![\w-])[ \t:,：，]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """One message, read the same from an event and from history; `people` are the ids behind its mentions' keys."""

    id: str
    chat: str
    root: str
    author: str
    bot: bool
    own: bool
    kind: str
    content: str
    people: Mapping[str, str]
    sent_at: float
    changed_at: float
    deleted: bool = False
    direct: bool = False

    @property
    def turn_id(self) -> str:
        return f"{self.chat}:{self.id}"


def heard(event: Table, me: Identity, redact: Redact, forwarded: Sequence[Table] = ()) -> Turn | Command | None:
    """The value of one im.message.receive_v1, a Command where it begins with /vigil; None without ids.

    `forwarded` are the messages that a merged forward holds, as Lark's API gives them.
    """
    said = _of_event(event, me)
    if said is None:
        return None
    return _command(said, me, redact) or _turn(said, me, redact, forwarded)


def changed(event: Table, me: Identity, redact: Redact) -> Edit | None:
    """The value of one im.message.updated_v1; an edited command stays what it was."""
    said = _of_event(event, me)
    if said is None or (said.own and said.kind == "interactive") or _is_command(said, me):
        return None
    left = None if said.author == "unknown" else replace(_turn(said, me, redact), text="", edited_at=None)
    return Edit(said.turn_id, redact(words(said, me)), said.changed_at or said.sent_at, left)


def recalled(event: Table, me: Identity, now: float) -> Deletion | None:
    """The value of one im.message.recalled_v1, which does not tell whose message it was."""
    chat, message = native(event, "chat_id"), native(event, "message_id")
    if not chat or not message:
        return None
    return Deletion(turn_id(me.tenant, chat, message), seconds(event, "recall_time") or now)


def turn(
    item: Table, me: Identity, redact: Redact, direct: bool = False, forwarded: Sequence[Table] = ()
) -> Turn | None:
    """A message as Lark's API gives it (with user_card_content, so that own cards tell their keys); None without ids.

    A command is a turn here that is addressed to Vigil: what nobody heard live is answered in its thread.
    """
    said = _of_item(item, me, direct)
    return None if said is None else _turn(said, me, redact, forwarded)


def stands(event: Table, me: Identity) -> str:
    """The turn id of the message that an event is about."""
    message = table(event, "message")
    return turn_id(me.tenant, native(message, "chat_id"), native(message, "message_id"))


def words(said: Said, me: Identity, forwarded: Sequence[Table] = ()) -> str:
    """What a message says, without the leading mention of Vigil."""
    if said.deleted:
        return ""
    if said.kind == FORWARD and forwarded:
        return lark_text.forwarded([_raw(item) for item in forwarded])
    keys = "|".join(
        re.escape(f"@{who}") for who in {me.bot, *(k for k, v in said.people.items() if v == me.bot)} if who
    )
    plain = lark_text.plain(said.kind, said.content, said.people)
    return re.sub(rf"^(?:\s*(?:{keys})(?![\w-])[\s,:，：]*)+", "", plain) if keys else plain


def _turn(said: Said, me: Identity, redact: Redact, forwarded: Sequence[Table] = ()) -> Turn:
    system = said.kind == "system"
    named = tuple(dict.fromkeys(who for who in said.people.values() if who))
    addressed = said.direct or me.bot in named or _is_command(said, me)
    return Turn(
        id=said.turn_id,
        thread_id=f"{said.chat}:{said.root or said.id}",
        channel_id=said.chat,
        author=said.author,
        text=redact(words(said, me, forwarded)),
        sent_at=said.sent_at,
        is_bot=said.bot or said.own,
        own=said.own,
        addressed=addressed and not (said.own or system or said.deleted),
        edited_at=said.changed_at or None,
        deleted=said.deleted,
        system=system,
        mentions=() if said.deleted else tuple(who for who in named if who != me.bot),
        files=() if said.deleted else tuple(redact(name) for name in lark_text.files(said.kind, said.content)),
        key=sent_with(parsed(said.content)) if said.own and said.kind == "interactive" else "",
    )


def _is_command(said: Said, me: Identity) -> bool:
    person = said.author != "unknown" and not (said.bot or said.own or said.deleted)
    return person and said.kind in _TYPED and bool(_COMMAND.match(words(said, me).lstrip()))


def _command(said: Said, me: Identity, redact: Redact) -> Command | None:
    """`/vigil VERB ARGUMENT` as a text, for the thread it is typed in; an empty command asks for help."""
    if not _is_command(said, me):
        return None
    # As one text: `password is …` tells what follows.
    verb, _, argument = redact(_COMMAND.sub("", words(said, me).lstrip(), count=1).strip()).partition(" ")
    address = lark_whispers.address(said.turn_id, said.author)
    return Command(
        verb=verb.lower() or "help",
        argument=argument.strip(),
        actor=said.author,
        channel_id=said.chat,
        at=said.sent_at,
        thread_id=f"{said.chat}:{said.root}" if said.root else None,
        reply_to=address,
        trigger=address,
    )


def _of_event(event: Table, me: Identity) -> Said | None:
    message, sender = table(event, "message"), table(event, "sender")
    ids, kind = table(sender, "sender_id"), text(sender, "sender_type")
    chat, name = native(message, "chat_id"), native(message, "message_id")
    if not chat or not name:
        return None
    author = native(ids, "open_id") or native(ids, "app_id") or "unknown"
    created, updated = seconds(message, "create_time"), seconds(message, "update_time")
    return Said(
        id=name,
        chat=channel_id(me.tenant, chat),
        root=_root(message, name),
        author=author,
        bot=kind not in ("user", ""),
        own=author in (me.bot, me.app),
        kind=text(message, "message_type"),
        content=text(message, "content"),
        people=_people(message),
        sent_at=created,
        changed_at=updated if updated > created else 0.0,
        direct=text(message, "chat_type") == "p2p",
    )


def _of_item(item: Table, me: Identity, direct: bool) -> Said | None:
    sender, chat, name = table(item, "sender"), native(item, "chat_id"), native(item, "message_id")
    if not chat or not name:
        return None
    author = native(sender, "id") or "unknown"
    own = author in (me.bot, me.app)
    return Said(
        id=name,
        chat=channel_id(me.tenant, chat),
        root=_root(item, name),
        author=me.bot if own else author,
        bot=text(sender, "sender_type") not in ("user", ""),
        own=own,
        kind=text(item, "msg_type"),
        content=text(table(item, "body"), "content"),
        people=_people(item),
        sent_at=seconds(item, "create_time"),
        changed_at=seconds(item, "update_time") if item.get("updated") is True else 0.0,
        deleted=item.get("deleted") is True,
        direct=direct,
    )


def _root(message: Table, name: str) -> str:
    """The message that began the thread or the chain of answers, "" for that one itself."""
    root = native(message, "root_id") or native(message, "parent_id")
    return "" if root == name else root


def _people(message: Table) -> dict[str, str]:
    """The ids behind the keys of a message's mentions: events and history write them differently."""
    found = rows(message, "mentions")
    return {
        text(row, "key"): native(table(row, "id"), "open_id")
        or native(row, "id")
        or native(table(row, "id"), "user_id")
        for row in found
        if text(row, "key") and text(row, "key") != "@_all"
    }


def _raw(item: Table) -> tuple[str, str, Mapping[str, str]]:
    return text(item, "msg_type"), text(table(item, "body"), "content"), _people(item)
