"""A Slack message, live or from history, becomes a Turn, an Edit or a Deletion; pure and total."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.events import Deletion, Edit, Turn
from bot.platforms.base import Standing
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.slack_ids import Identity, channel_id, seconds, turn_id
from bot.platforms.slack_json import native, stamp
from bot.platforms.slack_text import plain

Redact = Callable[[str], str]

# Subtypes in which somebody says something; every other one is Slack's own remark (joins, topics, pins, ...).
SPOKEN = frozenset(("", "file_share", "thread_broadcast", "me_message", "bot_message"))
# Notices that carry nothing of their own.
EMPTY = frozenset(("message_replied", "ekm_access_denied"))
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>|<!subteam\^(S[A-Z0-9]+)(?:\|[^<>]*)?>")


def heard(event: Table, me: Identity, redact: Redact) -> Turn | Edit | Deletion | None:
    """The value of one `message` or `app_mention` event; None when it changes nothing for Vigil."""
    channel = native(event, "channel")
    if not channel:
        return None
    match text(event, "subtype"):
        case "message_changed":
            return _changed(event, channel, me, redact)
        case "message_deleted":
            gone = stamp(event, "deleted_ts") or stamp(table(event, "previous_message"), "ts")
            at = seconds(stamp(event, "event_ts") or stamp(event, "ts"))
            left = _left_of(table(event, "previous_message"), channel, me, gone)
            return Deletion(turn_id(me.team, channel, gone), at or seconds(gone), left) if gone else None
    mentioned = text(event, "type") == "app_mention"
    return turn(event, channel, me, redact, direct=is_direct(event, channel), mentioned=mentioned)


def is_direct(event: Table, channel: str) -> bool:
    return text(event, "channel_type") == "im" or (not text(event, "channel_type") and channel.startswith("D"))


def _changed(event: Table, channel: str, me: Identity, redact: Redact) -> Edit | Deletion | None:
    """An edit of the text; None for an unfurl, a reply count and whatever else Slack calls a change."""
    after, before = table(event, "message"), table(event, "previous_message")
    ts = stamp(after, "ts")
    if not ts:
        return None
    at = seconds(stamp(table(after, "edited"), "ts") or stamp(event, "event_ts") or stamp(event, "ts"))
    if text(after, "subtype") == "tombstone":
        return Deletion(turn_id(me.team, channel, ts), at, _left_of(before, channel, me, ts))
    said = words(after, me)
    if before and words(before, me) == said:
        return None
    return Edit(turn_id(me.team, channel, ts), redact(said), at, _wordless(after, channel, me, redact))


def _wordless(item: Table, channel: str, me: Identity, redact: Redact) -> Turn | None:
    """A changed message without its words; None when it is not told who wrote it."""
    changed = turn(item, channel, me, redact, direct=channel.startswith("D"))
    if changed is None or changed.author == "unknown":
        return None
    return replace(changed, text="", edited_at=None)


def _left_of(before: Table, channel: str, me: Identity, ts: str) -> Turn | None:
    """What stays of a deleted message: its place, and who wrote it."""
    left = _wordless(before, channel, me, str) if stamp(before, "ts") == ts else None
    return replace(left, files=(), mentions=()) if left else None


def turn(
    item: Table, channel: str, me: Identity, redact: Redact, direct: bool = False, mentioned: bool = False
) -> Turn | None:
    """One message as it stands now; None without a timestamp or for a notice that carries nothing."""
    ts, kind = stamp(item, "ts"), text(item, "subtype")
    if not ts or kind in EMPTY or (item.get("hidden") is True and kind != "tombstone"):
        return None
    author, own = native(item, "user") or native(item, "bot_id") or "unknown", is_own(item, me)
    spoken, named = kind in SPOKEN, mentioned or me.user in mentions(text(item, "text"))
    return Turn(
        id=turn_id(me.team, channel, ts),
        thread_id=turn_id(me.team, channel, stamp(item, "thread_ts") or ts),
        channel_id=channel_id(me.team, channel),
        author=author,
        text="" if kind == "tombstone" else redact(words(item, me)),
        sent_at=seconds(ts),
        is_bot=own or bool(text(item, "bot_id")) or kind == "bot_message" or author == "USLACKBOT",
        own=own,
        addressed=spoken and not own and (named or direct),
        edited_at=seconds(stamp(table(item, "edited"), "ts")) or None,
        deleted=kind == "tombstone",
        system=not spoken,
        mentions=tuple(who for who in mentions(text(item, "text")) if who != me.user),
        files=tuple(redact(name) for name in file_names(item)),
        key=sent_with(item) if own else "",
    )


def standing(item: Table, channel: str, me: Identity, redact: Redact, direct: bool = False) -> Standing | None:
    """A message of the history as it stands; None when it is nothing to Vigil."""
    found = turn(item, channel, me, redact, direct)
    if found is None:
        return None
    reactions: set[tuple[str, str]] = set()
    cut: set[str] = set()
    for row in rows(item, "reactions"):
        name, users, count = bare_name(text(row, "name")), row.get("users"), row.get("count")
        people = {
            actor for user in (users if isinstance(users, list) else []) if (actor := native({"user": user}, "user"))
        }
        reactions |= {(actor, name) for actor in people if name}
        if not isinstance(count, int) or count > len(people):  # of a popular reaction Slack names only some people
            cut.add(name)
    replies = item.get("reply_count")
    newest = seconds(stamp(item, "latest_reply"))
    return Standing(found, frozenset(reactions), frozenset(cut), replies if isinstance(replies, int) else 0, newest)


def bare_name(emoji: str) -> str:
    """An emoji's name without colons and skin tone."""
    return emoji.strip(":").partition("::")[0]


