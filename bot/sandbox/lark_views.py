"""How Lark writes people, messages and chats, in events and in answers to calls; pure."""

import json

from bot.sandbox.lark_models import Chat, Message, Reaction
from bot.sandbox.lark_workspace import LarkWorkspace, bot_app, union_id, user_id
from bot.sandbox.models import Json

RECALLED = "This message was recalled"
RAW_CARD = "user_card_content"


def ids(open_id: str) -> Json:
    """The three ids of a person, as events have them."""
    return {"union_id": union_id(open_id), "user_id": user_id(open_id), "open_id": open_id}


def as_id(open_id: str, id_type: str) -> str:
    """A person's id of the type that a call asked for."""
    return str(ids(open_id).get(id_type or "open_id", open_id))


def app_of(workspace: LarkWorkspace, open_id: str) -> str:
    return workspace.app_id if open_id == workspace.app else bot_app(open_id)


def sender(workspace: LarkWorkspace, open_id: str, id_type: str = "open_id") -> Json:
    """Who wrote a message, as answers to calls have it: people by their id, apps by their app id."""
    tenant = workspace.tenants[open_id]
    if workspace.people[open_id].is_bot:
        return {"id": app_of(workspace, open_id), "id_type": "app_id", "sender_type": "app", "tenant_key": tenant}
    return {"id": as_id(open_id, id_type), "id_type": id_type, "sender_type": "user", "tenant_key": tenant}


def event_sender(workspace: LarkWorkspace, open_id: str) -> Json:
    kind = "app" if workspace.people[open_id].is_bot else "user"
    return {"sender_id": ids(open_id), "sender_type": kind, "tenant_key": workspace.tenants[open_id]}


def event_message(workspace: LarkWorkspace, chat: Chat, message: Message) -> Json:
    """The message of im.message.receive_v1 and updated_v1; what it has not is left out."""
    mentions = [
        {
            "key": mention["key"],
            "id": ids(mention["id"]),
            "name": mention["name"],
            "tenant_key": workspace.tenants[mention["id"]],
            "mentioned_type": "bot" if workspace.people[mention["id"]].is_bot else "user",
        }
        for mention in message.mentions
    ]
    shown: Json = {
        "message_id": message.id,
        "root_id": message.root_id,
        "parent_id": message.parent_id,
        "create_time": str(message.create_time),
        "update_time": str(message.update_time),
        "chat_id": chat.id,
        "thread_id": message.thread_id,
        "chat_type": "p2p" if chat.mode == "p2p" else "group",
        "message_type": message.msg_type,
        "content": message.content,
        "mentions": mentions,
    }
    return {key: value for key, value in shown.items() if value not in ("", [])}


def message_view(workspace: LarkWorkspace, message: Message, id_type: str = "open_id", cards: str = "") -> Json:
    """A message as calls give it; `cards` is card_msg_content_type, with which the app gets back the card it sent."""
    content = message.content
    if message.deleted:
        content = RECALLED
    elif cards == RAW_CARD and message.card is not None:
        content = json.dumps(message.card, ensure_ascii=False)
    mentions = [
        {
            "key": mention["key"],
            "id": as_id(mention["id"], id_type),
            "id_type": id_type,
            "name": mention["name"],
            "tenant_key": workspace.tenants[mention["id"]],
        }
        for mention in ([] if message.deleted else message.mentions)
    ]
    shown: Json = {
        "message_id": message.id,
        "root_id": message.root_id,
        "parent_id": message.parent_id,
        "thread_id": message.thread_id,
        "upper_message_id": message.upper_id,
        "msg_type": "text" if message.deleted else message.msg_type,
        "create_time": str(message.create_time),
        "update_time": str(message.update_time),
        "deleted": message.deleted,
        "updated": message.edits > 0,
        "chat_id": message.chat_id,
        "sender": sender(workspace, message.sender, id_type),
        "body": {"content": content},
        "mentions": mentions,
    }
    return {key: value for key, value in shown.items() if value not in ("", [])}


def reaction_view(workspace: LarkWorkspace, reaction: Reaction, id_type: str = "open_id") -> Json:
    by_bot = workspace.people[reaction.operator].is_bot
    operator = app_of(workspace, reaction.operator) if by_bot else as_id(reaction.operator, id_type)
    return {
        "reaction_id": reaction.id,
        "operator": {"operator_id": operator, "operator_type": "app" if by_bot else "user"},
        "action_time": str(reaction.at),
        "reaction_type": {"emoji_type": reaction.emoji},
    }


def chat_view(workspace: LarkWorkspace, chat: Chat, id_type: str = "open_id") -> Json:
    """A chat as the list of chats has it."""
    return {
        "chat_id": chat.id,
        "avatar": "",
        "name": chat.name,
        "description": chat.description,
        "owner_id": as_id(chat.owner, id_type) if chat.owner else "",
        "owner_id_type": id_type,
        "external": chat.external,
        "tenant_key": workspace.tenant_key,
        "chat_status": "dissolved" if chat.dissolved else "normal",
    }


def chat_details(workspace: LarkWorkspace, chat: Chat, id_type: str = "open_id") -> Json:
    """A chat as asked for by its id: without the id, with its mode and how many are in it."""
    bots = sum(workspace.people[member].is_bot for member in chat.members)
    shown = chat_view(workspace, chat, id_type)
    del shown["chat_id"]
    return shown | {
        "chat_mode": chat.mode,
        "chat_type": "private" if chat.private else "public",
        "group_message_type": "thread" if chat.mode == "topic" else "chat",
        "user_count": str(len(chat.members) - bots),
        "bot_count": str(bots),
    }


def chat_event(workspace: LarkWorkspace, chat: Chat, operator: str) -> Json:
    """What the events about a chat and its members have in common."""
    return {
        "chat_id": chat.id,
        "operator_id": ids(operator),
        "external": chat.external,
        "operator_tenant_key": workspace.tenants[operator],
        "name": chat.name,
        "i18n_names": {"zh_cn": chat.name, "en_us": chat.name, "ja_jp": chat.name},
    }


def person_view(workspace: LarkWorkspace, open_id: str) -> Json:
    """A person as the contact service gives them to an app with the basic scopes."""
    person = workspace.people[open_id]
    status = {"is_frozen": False, "is_resigned": person.deleted, "is_activated": not person.deleted}
    return {
        **ids(open_id),
        "name": person.real_name,
        "en_name": person.name,
        "nickname": "",
        "job_title": person.title,
        "status": status | {"is_exited": person.deleted, "is_unjoin": False},
        "is_tenant_manager": False,
    }
