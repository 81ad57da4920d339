"""The last look at what is sent to Lark: whatever made it, only permitted mentions and links stay in it, and only known elements."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from bot.messages import Message
from bot.models import VigilError
from bot.outgoing_links import ADDRESS, Links, trimmed
from bot.outgoing_markdown import CODE
from bot.outgoing_mentions import defanged
from bot.outgoing_signs import visible

SPEAKING = frozenset(
    (
        "POST im/v1/messages",
        "POST im/v1/messages/:message_id/reply",
        "PATCH im/v1/messages/:message_id",
        "POST ephemeral/v1/send",
    )
)
"""The calls by which Vigil says something; a call that could say something and is not named here is refused."""
QUIET = re.compile(
    r"(GET|DELETE) .*|POST (auth/v3/.*|ephemeral/v1/delete|im/v1/messages/(:message_id/reactions|reactions/batch_query))"
)
ELEMENTS = frozenset(
    ("markdown", "div", "hr", "button", "select_static", "column_set", "column", "form", "input", "plain_text")
)
# What can show a picture or lead somewhere without being looked at here.
FOREIGN = frozenset(
    (
        "url", "href", "multi_url", "default_url", "pc_url", "ios_url", "android_url", "card_link", "img_key", "icon",
        "i18n_content", "i18n_elements", "i18n_header", "extra", "template_id",
    )
)  # fmt: skip
_CODE = re.compile(CODE, re.DOTALL | re.MULTILINE)
_TAG_IN_CODE = re.compile(r"<(?=\s*/?\s*(?:at|person)\b)", re.IGNORECASE)
_PIECE = re.compile(
    rf"(?P<font></?font(?: color='grey')?>)|(?P<at><at id=(?P<who>[\w-]{{1,64}})></at>)"
    r"|(?<!!)\[(?P<label>[^\[\]\n]{0,800})\]\((?P<url>[^\s()<>]{0,2000})\)"
    rf"|(?P<bare>{ADDRESS.pattern})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Permit:
    """What one message may hold: open ids of people, and links."""

    people: frozenset[str] = frozenset()
    links: Links = field(default_factory=Links)


def permit(message: Message, links: Links) -> Permit:
    """What the message's own fields ask for."""
    return Permit(frozenset(message.people), links)


def sealed(name: str, body: dict[str, Any], allowed: Permit | None = None) -> dict[str, Any]:
    """The body of a call as it may be sent, its card written as Lark takes it.

    Raises VigilError for a call or an element that nobody here knows how to look into. Without a permit nobody is mentioned
    and nothing is linked. Calls that say nothing to anybody pass as they are.
    """
    if name not in SPEAKING:
        if not QUIET.fullmatch(name):
            raise VigilError(f"{name} must not be called: what it says is not looked into")
        return body
    if body.get("msg_type", "interactive") != "interactive":
        raise VigilError("only cards are sent: other messages are not looked into")
    may = allowed or Permit()
    if isinstance(card := body.get("card"), dict):
        return {**body, "card": _look("card", card, may)}
    content = body.get("content")
    if not isinstance(content, dict):
        raise VigilError("a message without a card must not be sent")
    return {**body, "content": written(_look("card", content, may))}


def written(card: dict[str, Any]) -> str:
    """A card as the text that Lark takes, and whose bytes it counts."""
    return json.dumps(card, ensure_ascii=False, separators=(",", ":"))


def _look(key: str, value: Any, may: Permit) -> Any:
    if key in FOREIGN:
        raise VigilError(f"{key} must not be sent: it is not looked into")
    if key == "behaviors":
        return _behaviors(value)
    if isinstance(value, dict):
        return _object(value, may)
    if isinstance(value, list):
        return [_look("", one, may) for one in value]
    if isinstance(value, str) and key == "default_value":  # somebody's text to edit: it says nothing to anybody yet
        return visible(value)
    return _plain(value) if isinstance(value, str) and key == "content" else value


def _behaviors(value: Any) -> Any:
    """What a click does: it tells the app, and leads nowhere. What it tells is Vigil's own and comes back as it went."""
    if any(one.get("type") != "callback" for one in value):
        raise VigilError("a click may only tell the app")
    return value


def _object(value: dict[str, Any], may: Permit) -> dict[str, Any]:
    tag = value.get("tag")
    if tag is not None and tag not in ELEMENTS:
        raise VigilError(f"elements of kind {tag!r} must not be sent: they are not looked into")
    if tag == "markdown":
        return {**{key: _look(key, one, may) for key, one in value.items()}, "content": marked(value["content"], may)}
    return {key: _look(key, one, may) for key, one in value.items()}


def _plain(text: str) -> str:
    """Words in which Lark reads no markup; a mention in them would only look like one."""
    return defanged(visible(text))


def marked(text: str, may: Permit) -> str:
    """A card's Markdown with every tag that may not stand made words, and every link that may not stand made code."""
    parts, end, seen = list[str](), 0, visible(text)
    for found in _CODE.finditer(seen):
        parts += [_prose(seen[end : found.start()], may), _TAG_IN_CODE.sub("\u2039", found[0])]
        end = found.end()
    return "".join([*parts, _prose(seen[end:], may)])


def _prose(text: str, may: Permit) -> str:
    parts, end = list[str](), 0
    for found in _PIECE.finditer(text):
        parts += [_words(text[end : found.start()]), _piece(found, may)]
        end = found.end()
    return "".join([*parts, _words(text[end:])])


def _piece(found: re.Match[str], may: Permit) -> str:
    if found["font"] is not None:
        return found[0]
    if found["at"] is not None:
        return found[0] if found["who"] in may.people else _words(found[0])
    if found["label"] is not None:
        label = _words(found["label"])
        return f"[{label}]({found['url']})" if may.links.allow(found["url"]) else label
    url = trimmed(found["bare"])
    fine = may.links.allow(url) and not set("[]()!*") & set(url)  # what Markdown could read on its own
    return (url if fine else f"`{url.replace('`', '%60')}`") + _words(found["bare"][len(url) :])


def _words(text: str) -> str:
    """Prose without a tag, a picture or the middle of a link, and without a backtick that would pair with another one."""
    calm = defanged(text.replace("![", "! [").replace("](", "] (").replace("`", "\u02cb"))
    return calm.replace("<", "&#60;")
