"""The calls of im/v1/messages: what the app sends, answers, updates, recalls and reads."""

import time

from bot.sandbox import lark_posting
from bot.sandbox.lark_card_checks import shared
from bot.sandbox.lark_content import Draft, drafted
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_models import Ask, Chat, Denied, Message, invalid_field
from bot.sandbox.lark_views import message_view
from bot.sandbox.lark_workspace import ALL_MESSAGES
from bot.sandbox.models import Json

RECEIVERS = ("chat_id", "open_id", "user_id", "union_id", "email")
MAX_UUID, MAX_PAGE = 50, 50


def writable(core: LarkCore, chat: Chat) -> Chat:
    """A chat the app may write to; raises Denied."""
    if chat.dissolved:
        raise Denied(232009)
    if not core.workspace.sees(chat):
        raise Denied(230002)
    return chat


def receiver(core: LarkCore, kind: str, name: str) -> Chat:
    """The chat that a receive_id stands for: a person's is the direct chat with them; raises Denied."""
    if kind not in RECEIVERS:
        raise invalid_field("receive_id_type", f"must be one of {', '.join(RECEIVERS)}")
    if kind == "chat_id":
        chat = core.workspace.chats.get(name)
        if chat is None:
            raise Denied(230001, "invalid receive_id")
        return writable(core, chat)
    person = core.workspace.known(name)
    if person is None or person.is_bot or not name.startswith({"open_id": "ou_", "union_id": "on_"}.get(kind, "")):
        raise Denied(230001, "invalid receive_id")
    if any(core.workspace.known(out) is person for out in core.rules.unavailable):
        raise Denied(230013)
    return core.workspace.direct(person.id)[0]


def existing(core: LarkCore, ask: Ask, missing: int = 230001) -> Message:
    """The message of the path; raises Denied when it does not exist or the app is not in its chat."""
    name = ask.path["message_id"]
    message = core.workspace.messages.get(name)
    if message is None:
        raise Denied(missing if name.startswith("om_") else 230001, "invalid message_id" if missing == 230001 else "")
    if not core.workspace.sees(core.workspace.chats[message.chat_id]):
        raise Denied(230002)
    return message


def sent_before(core: LarkCore, ask: Ask) -> Message | None:
    """What was sent under the same uuid within the hour; raises Denied when the uuid is too long."""
    uuid = ask.text("uuid")
    if len(uuid) > MAX_UUID:
        raise invalid_field("uuid", f"the max length is {MAX_UUID}")
    when, message_id = core.sent.get(uuid, (0.0, ""))
    if not uuid or not message_id or time.monotonic() - when > core.rules.uuid_life:
        return None
    return core.workspace.messages[message_id]


def send(
    core: LarkCore, ask: Ask, chat: Chat, draft: Draft, parent: Message | None = None, thread: bool = False
) -> Json:
    if core.rules.rate_limits:
        core.limits.check("im.message.create", chat.id)
    message = lark_posting.post(core, chat, core.workspace.app, draft, parent, thread)
    if ask.text("uuid"):
        core.sent[ask.text("uuid")] = (time.monotonic(), message.id)
    return message_view(core.workspace, message)


def create(core: LarkCore, ask: Ask) -> Json:
    if (before := sent_before(core, ask)) is not None:
        return message_view(core.workspace, before)
    chat = receiver(core, ask.asked("receive_id_type"), ask.need("receive_id"))
    return send(core, ask, chat, drafted(core.workspace, ask.need("msg_type"), ask.need("content")))


def reply(core: LarkCore, ask: Ask) -> Json:
    if (before := sent_before(core, ask)) is not None:
        return message_view(core.workspace, before)
    parent = existing(core, ask, missing=231003)
    chat = writable(core, core.workspace.chats[parent.chat_id])
    if parent.deleted:
        raise Denied(230011)
    if parent.visible_to:
        raise Denied(230054)
    draft = drafted(core.workspace, ask.need("msg_type"), ask.need("content"))
    return send(core, ask, chat, draft, parent, thread=ask.body.get("reply_in_thread") is True)


