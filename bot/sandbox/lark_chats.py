"""The calls about chats and people: which chats the app is in, who is in them, who they are, the app itself."""

from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_models import Ask, Chat, Denied, invalid_field
from bot.sandbox.lark_views import as_id, chat_details, chat_view, person_view
from bot.sandbox.models import Json, UserGroup

ID_PREFIX = {"open_id": "ou_", "union_id": "on_", "user_id": ""}


def chats(core: LarkCore, ask: Ask) -> Json:
    """The groups the app is in; direct chats are not among them."""
    found = [c for c in core.workspace.chats.values() if c.mode != "p2p" and core.workspace.sees(c)]
    page, more = ask.page(found)
    id_type = ask.asked("user_id_type", "open_id")
    return more | {"items": [chat_view(core.workspace, chat, id_type) for chat in page]}


def known(core: LarkCore, ask: Ask) -> Chat:
    chat = core.workspace.chats.get(ask.path["chat_id"])
    if chat is None:
        raise Denied(232006)
    if chat.dissolved:
        raise Denied(232009)
    return chat


def chat(core: LarkCore, ask: Ask) -> Json:
    """A chat's name and mode; of a public one also from outside."""
    found = known(core, ask)
    if found.private and not core.workspace.sees(found):
        raise Denied(232011)
    return chat_details(core.workspace, found, ask.asked("user_id_type", "open_id"))


def members(core: LarkCore, ask: Ask) -> Json:
    """The people of a chat; apps are not counted among them."""
    found = known(core, ask)
    if not core.workspace.sees(found):
        raise Denied(232011)
    id_type = ask.asked("member_id_type", "open_id")
    if id_type not in ID_PREFIX:
        raise invalid_field("member_id_type", f"must be one of {', '.join(ID_PREFIX)}")
    people = [member for member in found.members if not core.workspace.people[member].is_bot]
    page, more = ask.page(people)
    items = [
        {
            "member_id_type": id_type,
            "member_id": as_id(member, id_type),
            "name": core.workspace.people[member].real_name,
            "tenant_key": core.workspace.tenants[member],
        }
        for member in page
    ]
    return more | {"items": items, "member_total": len(people)}


def is_in_chat(core: LarkCore, ask: Ask) -> Json:
    return {"is_in_chat": core.workspace.sees(known(core, ask))}


def found_person(core: LarkCore, name: str, id_type: str) -> str:
    """The open id of somebody of the app's own tenant; raises Denied."""
    if id_type not in ID_PREFIX:
        raise invalid_field("user_id_type", f"must be one of {', '.join(ID_PREFIX)}")
    person = core.workspace.known(name)
    if person is None or not name.startswith(ID_PREFIX[id_type]):
        raise Denied(41012)
    if person.is_bot or core.workspace.tenants[person.id] != core.workspace.tenant_key:
        raise Denied(41050)
    return person.id


def user(core: LarkCore, ask: Ask) -> Json:
    who = found_person(core, ask.path["user_id"], ask.asked("user_id_type", "open_id"))
    return {"user": person_view(core.workspace, who)}


def users(core: LarkCore, ask: Ask) -> Json:
    """Up to 50 people at once; whom the app may not see is left out."""
    names, id_type = list(ask.query.get("user_ids", [])), ask.asked("user_id_type", "open_id")
    if not 1 <= len(names) <= 50:
        raise invalid_field("user_ids", "the length must be between 1 and 50")
    items = []
    for name in names:
        try:
            items.append(person_view(core.workspace, found_person(core, name, id_type)))
        except Denied as denied:
            if denied.code != 41050:
                raise
    return {"items": items}


def group_view(group: UserGroup) -> Json:
    return {"id": group.id, "name": group.handle, "description": "", "member_user_count": len(group.users), "type": 1}


def groups(core: LarkCore, ask: Ask) -> Json:
    """The tenant's user groups."""
    page, more = ask.page(core.workspace.groups, default=50)
    return more | {"grouplist": [group_view(group) for group in page]}


def group_of(core: LarkCore, ask: Ask) -> UserGroup:
    group = next((g for g in core.workspace.groups if g.id == ask.path["group_id"]), None)
    if group is None:
        raise Denied(42002)
    return group


def group(core: LarkCore, ask: Ask) -> Json:
    return {"group": group_view(group_of(core, ask))}


def group_members(core: LarkCore, ask: Ask) -> Json:
    id_type = ask.asked("member_id_type", "open_id")
    page, more = ask.page(group_of(core, ask).users, default=50)
    items = [{"member_id": as_id(m, id_type), "member_type": "user", "member_id_type": id_type} for m in page]
    return more | {"memberlist": items}


def groups_of(core: LarkCore, ask: Ask) -> Json:
    """The ids of the groups that somebody is in."""
    who = found_person(core, ask.asked("member_id"), ask.asked("member_id_type", "open_id"))
    page, more = ask.page([g.id for g in core.workspace.groups if who in g.users], default=500, high=1000)
    return more | {"group_list": page}


def bot(core: LarkCore, ask: Ask) -> Json:
    """bot/v3/info, whose answer stands beside the code and not in data."""
    if not core.rules.published:
        raise Denied(11205)
    me = core.workspace.people[core.workspace.app]
    return {"bot": {"activate_status": 2, "app_name": me.real_name, "avatar_url": "", "open_id": me.id}}


def tenant(core: LarkCore, ask: Ask) -> Json:
    """The tenant that the app is installed in."""
    named = {"name": core.workspace.team["name"], "display_id": "F00000001", "tenant_tag": 0}
    return {"tenant": named | {"tenant_key": core.workspace.tenant_key, "domain": "", "avatar": {}}}
