"""Puts messages, edits, recalls, reactions and members into the tenant and tells the app and the page."""

from bisect import insort

from bot.sandbox.lark_content import Draft
from bot.sandbox.lark_core import RECEIVED, UPDATED, LarkCore
from bot.sandbox.lark_models import Chat, Message, Reaction
from bot.sandbox.lark_views import app_of, chat_event, event_message, event_sender, ids
from bot.sandbox.models import Json, SandboxError


def post(
    core: LarkCore, chat: Chat, sender: str, draft: Draft, parent: Message | None = None, in_thread: bool = False
) -> Message:
    """Add a message to a chat, as an answer to `parent` if there is one, and send the event."""
    with core.changed:
        message = place(core, chat, sender, draft, parent, in_thread, core.workspace.now())
        event = {
            "sender": event_sender(core.workspace, sender),
            "message": event_message(core.workspace, chat, message),
        }
        core.emit(RECEIVED, event, chat)
        core.tell("channel", channel=chat.id)
        return message


def place(
    core: LarkCore, chat: Chat, sender: str, draft: Draft, parent: Message | None, in_thread: bool, at: int
) -> Message:
    """Add a message without a word to the app; `at` in ms."""
    message = Message(core.new_id("om_"), chat.id, sender, draft.msg_type, draft.content, at, at)
    message.mentions, message.card = draft.mentions, draft.card
    if parent is not None:
        message.parent_id, message.root_id = parent.id, parent.root_id or parent.id
        if in_thread and not parent.thread_id:
            parent.thread_id = core.new_id("omt_")
            core.workspace.threads[parent.thread_id] = message.root_id = parent.id
        message.thread_id = parent.thread_id
    elif chat.mode == "topic":
        message.thread_id = core.new_id("omt_")
        core.workspace.threads[message.thread_id] = message.id
    core.workspace.messages[message.id] = message
    insort(chat.order, message.id, key=lambda key: core.workspace.messages[key].create_time)
    return message


def edit(core: LarkCore, message: Message, draft: Draft, told: bool = True) -> None:
    """Give a message new words (or a card); people's edits are told to the app."""
    with core.changed:
        chat = core.workspace.chats[message.chat_id]
        message.msg_type, message.content = draft.msg_type, draft.content
        message.mentions, message.card = draft.mentions, draft.card
        message.update_time = core.workspace.now()
        message.edits += 1
        if told:
            shown = event_message(core.workspace, chat, message)
            core.emit(
                UPDATED,
                {"sender": event_sender(core.workspace, message.sender), "message": shown},
                chat,
            )
        core.tell("channel", channel=chat.id)


def recall(core: LarkCore, message: Message, kind: str = "message_owner") -> None:
    """Take a message back; it stays in history as one that was recalled, without its words."""
    with core.changed:
        if message.deleted:
            raise SandboxError(f"{message.id} was recalled already")
        chat = core.workspace.chats[message.chat_id]
        message.deleted, message.content, message.card = True, "", None
        message.mentions, message.reactions, message.children = [], [], []
        message.update_time = core.workspace.now()
        event = {"message_id": message.id, "chat_id": chat.id, "recall_time": str(message.update_time)}
        core.emit("im.message.recalled_v1", event | {"recall_type": kind}, chat)
        core.tell("channel", channel=chat.id)


def react(core: LarkCore, message: Message, emoji: str, operator: str) -> Reaction:
    """Add an emoji; the same one by the same person stays one."""
    with core.changed:
        there = next((r for r in message.reactions if (r.emoji, r.operator) == (emoji, operator)), None)
        if there is not None:
            return there
        reaction = Reaction(core.new_id("ZC"), emoji, operator, core.workspace.now())
        message.reactions.append(reaction)
        tell_reaction(core, "created", message, reaction, reaction.at)
        return reaction


def unreact(core: LarkCore, message: Message, reaction: Reaction) -> None:
    with core.changed:
        message.reactions.remove(reaction)
        tell_reaction(core, "deleted", message, reaction, core.workspace.now())


def tell_reaction(core: LarkCore, what: str, message: Message, reaction: Reaction, at: int) -> None:
    """The event names no chat: the app has to know where the message stands."""
    event: Json = {
        "message_id": message.id,
        "reaction_type": {"emoji_type": reaction.emoji},
        "action_time": str(at),
    }
    if core.workspace.people[reaction.operator].is_bot:
        event |= {"operator_type": "app", "app_id": app_of(core.workspace, reaction.operator)}
    else:
        event |= {"operator_type": "user", "user_id": ids(reaction.operator)}
    core.emit(f"im.message.reaction.{what}_v1", event, core.workspace.chats[message.chat_id])
    core.tell("channel", channel=message.chat_id)


def join(core: LarkCore, chat: Chat, person: str, operator: str) -> None:
    """Let somebody (or the app) into a chat; nothing happens when already in."""
    with core.changed:
        if person in chat.members:
            return
        chat.members.append(person)
        tell_member(core, chat, person, operator, "added")


def leave(core: LarkCore, chat: Chat, person: str, operator: str, what: str = "deleted") -> None:
    """Take somebody (or the app) out of a chat: "deleted", or "withdrawn" when an invitation was taken back."""
    with core.changed:
        if person not in chat.members:
            return
        if person != core.workspace.app:
            chat.members.remove(person)
        tell_member(core, chat, person, operator, what)
        if person in chat.members:
            chat.members.remove(person)  # the app hears of its own leaving


def tell_member(core: LarkCore, chat: Chat, person: str, operator: str, what: str) -> None:
    event = chat_event(core.workspace, chat, operator)
    kind = "user"
    if person == core.workspace.app:
        kind = "bot"
    elif not core.workspace.people[person].is_bot:
        named = {"name": core.workspace.people[person].real_name, "tenant_key": core.workspace.tenants[person]}
        event["users"] = [named | {"user_id": ids(person)}]
    if kind == "bot" or "users" in event:
        core.emit(f"im.chat.member.{kind}.{what}_v1", event, chat)
    core.tell("channel", channel=chat.id)


def rename(core: LarkCore, chat: Chat, name: str, operator: str) -> None:
    with core.changed:
        event = chat_event(core.workspace, chat, operator)
        del event["name"], event["i18n_names"]
        event |= {"before_change": {"name": chat.name}, "after_change": {"name": name}}
        chat.name = name
        core.emit("im.chat.updated_v1", event, chat)
        core.tell("channel", channel=chat.id)


def dissolve(core: LarkCore, chat: Chat, operator: str) -> None:
    with core.changed:
        core.emit("im.chat.disbanded_v1", chat_event(core.workspace, chat, operator), chat)
        chat.dissolved = True
        core.tell("channel", channel=chat.id)


def whisper(core: LarkCore, chat: Chat, person: str, draft: Draft) -> Message:
    """Show a card to one person only; it is in no history, and the app alone can take it away."""
    with core.changed:
        now = core.workspace.now()
        message = Message(core.new_id("om_"), chat.id, core.workspace.app, "interactive", draft.content, now, now)
        message.card, message.visible_to = draft.card, person
        core.workspace.messages[message.id] = message
        core.tell("channel", channel=chat.id)
        return message
