"""The last look at what is sent to Slack: whatever made it, only permitted mentions and links stay, and nothing is parsed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.messages import Message
from bot.models import VigilError
from bot.outgoing_links import Links
from bot.outgoing_mentions import defanged
from bot.outgoing_signs import visible

SPEAKING = ("chat.", "views.", "response_url")
"""What the names of all calls begin with that say something to somebody."""
BLOCKS = frozenset(("section", "context", "actions", "input", "header", "divider"))
# What can show a picture or lead somewhere without being looked at here.
FOREIGN = frozenset(
    ("url", "image_url", "thumb_url", "title_link", "author_link", "attachments", "markdown_text", "slack_file")
)
_CODE = re.compile(r"```.*?```|(?<!`)`[^`\n]+`(?!`)", re.DOTALL)
_TOKEN = re.compile(r"<([^<>]*)>|[<>]")
_SINGLE = str.maketrans("<>", "\u2039\u203a")


@dataclass(frozen=True, slots=True)
class Permit:
    """What one message may hold: ids of people and groups, and links."""

    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    links: Links = field(default_factory=Links)

    def tokens(self, inside: str) -> bool:
        """Whether `<inside>` may stand."""
        target, _, label = inside.partition("|")
        if target.startswith("@"):
            return not label and target[1:] in self.people
        if target.startswith("!subteam^"):
            return not label and target[9:] in self.groups
        return self.links.allow(target.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def permit(message: Message, links: Links) -> Permit:
    """What the message's own fields ask for."""
    return Permit(frozenset(message.people), frozenset(message.groups), links)


def sealed(method: str, body: dict[str, Any], allowed: Permit | None = None) -> dict[str, Any]:
    """The arguments of a call as they may be sent; raises VigilError for a block that nobody here knows how to look into.

    Without a permit nobody is mentioned and nothing is linked. Calls that say nothing to anybody pass as they are.
    """
    if not method.startswith(SPEAKING):
        return body
    may = allowed or Permit()
    found = {key: _look(key, value, may) for key, value in body.items() if key != "metadata"}
    if not method.startswith("views."):
        found |= {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
    return found | ({"metadata": body["metadata"]} if "metadata" in body else {})


def _look(key: str, value: Any, may: Permit) -> Any:
    if key in FOREIGN:
        raise VigilError(f"{key} must not be sent: it is not looked into")
    if key == "text" and isinstance(value, str):
        return _marked(value, may)
    if key == "blocks":
        wrong = next((b for b in value if b.get("type") not in BLOCKS), None)
        if wrong is not None:
            raise VigilError(f"blocks of type {wrong.get('type')!r} must not be sent: they are not looked into")
    if isinstance(value, dict):
        return _object(value, may)
    return [_look("", one, may) for one in value] if isinstance(value, list) else value


def _object(value: dict[str, Any], may: Permit) -> dict[str, Any]:
    match value.get("type"):
        case "mrkdwn":
            return {**value, "text": _marked(value["text"], may), "verbatim": True}
        case "plain_text":
            return {**value, "text": _outside_code(visible(value["text"]), defanged)}
    return {key: _look(key, one, may) for key, one in value.items()}


def _marked(text: str, may: Permit) -> str:
    """mrkdwn with every token that may not stand made words; nothing gets longer by it than a bracket or two."""

    def one(found: re.Match[str]) -> str:
        whole = found[0]
        return whole if found[1] and may.tokens(found[1]) else whole.translate(_SINGLE)

    kept = visible(text)
    if "<" in kept or ">" in kept:
        kept = _TOKEN.sub(one, kept)
    return _outside_code(kept, lambda prose: _between_tokens(prose, defanged))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts, end = list[str](), 0
    for found in _CODE.finditer(text):
        parts += [change(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, change(text[end:])])


def _between_tokens(text: str, change: Callable[[str], str]) -> str:
    """Whatever stands between tokens; the tokens that are left have been looked at."""
    return "".join(part if part.startswith("<") else change(part) for part in re.split(r"(<[^<>]*>)", text))
