"""Shows a Lark tenant in the form the page knows, which is Slack's: messages, threads, cards as blocks, emojis; pure."""

import json
import re
from html import unescape

from bot.sandbox.lark_card_checks import every, held
from bot.sandbox.lark_cards import clickable
from bot.sandbox.lark_models import Chat, Message
from bot.sandbox.lark_workspace import LarkWorkspace
from bot.sandbox.models import Json, User
from bot.sandbox.page_api import escaped, user_state

# The page's picker has Slack's names; other emojis are shown by Lark's own key.
EMOJIS = {
    "+1": "THUMBSUP",
    "-1": "ThumbsDown",
    "white_check_mark": "DONE",
    "heavy_check_mark": "CheckMark",
    "x": "CrossMark",
    "eyes": "GLANCE",
    "pray": "THANKS",
    "heart": "HEART",
    "tada": "PARTY",
    "thinking_face": "THINKING",
    "smile": "SMILE",
    "laughing": "LAUGH",
    "clap": "APPLAUSE",
    "muscle": "MUSCLE",
    "ok_hand": "OK",
    "facepalm": "FACEPALM",
}
NAMES = {key: name for name, key in EMOJIS.items()}
GREY = re.compile(r"<font color='grey'>([^<>]*)</font>")
STYLES = {"primary": "primary", "primary_filled": "primary", "danger": "danger", "danger_filled": "danger"}


def stamps(workspace: LarkWorkspace, chat: Chat) -> dict[str, str]:
    """The page's timestamp of each message of a chat, by message id: its time, and its place among equals."""
    messages = [workspace.messages[key] for key in chat.order]
    return {m.id: stamp(m, place) for place, m in enumerate(messages)}


def stamp(message: Message, place: int = 0) -> str:
    return f"{message.create_time // 1000}.{message.create_time % 1000:03d}{place % 1000:03d}"


def person(user: User) -> Json:
    return user_state(user)


def channel(chat: Chat, app: str) -> Json:
    shown: Json = {"id": chat.id, "name": chat.name, "topic": chat.description, "members": chat.members}
    shown |= {"is_private": chat.private, "is_im": chat.mode == "p2p", "is_archived": chat.dissolved}
    return shown | ({"user": next(m for m in chat.members if m != app)} if chat.mode == "p2p" else {})


def shown(message: Message, ts: str, root: str) -> Json:
    """One message; `root` is the timestamp of the message it answers, "" for none."""
    about: Json = {"type": "message", "ts": ts, "user": message.sender} | ({"thread_ts": root} if root else {})
    if message.deleted:
        return about | {"subtype": "tombstone", "text": "This message was recalled."}
    about["text"] = words(message)
    if message.edits:
        about["edited"] = {"user": message.sender, "ts": ts}
    if message.card is not None:
        about["blocks"] = blocks(message.card)
    if message.msg_type in ("file", "image"):
        about["files"] = [{"name": json.loads(message.content).get("file_name", "image")}]
    if message.reactions:
        emojis = dict.fromkeys(reaction.emoji for reaction in message.reactions)
        about["reactions"] = [emoji_count(message, emoji) for emoji in emojis]
    return about


def emoji_count(message: Message, emoji: str) -> Json:
    users = [reaction.operator for reaction in message.reactions if reaction.emoji == emoji]
    return {"name": NAMES.get(emoji, emoji), "users": users, "count": len(users)}


def words(message: Message) -> str:
    """The text of a message in the page's markup."""
    content = json.loads(message.content)
    if message.msg_type == "text":
        text = str(content.get("text", ""))
    elif message.msg_type == "post":
        lines = ["".join(rich(element) for element in line) for line in content.get("content", [])]
        text = "\n".join([*([content["title"]] if content.get("title") else []), *lines])
    elif message.msg_type == "merge_forward":
        text = "\n".join(["Forwarded:", *(words(child) for child in message.children)])
    else:
        text = ""
    text = escaped(text)
    for mention in message.mentions:
        text = text.replace(mention["key"], f"<@{mention['id']}>")
    return text


def rich(element: Json) -> str:
    if element["tag"] == "at":
        return str(element["user_id"])
    return str(element.get("text") or element.get("href") or f"[{element['tag']}]")


def blocks(card: Json) -> list[Json]:
    """A card as blocks: its title, its texts, and what can be clicked, in their order."""
    title = held(held(card, "header"), "title").get("content")
    made: list[Json] = [{"type": "header", "text": {"type": "plain_text", "text": title}}] if title else []
    buttons = clickable(card)
    for _, element in every(card):
        if element["tag"] == "markdown":
            made.append(text_of(str(element["content"])))
        elif element["tag"] == "hr":
            made.append({"type": "divider"})
        elif element["tag"] in ("div", "note") and held(element, "text").get("content"):
            made.append({"type": "markdown", "text": element["text"]["content"]})
        elif any(element is button for button in buttons):
            place = next(number for number, button in enumerate(buttons) if button is element)
            if not made or made[-1]["type"] != "actions":
                made.append({"type": "actions", "block_id": f"b{place}", "elements": []})
            made[-1]["elements"].append(button_of(element, place))
    return made


def text_of(content: str) -> Json:
    """A text of a card; one that is grey as a whole is the small print."""
    grey = GREY.fullmatch(content)
    if grey is None:
        return {"type": "markdown", "text": content}
    return {"type": "context", "elements": [{"type": "plain_text", "text": unescape(grey[1])}]}


def button_of(element: Json, place: int) -> Json:
    text = (held(element, "text") or held(element, "placeholder")).get("content") or element["tag"]
    shown: Json = {"type": "button", "action_id": f"#{place}", "text": {"type": "plain_text", "text": text}}
    style = STYLES.get(str(element.get("type")))
    return shown | ({"style": style} if style else {})
