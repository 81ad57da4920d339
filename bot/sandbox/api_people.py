"""auth.test, apps.connections.open, team.info, users.*, bots.info and usergroups.*."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.sandbox.arguments import Args, with_cursor
from bot.sandbox.core import Core
from bot.sandbox.models import Json, Refused, User, UserGroup
from bot.sandbox.workspace import APP_ID, APP_USER, BOT_ID


def auth_test(core: Core, args: Args) -> Json:
    team = core.workspace.team
    return {
        "url": team["url"],
        "team": team["name"],
        "user": core.workspace.users[APP_USER].name,
        "team_id": team["id"],
        "user_id": APP_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(core: Core, args: Args) -> Json:
    socket = core.base_url.replace("http://", "ws://", 1)
    return {"url": f"{socket}/socket?ticket={core.new_ticket()}&app_id={APP_ID}"}


def team_info(core: Core, args: Args) -> Json:
    team = core.workspace.team
    return {"team": {key: team[key] for key in ("id", "name", "domain", "url")} | {"email_domain": ""}}


def zone_offset(name: str) -> int:
    """Seconds east of UTC now; 0 for a zone this machine does not know."""
    try:
        offset = datetime.now(UTC).astimezone(ZoneInfo(name)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    return 0 if offset is None else int(offset.total_seconds())


def user_json(core: Core, user: User) -> Json:
    profile: Json = {
        "title": user.title,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "status_text": "",
        "status_emoji": "",
        "team": core.workspace.team["id"],
    }
    if user.bot_id:
        profile |= {"bot_id": user.bot_id, "api_app_id": APP_ID if user.id == APP_USER else ""}
    return {
        "id": user.id,
        "team_id": user.team or core.workspace.team["id"],
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": zone_offset(user.tz),
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }


def user_info(core: Core, args: Args) -> Json:
    return {"user": user_json(core, core.workspace.user(args.need("user")))}


def list_users(core: Core, args: Args) -> Json:
    users, cursor = args.page(list(core.workspace.users.values()))
    return with_cursor({"members": [user_json(core, user) for user in users], "cache_ts": 1_700_000_000}, cursor)


def bot_info(core: Core, args: Args) -> Json:
    wanted = args.text("bot", BOT_ID) or BOT_ID
    user = next((user for user in core.workspace.users.values() if user.bot_id == wanted), None)
    if user is None:
        raise Refused("bot_not_found")
    app_id = APP_ID if user.id == APP_USER else f"A{user.bot_id[1:]}"
    name = user.real_name
    return {"bot": {"id": wanted, "deleted": False, "name": name, "app_id": app_id, "user_id": user.id, "icons": {}}}


def group_json(core: Core, group: UserGroup, with_users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": core.workspace.team["id"],
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return shown | ({"users": group.users} if with_users else {})


def list_groups(core: Core, args: Args) -> Json:
    with_users = args.flag("include_users")
    return {"usergroups": [group_json(core, group, with_users) for group in core.workspace.usergroups.values()]}


def group_users(core: Core, args: Args) -> Json:
    group = core.workspace.usergroups.get(args.need("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": list(group.users)}
