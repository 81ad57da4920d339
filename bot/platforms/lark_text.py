"""What any kind of Lark message says, as plain Markdown; what cannot be read is named in brackets; pure and total."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.lark_json import parsed

Names = Mapping[str, str]
"""Whom the keys in a message's content (`@_user_1`) stand for, by their ids."""
LOCALES = ("zh_cn", "en_us", "ja_jp")
# Other people's cards and forwards may hold anything in any depth; of more than this nobody reads the rest.
DEEPEST, MOST_PARTS, LONGEST_FORWARD = 12, 500, 20_000
_KEY = re.compile(r"@_(?:user_[0-9]{1,5}|all)(?![0-9A-Za-z_])")
_AT = re.compile(r"<at\s[^<>]{0,300}?(?:user_id|open_id|id)=[\"']?([\w@-]{1,80})[^<>]{0,300}>(?:[^<>]{0,200}</at>)?")
_TAG = re.compile(r"</?(?:font|text_tag|person|number_tag|at|b|i|u|p)(?:\s[^<>]{0,300})?>")
_SLOT = re.compile(r"\{([a-z_]{1,40})\}")
_KIND = re.compile(r"[a-z0-9_]{1,40}")
_STYLES = (("bold", "**"), ("italic", "_"), ("lineThrough", "~~"))


def plain(kind: str, content: str, names: Names) -> str:
    """The words of one message; files by name, everything else that is no text by what it is."""
    held, read = parsed(content), _READERS.get(kind)
    if read is not None:
        return read(held, names).strip()
    return _bare(kind)


def forwarded(messages: Sequence[tuple[str, str, Names]]) -> str:
    """Messages (kind, content, names) that were forwarded as one: quoted, and cut where they get too long."""
    lines, left = [_bare("merge_forward")], LONGEST_FORWARD
    for kind, content, names in messages:
        for line in plain(kind, content, names).splitlines():
            if left < len(line):
                return "\n".join([*lines, "> …"])
            lines.append(f"> {line}")
            left -= len(line) + 2
    return "\n".join(lines)


def files(kind: str, content: str) -> tuple[str, ...]:
    """Names of the files that a message brings."""
    name = text(parsed(content), "file_name")
    return (name,) if name and kind in ("file", "media", "folder") else ()


def _bare(kind: str) -> str:
    known = {"merge_forward": "forwarded messages", "share_user": "contact card", "share_chat": "chat card"}
    known |= {"hongbao": "red packet", "media": "video", "video_chat": "meeting", "todo": "task"}
    return f"[{known.get(kind) or (kind.replace('_', ' ') if _KIND.fullmatch(kind) else 'message')}]"


def _labelled(kind: str, *said: str) -> str:
    """`[file: a.log]`; what somebody wrote stays on its line."""
    words = ", ".join(" ".join(part.split()) for part in said if part)
    return f"{_bare(kind)[:-1]}: {words}]" if words else _bare(kind)


def named(words: str, names: Names) -> str:
    """Keys and <at> tags as @ID."""

    def mention(found: re.Match[str]) -> str:
        return _person(found[1] if found.re is _AT else found[0], names)

    return _KEY.sub(mention, _AT.sub(mention, words) if "<at" in words else words)


def _person(key: str, names: Names) -> str:
    return "@all" if key in ("@_all", "all") else f"@{names.get(key, key).lstrip('@')}"


def _text(held: Table, names: Names) -> str:
    return named(text(held, "text"), names)


def _post(held: Table, names: Names) -> str:
    """Rich text, which stands under a language in some places and bare in others."""
    if not isinstance(held.get("content"), list):
        held = next((found for key in (*LOCALES, *map(str, held)) if (found := table(held, key))), held)
    lines = [text(held, "title")]
    paragraphs = held.get("content")
    for paragraph in paragraphs[:MOST_PARTS] if isinstance(paragraphs, list) else ():
        parts = paragraph[:MOST_PARTS] if isinstance(paragraph, list) else ()
        lines.append("".join(_piece(part, names) for part in parts if isinstance(part, Mapping)))
    return "\n".join(lines)