def is_own(item: Table, me: Identity) -> bool:
    """Whether Vigil itself said it."""
    mine = (("user", me.user), ("bot_id", me.bot), ("app_id", me.app))
    return any(known and text(item, key) == known for key, known in mine)


def sent_with(item: Table) -> str:
    """The key of an own message: its first block's id, which live events tell too, or where it has no blocks its metadata's."""
    first = next(iter(rows(item, "blocks")), {})
    return text(first, "block_id") or text(table(table(item, "metadata"), "event_payload"), "key")


def mentions(raw: str) -> tuple[str, ...]:
    """People and groups named in a raw text, once each, in order."""
    return tuple(dict.fromkeys(found[1] or found[2] for found in _PERSON.finditer(raw)))


def file_names(item: Table) -> tuple[str, ...]:
    return tuple(name for file in rows(item, "files") if (name := text(file, "name") or text(file, "title")))


def words(item: Table, me: Identity) -> str:
    """What a message says: its text without the leading mention of Vigil, a bot's attachments, its files by name."""
    raw = re.sub(rf"^(\s*<@{re.escape(me.user)}(\|[^<>]*)?>[\s,:]*)+", "", text(item, "text"))
    parts = [raw if raw.strip() else " ".join(_block_texts(item))]
    if text(item, "bot_id") or text(item, "subtype") == "bot_message":
        # People's attachments are unfurled links, a bot's are often all it says.
        parts += [_attachment(row) for row in rows(item, "attachments")]
    said = "\n".join(plain(part) for part in parts if part.strip())
    return "\n".join([*filter(None, [said]), *(f"[file: {name}]" for name in file_names(item))])


def _block_texts(item: Table) -> Iterator[str]:
    for block in rows(item, "blocks"):
        if text(block, "type") in ("section", "header"):
            yield text(table(block, "text"), "text")


def _attachment(row: Table) -> str:
    said = [text(row, key) for key in ("pretext", "title", "text")]
    return "\n".join(part for part in said if part) or text(row, "fallback")