def own(core: LarkCore, message: Message, refusal: int) -> None:
    if message.deleted:
        raise Denied(230011)
    if message.sender != core.workspace.app:
        raise Denied(refusal)


def age(message: Message) -> float:
    """Seconds since it was sent."""
    return time.time() - message.create_time / 1000


def patch(core: LarkCore, ask: Ask) -> Json:
    """Give a card new content, for all who see it."""
    message = existing(core, ask)
    own(core, message, 230012)
    if message.card is None or message.visible_to:
        raise Denied(230054)
    if age(message) > core.rules.card_window:
        raise Denied(230031)
    draft = drafted(core.workspace, "interactive", ask.need("content"))
    if not shared(message.card) or not shared(draft.card or {}):
        raise Denied(230099, "ErrCode: 200830; ErrMsg: config.update_multi must be true before and after;")
    if core.rules.rate_limits:
        core.limits.check("im.message.patch", message.id)
    lark_posting.edit(core, message, draft, told=False)
    return {}


def update(core: LarkCore, ask: Ask) -> Json:
    """Give a text or rich text new words."""
    message = existing(core, ask)
    own(core, message, 230012)
    if message.msg_type not in ("text", "post") or ask.need("msg_type") not in ("text", "post"):
        raise Denied(230054)
    if message.edits >= core.rules.edit_limit:
        raise Denied(230072)
    if age(message) > core.rules.edit_window:
        raise Denied(230075)
    draft = drafted(core.workspace, ask.need("msg_type"), ask.need("content"))
    if core.rules.rate_limits:
        core.limits.check("im.message.update", message.id)
    lark_posting.edit(core, message, draft, told=False)
    return message_view(core.workspace, message)


def delete(core: LarkCore, ask: Ask) -> Json:
    message = existing(core, ask)
    own(core, message, 230026)
    if message.visible_to:
        raise Denied(230054)
    if age(message) > core.rules.recall_window:
        raise Denied(230009)
    lark_posting.recall(core, message)
    return {}


def get(core: LarkCore, ask: Ask) -> Json:
    """One message; of a merged forward, what was forwarded follows it."""
    message = existing(core, ask)
    if message.visible_to:
        raise Denied(230050)
    shape = ask.asked("user_id_type", "open_id"), ask.asked("card_msg_content_type")
    return {"items": [message_view(core.workspace, m, *shape) for m in (message, *message.children)]}


def history(core: LarkCore, ask: Ask) -> Json:
    """A page of a chat, without what was said inside threads, or of one thread, which knows no times."""
    kind, name = ask.asked("container_id_type"), ask.asked("container_id")
    if kind == "thread":
        root = core.workspace.messages.get(core.workspace.threads.get(name, ""))
        chat = core.workspace.chats[root.chat_id] if root is not None else None
    elif kind == "chat":
        chat = core.workspace.chats.get(name)
    else:
        raise invalid_field("container_id_type", "must be chat or thread")
    if chat is None:
        raise Denied(230001, "invalid container_id")
    writable(core, chat)
    if chat.mode != "p2p" and ALL_MESSAGES not in core.rules.scopes:
        raise Denied(230027, f"need scope: {ALL_MESSAGES}")
    messages = [core.workspace.messages[key] for key in chat.order]
    if kind == "thread":
        found = [message for message in messages if message.thread_id == name]
    else:
        low, high = seconds(ask, "start_time", 0), seconds(ask, "end_time", 1 << 40)
        found = [m for m in messages if not m.quoted_in_thread and low <= m.create_time // 1000 <= high]
    if ask.asked("sort_type", "ByCreateTimeAsc") == "ByCreateTimeDesc":
        found.reverse()
    page, more = ask.page(found, high=MAX_PAGE)
    shape = "open_id", ask.asked("card_msg_content_type")
    return more | {"items": [message_view(core.workspace, message, *shape) for message in page]}


def seconds(ask: Ask, name: str, default: int) -> int:
    value = ask.asked(name) or str(default)
    if not value.isdigit():
        raise Denied(230001, f"invalid {name}")
    return int(value)