def _piece(part: Table, names: Names) -> str:
    said = text(part, "text")
    match text(part, "tag"):
        case "text":
            return _styled(named(said, names), part.get("style"))
        case "a":
            return link(text(part, "href"), said)
        case "at":
            key = text(part, "user_id") or text(part, "user_name")
            return _person(key, names)
        case "code_block":
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", said)), default=0))
            return f"\n{fence}{text(part, 'language').lower()}\n{said.rstrip()}\n{fence}\n"
        case "emotion":
            return f":{text(part, 'emoji_type').lower()}:"
        case "img" | "media" as kind:
            return _bare({"img": "image"}.get(kind, kind))
        case "hr":
            return "---"
        case "button":
            return ""
    return named(_TAG.sub("", _AT.sub(lambda found: _person(found[1], names), said)), names)


def _styled(words: str, styles: object) -> str:
    """Words between their marks; white space at the edges stays outside, where Markdown wants it."""
    core = words.strip()
    worn = styles if core and isinstance(styles, list) else []
    for style, mark in _STYLES:
        if style in worn:
            core = f"{mark}{core}{mark}"
    return words.replace(words.strip(), core, 1) if core else words


def link(href: str, shown: str) -> str:
    """A titled link; its words alone where it leads nowhere on the web, the address alone where it is its own title."""
    shown = " ".join(shown.split())
    if not re.match(r"https?://[^\s/]", href) or len(href) > 2000:
        return shown or href
    if not shown or shown in (href, href.partition("://")[2].rstrip("/")):
        return href
    target = "".join(href.split()).replace("(", "%28").replace(")", "%29")
    return f"[{shown.replace('[', '(').replace(']', ')')}]({target})"


def _card(held: Table, names: Names) -> str:
    """A card's words: as history tells them, a title and lines of elements, or as its author sent it."""
    title = text(held, "title") or text(table(table(held, "header"), "title"), "content")
    elements = held.get("elements")
    if isinstance(elements, list) and any(isinstance(line, list) for line in elements):
        return _post({"title": title, "content": elements}, names) or _bare("card")
    said = [title, *(named(_TAG.sub("", _AT.sub(lambda at: _person(at[1], names), one)), names) for one in _said(held))]
    return "\n".join(part for part in said if part.strip()) or _bare("card")


def _said(card: Table) -> Iterator[str]:
    """The texts of a card's elements in order, without those of what can be clicked; breadth and depth are bounded."""
    waiting: list[tuple[Any, int]] = [(table(card, "body") or card, 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part, depth = waiting.pop()
        tag = text(part, "tag")
        yield text(part, "content") if tag in ("markdown", "lark_md", "plain_text") else ""
        inside = [table(part, "text")] if tag == "div" else []
        for key in ("elements", "columns", "fields") if tag not in ("button", "action") else ():
            inside += rows(part, key)
        inside += [table(one, "text") for one in inside if not text(one, "tag")]
        if depth < DEEPEST:
            waiting += [(one, depth + 1) for one in reversed(inside) if one]


def _system(held: Table, _: Names) -> str:
    """A notice of Lark's own: a sentence with slots for names."""

    def filled(slot: re.Match[str]) -> str:
        value = held.get(slot[1])
        listed = value if isinstance(value, list) else [value]
        return ", ".join(
            one if isinstance(one, str) else text(one, "name") for one in listed if isinstance(one, str | Mapping)
        )

    return _SLOT.sub(filled, text(held, "template")) or _bare("notice")


def _task(held: Table, names: Names) -> str:
    summary = table(held, "summary")
    return _labelled("todo", " ".join(_post(summary, names).split()) if summary else "")


def _vote(held: Table, _: Names) -> str:
    options = held.get("options")
    listed = [one for one in options[:20] if isinstance(one, str)] if isinstance(options, list) else []
    return "\n".join([_labelled("vote", text(held, "topic")), *(f"- {' '.join(one.split())}" for one in listed)])


def _audio(held: Table, _: Names) -> str:
    length = held.get("duration")
    return _labelled("audio", f"{length / 1000:.0f} s" if type(length) is int and 0 < length < 1 << 40 else "")


def _by(kind: str, key: str) -> Callable[[Table, Names], str]:
    return lambda held, names: _labelled(kind, text(held, key))


_READERS: Mapping[str, Callable[[Table, Names], str]] = {
    "text": _text,
    "post": _post,
    "interactive": _card,
    "file": _by("file", "file_name"),
    "media": _by("media", "file_name"),
    "folder": _by("folder", "file_name"),
    "location": _by("location", "name"),
    "video_chat": _by("video_chat", "topic"),
    "calendar": _by("calendar", "summary"),
    "share_calendar_event": _by("calendar", "summary"),
    "general_calendar": _by("calendar", "summary"),
    "audio": _audio,
    "system": _system,
    "todo": _task,
    "vote": _vote,
}
