"""What a message says: checks it as Lark does when the app sends it, and writes it as Lark gives it out again."""

import json
import re
from dataclasses import dataclass, field

from bot.sandbox.lark_card_checks import checked_card, seen_card
from bot.sandbox.lark_models import Denied
from bot.sandbox.lark_workspace import LarkWorkspace
from bot.sandbox.models import Json

TEXT_LIMIT, RICH_LIMIT = 150 * 1024, 30 * 1024
LOCALES = ("zh_cn", "en_us", "ja_jp")
POST_TAGS = frozenset(("text", "a", "at", "img", "media", "emotion", "hr", "code_block", "md"))
KEYS = {"image": "image_key", "file": "file_key", "audio": "file_key", "media": "file_key", "sticker": "file_key"}
SENDABLE = frozenset((*KEYS, "text", "post", "interactive", "share_chat", "share_user"))
AT = re.compile(r"""<at\s+(?:user_id|id|open_id)=["']?([^"'>\s]+)["']?\s*>(.*?)</at>""", re.S)


@dataclass(slots=True)
class Draft:
    """A message's type, its content as Lark gives it out, whom it mentions, and the card when it is one."""

    msg_type: str
    content: str
    mentions: list[Json] = field(default_factory=list)
    card: Json | None = None


class Mentions:
    """Collects whom a message mentions; each gets a key that stands in the content in place of the name."""

    def __init__(self, workspace: LarkWorkspace) -> None:
        self.workspace = workspace
        self.found: dict[str, Json] = {}

    def key(self, person: str) -> str | None:
        """The key of somebody, "@_all" for everybody, None for somebody who does not exist."""
        if person in ("all", "@_all"):
            return "@_all"
        user = self.workspace.known(person)
        if user is None:
            return None
        entry = self.found.setdefault(
            user.id, {"key": f"@_user_{len(self.found) + 1}", "id": user.id, "name": user.real_name}
        )
        return str(entry["key"])

    def in_text(self, text: str) -> str:
        """Text with <at> tags -> text with keys; a tag for nobody leaves its words."""
        return AT.sub(lambda match: self.key(match[1]) or match[2], text)


def drafted(workspace: LarkWorkspace, msg_type: str, content: str) -> Draft:
    """What the app wants to send; raises Denied."""
    if msg_type not in SENDABLE:
        raise Denied(230001, f"invalid msg_type {msg_type!r}")
    limit = TEXT_LIMIT if msg_type == "text" else RICH_LIMIT
    if len(content.encode()) > limit:
        raise Denied(230025, f"the content has {len(content.encode())} bytes, at most {limit}")
    if msg_type == "interactive":
        return card_draft(content)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Denied(230001, "content is not a string in json format")
    if msg_type == "text":
        return text_draft(workspace, value)
    if msg_type == "post":
        return post_draft(workspace, value)
    if msg_type in KEYS and not isinstance(value.get(KEYS[msg_type]), str):
        raise Denied(230001, f"{KEYS[msg_type]} is required")
    return Draft(msg_type, written(value))


def card_draft(content: str) -> Draft:
    card = checked_card(content)
    return Draft("interactive", written(seen_card(card)), card=card)


def text_draft(workspace: LarkWorkspace, value: Json) -> Draft:
    text = value.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Denied(230001, "text field can't be nil, empty text is not allowed")
    mentions = Mentions(workspace)
    return Draft("text", written({"text": mentions.in_text(text)}), list(mentions.found.values()))


def post_draft(workspace: LarkWorkspace, value: Json) -> Draft:
    """Rich text comes under a language and leaves without it."""
    body = next((value[locale] for locale in LOCALES if isinstance(value.get(locale), dict)), None)
    if body is None:
        raise Denied(230001, "invalid message content, post needs zh_cn, en_us or ja_jp")
    return rich_draft(workspace, str(body.get("title") or ""), body.get("content"))


def rich_draft(workspace: LarkWorkspace, title: str, paragraphs: object) -> Draft:
    """Paragraphs, each a list of {"tag": "text" | "a" | "at" | "img" | ...}; raises Denied."""
    if not isinstance(paragraphs, list) or not all(isinstance(paragraph, list) for paragraph in paragraphs):
        raise Denied(230001, "invalid message content, content must be a list of paragraphs")
    mentions = Mentions(workspace)
    lines = [[rich_element(mentions, element) for element in paragraph] for paragraph in paragraphs]
    return Draft("post", written({"title": title, "content": lines}), list(mentions.found.values()))


def rich_element(mentions: Mentions, element: object) -> Json:
    if not isinstance(element, dict) or element.get("tag") not in POST_TAGS:
        tag = element.get("tag") if isinstance(element, dict) else element
        raise Denied(230001, f"invalid message content, unknown tag {tag!r} in post")
    match element["tag"]:
        case "at":
            key = mentions.key(str(element.get("user_id") or ""))
            if key is None:
                raise Denied(230001, "invalid message content, at names nobody")
            named = next((m["name"] for m in mentions.found.values() if m["key"] == key), "")
            return {"tag": "at", "user_id": key, "user_name": named, "style": []}
        case "a" if not str(element.get("href") or "").startswith(("http://", "https://", "mailto:", "lark://")):
            raise Denied(230001, "invalid message content, a needs href")
        case "text" | "md" if not isinstance(element.get("text"), str):
            raise Denied(230001, "invalid message content, text is required")
        case "img" if not element.get("image_key"):
            raise Denied(230001, "invalid message content, img needs image_key")
        case "md":
            return {"tag": "text", "text": mentions.in_text(element["text"]), "style": []}
        case _:
            return dict(element)
    raise AssertionError(element)


def written(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
