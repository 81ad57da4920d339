"""Builds what Slack sends when somebody clicks, submits, calls a shortcut or types a command."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.core import Core
from bot.sandbox.events import outward
from bot.sandbox.models import Channel, Json, OpenView, SandboxError
from bot.sandbox.workspace import APP_ID


def base(core: Core, kind: str, user_id: str) -> Json:
    """What every interactive payload begins with."""
    user, team = core.workspace.users[user_id], core.workspace.team
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team["id"]},
        "api_app_id": APP_ID,
        "token": "sandbox-verification",
        "team": {"id": team["id"], "domain": team["domain"]},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_stub(channel: Channel) -> Json:
    names = {"im": "directmessage", "group": "privategroup", "mpim": "privategroup"}
    return {"id": channel.id, "name": names.get(channel.kind, channel.name)}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element, with its block."""
    for block in blocks:
        for element in block.get("elements", []) if block.get("type") in ("actions", "context_actions") else []:
            yield block, element
        for key in ("accessory", "element"):
            if isinstance(block.get(key), dict) and "action_id" in block[key]:
                yield block, block[key]


def find_element(blocks: list[Json], action_id: str, value: str | None, block_id: str | None) -> tuple[Json, Json]:
    """The element to click, and its block; raises SandboxError naming what is there instead."""
    there = []
    for block, element in elements(blocks):
        there.append(str(element["action_id"]))
        if element["action_id"] != action_id or (block_id is not None and block["block_id"] != block_id):
            continue
        if value is None or "options" in element or "value" not in element or element["value"] == value:
            return block, element
    raise SandboxError(f"nothing to click: {action_id!r} (value {value!r}); there is {there or 'no element'}")


def action(block: Json, element: Json, value: Any, ts: str) -> Json:
    """One entry of `actions`: the element, what was chosen, where it stands."""
    kept: Json = {key: element[key] for key in ("type", "action_id", "text", "value", "style", "url") if key in element}
    return {**kept, "block_id": block["block_id"], "action_ts": ts, **chosen(element, value)}


def chosen(element: Json, value: Any) -> Json:
    """How Slack writes down the value of an element: an option, a user, a date, a text."""
    kind = str(element["type"])
    if isinstance(value, dict):
        return value
    if kind in ("overflow", "static_select", "radio_buttons", "external_select"):
        return {"type": kind, "selected_option": option(element, value)}
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": [option(element, one) for one in value or []]}
    for noun in ("user", "conversation", "channel"):
        if kind == f"{noun}s_select":
            return {"type": kind, f"selected_{noun}": value}
        if kind == f"multi_{noun}s_select":
            return {"type": kind, f"selected_{noun}s": list(value or [])}
    if kind in ("datepicker", "timepicker"):
        return {"type": kind, "selected_date" if kind == "datepicker" else "selected_time": value}
    if kind == "button":
        return {"type": kind}
    return {"type": kind, "value": value}


def option(element: Json, value: Any) -> Json | None:
    """The option with that value; raises SandboxError when the element has none."""
    if value is None:
        return None
    groups = [group["options"] for group in element.get("option_groups", [])]
    options = [one for group in [element.get("options", []), *groups] for one in group]
    for one in options:
        if one.get("value") == value:
            return dict(one)
    raise SandboxError(f"{element['action_id']!r} has no option {value!r}; it has {[o.get('value') for o in options]}")


def message_click(core: Core, channel: Channel, message: Json, user: str, act: Json) -> Json:
    """block_actions from a message; an ephemeral one comes without its text, as in Slack."""
    whispered = message in core.ephemerals
    ts, thread = str(message["ts"]), str(message.get("thread_ts") or "")
    container = {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": whispered}
    if thread:
        container["thread_ts"] = thread
    payload = base(core, "block_actions", user) | {
        "container": container,
        "trigger_id": core.new_trigger(user),
        "channel": channel_stub(channel),
        "state": {"values": {}},
        "response_url": core.new_response_url(channel.id, user, message_ts=ts, thread_ts=thread),
        "actions": [act],
    }
    return payload if whispered else payload | {"message": outward(message, metadata=True)}


def view_click(core: Core, view: Json, user: str, act: Json) -> Json:
    """block_actions from a modal or the app's home."""
    return base(core, "block_actions", user) | {
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": core.new_trigger(user),
        "view": view,
        "actions": [act],
    }


def shortcut(core: Core, channel: Channel, message: Json, callback_id: str, user: str) -> Json:
    """A message shortcut."""
    thread = str(message.get("thread_ts") or "")
    return base(core, "message_action", user) | {
        "action_ts": core.workspace.new_ts(),
        "channel": channel_stub(channel),
        "callback_id": callback_id,
        "trigger_id": core.new_trigger(user),
        "response_url": core.new_response_url(channel.id, user, thread_ts=thread),
        "message_ts": message["ts"],
        "message": outward(message, metadata=True),
    }


def submission(core: Core, open_view: OpenView, values: Json) -> Json:
    """view_submission with the state of every input; raises SandboxError when a required one is empty."""
    view = open_view.view | {"state": {"values": state_values(open_view.view["blocks"], values)}}
    payload = base(core, "view_submission", open_view.user)
    return payload | {"trigger_id": core.new_trigger(open_view.user), "view": view, "response_urls": []}


def closing(core: Core, open_view: OpenView) -> Json:
    return base(core, "view_closed", open_view.user) | {"view": open_view.view, "is_cleared": False}


def state_values(blocks: list[Json], values: Json) -> Json:
    """What the fields hold: given values (a plain value or Slack's value dict), else what they began with."""
    state: Json = {}
    for block, element in elements(blocks):
        if block["type"] != "input" and not (values.get(block["block_id"]) or {}).get(element["action_id"]):
            continue
        given = values.get(block["block_id"], {}).get(element["action_id"])
        held = chosen(element, given) if given is not None else initial(element)
        if (
            block["type"] == "input"
            and not block.get("optional")
            and not any(v for k, v in held.items() if k != "type")
        ):
            raise SandboxError(f"the field {block['block_id']!r} must be filled in before the view can be submitted")
        state.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], **held}
    return state


def initial(element: Json) -> Json:
    """The value an element starts with."""
    begins = {f"selected{key.removeprefix('initial')}": element[key] for key in element if key.startswith("initial_")}
    begins.pop("selected_value", None)
    if begins:
        return {"type": element["type"], **begins}
    if element["type"] in ("checkboxes", "multi_static_select"):
        return {"type": element["type"], "selected_options": []}
    return chosen(element, element.get("initial_value"))


def command(core: Core, channel: Channel, user_id: str, name: str, text: str) -> Json:
    """A slash command."""
    user, team, stub = core.workspace.users[user_id], core.workspace.team, channel_stub(channel)
    return {
        "token": "sandbox-verification",
        "team_id": team["id"],
        "team_domain": team["domain"],
        "channel_id": channel.id,
        "channel_name": stub["name"],
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": core.new_response_url(channel.id, user.id),
        "trigger_id": core.new_trigger(user.id),
    }
