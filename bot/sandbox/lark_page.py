"""What the browser page sees of a Lark tenant, and what a person does through it; knows nothing of HTTP libraries."""

import re
from collections.abc import Callable

from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_models import Chat, Message
from bot.sandbox.lark_page_view import EMOJIS, channel, person, shown, stamp, stamps
from bot.sandbox.lark_people import LarkPeople
from bot.sandbox.lark_workspace import LarkWorkspace
from bot.sandbox.models import Json, SandboxError

NAMED = re.compile(r"(?<![\w<])@([\w.\-]*\w)")


def snapshot(core: LarkCore) -> Json:
    """The whole tenant as the page shows it."""
    with core.changed:
        workspace = core.workspace
        whispers = [message for message in workspace.messages.values() if message.visible_to]
        return {
            "team": workspace.team,
            "users": [person(user) for user in workspace.people.values()],
            "channels": [channel(chat, workspace.app) for chat in workspace.chats.values()],
            "usergroups": [{"id": g.id, "handle": g.handle, "users": g.users} for g in workspace.groups],
            "messages": {chat.id: timeline(workspace, chat) for chat in workspace.chats.values()},
            "ephemerals": [whisper(message) for message in whispers],
            "views": [],
            "homes": {},
            "commands": ["/vigil"],
            "examples": workspace.examples,
            "shortcuts": [],
            "app_user": workspace.app,
            "connected": bool(core.hub.links),
            "version": core.version,
        }


def timeline(workspace: LarkWorkspace, chat: Chat) -> list[Json]:
    when = stamps(workspace, chat)
    return [
        shown(message, when[key], when.get(message.root_id, ""))
        for key, message in ((key, workspace.messages[key]) for key in chat.order)
    ]


def whisper(message: Message) -> Json:
    return shown(message, stamp(message), "") | {"channel": message.chat_id, "user": message.visible_to}


def act(core: LarkCore, people: LarkPeople, body: Json) -> Json:
    """Do what the page asks for; {"ok": true, ...} or {"ok": false, "error": a sentence}."""
    try:
        doing = DEEDS.get(str(body.get("do")))
        if doing is None:
            raise SandboxError(f"Lark has nothing like {body.get('do')!r}")
        with core.changed:
            return {"ok": True, **doing(people, core.workspace, core.workspace.person(str(body["as"])).id, body)}
    except KeyError as error:
        return {"ok": False, "error": f"missing field: {error.args[0]}"}
    except SandboxError as error:
        return {"ok": False, "error": str(error)}


def typed(workspace: LarkWorkspace, text: str) -> str:
    """Text as a person types it -> text with its @names marked."""

    def marked(match: re.Match[str]) -> str:
        if match[1] == "all":
            return "<@all>"
        known = workspace.known(match[1])
        return match[0] if known is None else f"<@{known.id}>"

    return NAMED.sub(marked, text)


def message_at(workspace: LarkWorkspace, body: Json, field: str = "ts") -> str:
    """The id of the message that the page knows by its timestamp."""
    chat, wanted = workspace.chat(str(body["channel"])), str(body[field])
    whispers = {m.id: stamp(m) for m in workspace.messages.values() if m.visible_to and m.chat_id == chat.id}
    found = next((key for key, ts in {**whispers, **stamps(workspace, chat)}.items() if ts == wanted), None)
    if found is None:
        raise SandboxError("that message is gone")
    return found


def own(workspace: LarkWorkspace, who: str, body: Json) -> str:
    message = message_at(workspace, body)
    if workspace.messages[message].sender != who:
        raise SandboxError("only the author can change a message")
    return message


def say(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    thread = message_at(workspace, body, "thread") if body.get("thread") else None
    people.say(str(body["channel"]), who, typed(workspace, str(body["text"])), thread=thread)
    return {}


def edit(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    people.edit(str(body["channel"]), own(workspace, who, body), typed(workspace, str(body["text"])))
    return {}


def delete(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    people.delete(str(body["channel"]), own(workspace, who, body))
    return {}


def react(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    emoji = EMOJIS.get(str(body["name"]), str(body["name"]))
    people.react(str(body["channel"]), message_at(workspace, body), emoji, who)
    return {}


def unreact(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    emoji = EMOJIS.get(str(body["name"]), str(body["name"]))
    people.unreact(str(body["channel"]), message_at(workspace, body), emoji, who)
    return {}


def click(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    people.click(str(body["channel"]), message_at(workspace, body), str(body["action_id"]), who)
    return {}


def command(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    text = typed(workspace, str(body.get("text") or ""))
    people.command(str(body["channel"]), who, str(body.get("command") or "/vigil"), text)
    return {}


def open_im(people: LarkPeople, workspace: LarkWorkspace, who: str, body: Json) -> Json:
    return {"channel": people.open_im(who)}


Deed = Callable[[LarkPeople, LarkWorkspace, str, Json], Json]
DEEDS: dict[str, Deed] = {deed.__name__: deed for deed in (say, edit, delete, react, unreact, click, command, open_im)}
