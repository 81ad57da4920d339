"""The views.* methods: modals and the app's home."""

import copy
import secrets

from bot.sandbox.arguments import Args
from bot.sandbox.checks import checked_view
from bot.sandbox.core import Core
from bot.sandbox.models import Json, OpenView, Refused
from bot.sandbox.workspace import APP_ID, BOT_ID


def view_json(core: Core, view: Json, view_id: str, root: str = "", previous: str = "") -> Json:
    """The view as Slack keeps it: what the app gave, and what Slack adds."""
    return {
        "private_metadata": "",
        "callback_id": "",
        "close": None,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "external_id": "",
        **view,
        "id": view_id,
        "team_id": core.workspace.team["id"],
        "app_id": APP_ID,
        "app_installed_team_id": core.workspace.team["id"],
        "bot_id": BOT_ID,
        "hash": f"{core.number()}.{secrets.token_hex(4)}",
        "state": {"values": {}},
        "root_view_id": root or view_id,
        "previous_view_id": previous or None,
    }


def show(core: Core, user: str, view: Json, below: OpenView | None = None) -> Json:
    """Open a modal for a user, on top of another one when `below` is given."""
    view_id = f"V{core.number():09d}"
    root = str(below.view["root_view_id"]) if below else ""
    shown = view_json(core, view, view_id, root, below.id if below else "")
    core.views[view_id] = OpenView(view_id, user, shown)
    core.tell("view", view_id=view_id, user=user, view=copy.deepcopy(shown), errors={})
    return shown


def replace(core: Core, open_view: OpenView, view: Json) -> Json:
    """Show something else in a modal that is open."""
    old = open_view.view
    open_view.view = view_json(core, view, open_view.id, str(old["root_view_id"]), str(old["previous_view_id"] or ""))
    open_view.errors = {}
    core.tell("view", view_id=open_view.id, user=open_view.user, view=copy.deepcopy(open_view.view), errors={})
    return open_view.view


def close(core: Core, view_id: str) -> None:
    """Take a modal from the screen."""
    gone = core.views.pop(view_id, None)
    if gone is not None:
        core.tell("view", view_id=view_id, user=gone.user, view=None, errors={})


def open_view(core: Core, args: Args) -> Json:
    view = checked_view(args.raw.get("view"), ("modal",))
    return {"view": show(core, core.take_trigger(args.need("trigger_id")), view)}


def push_view(core: Core, args: Args) -> Json:
    view = checked_view(args.raw.get("view"), ("modal",))
    user = core.take_trigger(args.need("trigger_id"))
    below = next((open_view for open_view in reversed(core.views.values()) if open_view.user == user), None)
    return {"view": show(core, user, view, below)}


def update_view(core: Core, args: Args) -> Json:
    view = checked_view(args.raw.get("view"), ("modal", "home"))
    found = core.views.get(args.text("view_id"))
    if found is None and args.has("external_id"):
        wanted = args.text("external_id")
        found = next((v for v in core.views.values() if v.view["external_id"] == wanted), None)
    if found is None:
        raise Refused("not_found")
    if args.has("hash") and args.text("hash") != found.view["hash"]:
        raise Refused("hash_conflict")
    return {"view": replace(core, found, view)}


def publish_view(core: Core, args: Args) -> Json:
    view = checked_view(args.raw.get("view"), ("home",))
    user = core.workspace.user(args.need("user_id")).id
    known = core.homes.get(user)
    if args.has("hash") and known is not None and args.text("hash") != known["hash"]:
        raise Refused("hash_conflict")
    view_id = str(known["id"]) if known else f"V{core.number():09d}"
    core.homes[user] = view_json(core, view, view_id)
    core.tell("home", user=user, view=copy.deepcopy(core.homes[user]))
    return {"view": core.homes[user]}
