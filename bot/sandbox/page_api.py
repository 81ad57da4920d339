"""What the browser page sees of the workspace, and what a person does through it; knows nothing of HTTP libraries."""

import copy
import re
from collections.abc import Callable

from bot.sandbox.core import Core
from bot.sandbox.models import Channel, Json, OpenView, Refused, SandboxError, User
from bot.sandbox.people import People
from bot.sandbox.workspace import APP_USER, Workspace

SPECIAL = re.compile(r"<(?:[@#!][^<>\s]+|https?://[^<>\s]+)(?:\|[^<>]*)?>|&(?:amp|lt|gt);")
NAMED = re.compile(r"(?<![\w<])([@#])([\w.\-]*\w)")
BARE_URL = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"]")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def snapshot(core: Core) -> Json:
    """The whole workspace as the page shows it."""
    with core.changed:
        workspace = core.workspace
        state = {
            "team": workspace.team,
            "users": [user_state(user) for user in workspace.users.values()],
            "channels": [channel_state(channel) for channel in workspace.channels.values()],
            "usergroups": [{"id": g.id, "handle": g.handle, "users": g.users} for g in workspace.usergroups.values()],
            "messages": {
                key: [line.by_ts[ts] for ts in sorted(line.by_ts)] for key, line in workspace.timelines.items()
            },
            "ephemerals": core.ephemerals,
            "views": [view_state(view) for view in core.views.values()],
            "homes": core.homes,
            "commands": list(workspace.commands),
            "examples": workspace.examples,
            "shortcuts": list(workspace.shortcuts),
            "app_user": APP_USER,
            "connected": bool(core.hub.links),
            "version": core.version,
        }
        return copy.deepcopy(state)


def user_state(user: User) -> Json:
    keys = ("id", "name", "real_name", "role", "title", "is_bot", "bot_id")
    return {key: getattr(user, key) for key in keys}


def channel_state(channel: Channel) -> Json:
    shown: Json = {"id": channel.id, "name": channel.name, "topic": channel.topic, "members": channel.members}
    shown |= {"is_private": channel.kind != "channel", "is_im": channel.kind == "im", "is_archived": channel.archived}
    return shown | ({"user": channel.user} if channel.kind == "im" else {})


def view_state(view: OpenView) -> Json:
    return {"id": view.id, "user": view.user, "view": view.view, "errors": view.errors}


def act(core: Core, people: People, body: Json) -> Json:
    """Do what the page asks for; {"ok": true, ...} or {"ok": false, "error": a sentence or Slack's code}."""
    try:
        doing = DEEDS.get(str(body.get("do")))
        if doing is None:
            raise SandboxError(f"the page asked for something unknown: {body.get('do')!r}")
        who = core.workspace.user(str(body["as"])).id
        return {"ok": True, **doing(people, core.workspace, who, body)}
    except KeyError as error:
        return {"ok": False, "error": f"missing field: {error.args[0]}"}
    except SandboxError as error:
        return {"ok": False, "error": error.code if isinstance(error, Refused) else str(error)}


def typed(workspace: Workspace, text: str) -> str:
    """Text as a person types it -> text as Slack stores it: escaped, with @names, #channels and links marked up."""
    pieces, last = [], 0
    for special in SPECIAL.finditer(text):
        pieces += [plain(workspace, text[last : special.start()]), special.group()]
        last = special.end()
    return "".join([*pieces, plain(workspace, text[last:])])


def plain(workspace: Workspace, text: str) -> str:
    """Text without markup: web addresses become links, names outside them mentions."""
    pieces, last = [], 0
    for url in BARE_URL.finditer(text):
        pieces += [named(workspace, text[last : url.start()]), f"<{escaped(url.group())}>"]
        last = url.end()
    return "".join([*pieces, named(workspace, text[last:])])


def named(workspace: Workspace, text: str) -> str:
    return NAMED.sub(lambda match: marked(workspace, match), escaped(text))


def escaped(text: str) -> str:
    return re.sub("[&<>]", lambda match: ENTITIES[match.group()], text)


def marked(workspace: Workspace, match: re.Match[str]) -> str:
    """The mention or channel link that a name stands for; the text itself when it stands for nothing."""
    sign, name = match.groups()
    if sign == "#":
        channel = next((c for c in workspace.channels.values() if c.name == name), None)
        return match.group() if channel is None else f"<#{channel.id}|{channel.name}>"
    if name in ("here", "channel", "everyone"):
        return f"<!{name}>"
    group = next((g for g in workspace.usergroups.values() if g.handle == name), None)
    if group is not None:
        return f"<!subteam^{group.id}|@{group.handle}>"
    user = next((u for u in workspace.users.values() if name in (u.name, u.id)), None)
    return match.group() if user is None else f"<@{user.id}>"


def say(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    broadcast = bool(body.get("broadcast"))
    thread = str(body["thread"]) if body.get("thread") else None
    text = typed(workspace, str(body["text"]))
    if not text.strip():
        raise Refused("no_text")
    return {"ts": people.say(str(body["channel"]), who, text, thread=thread, broadcast=broadcast)}


def edit(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    own(workspace, who, body)
    people.edit(str(body["channel"]), str(body["ts"]), typed(workspace, str(body["text"])))
    return {}


def delete(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    own(workspace, who, body)
    people.delete(str(body["channel"]), str(body["ts"]))
    return {}


def own(workspace: Workspace, who: str, body: Json) -> None:
    """People change only what they wrote themselves."""
    message = workspace.timelines[workspace.channel(str(body["channel"])).id].get(str(body["ts"]))
    if message is None:
        raise Refused("message_not_found")
    if message.get("user") != who:
        raise SandboxError("only the author can change a message")


def react(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    people.react(str(body["channel"]), str(body["ts"]), str(body["name"]), who)
    return {}


def unreact(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    people.unreact(str(body["channel"]), str(body["ts"]), str(body["name"]), who)
    return {}


def click(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    where = str(body["channel"]), str(body["ts"]), str(body["action_id"])
    people.click(*where, who, value=body.get("value"), block_id=body.get("block_id"))
    return {}


def view_click(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    people.click_view(str(body["view_id"]), str(body["action_id"]), who, body.get("value"))
    return {}


def command(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    text = typed(workspace, str(body.get("text") or ""))
    people.command(str(body["channel"]), who, str(body.get("command") or workspace.commands[0]), text)
    return {}


def shortcut(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    people.shortcut(str(body["channel"]), str(body["ts"]), str(body["callback_id"]), who)
    return {}


def submit_view(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    people.submit_view(str(body["view_id"]), who, dict(body.get("values") or {}))
    return {}


def close_view(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    people.close_view(str(body["view_id"]), who)
    return {}


def open_im(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    return {"channel": people.open_im(who)}


def open_home(people: People, workspace: Workspace, who: str, body: Json) -> Json:
    people.open_home(who)
    return {}


Deed = Callable[[People, Workspace, str, Json], Json]
DEEDS: dict[str, Deed] = {
    deed.__name__: deed
    for deed in (say, edit, delete, react, unreact, click, view_click, command, shortcut, submit_view, close_view)
} | {"open_im": open_im, "open_home": open_home}
