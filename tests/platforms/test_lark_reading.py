"""Who reads a chat of Lark's is told exactly or not at all; people of other tenants are known as such."""

from __future__ import annotations

from typing import Any

import pytest

from bot.messages import Standing
from bot.platforms.base import SendRefused
from bot.platforms.lark import LarkPlatform
from bot.platforms.lark_links import home, link, linked
from bot.sandbox import LarkSandbox, LarkWorkspace
from bot.sandbox.lark_faults import Code
from bot.sandbox.lark_workspace import SCOPES, small_lark
from tests.platforms.conftest import lark_settings


def shared() -> LarkWorkspace:
    """The small tenant with somebody of another one, in an external chat and a private one."""
    data: dict[str, Any] = small_lark()
    people = [*data["users"], {"id": "U0VIC", "name": "vic", "real_name": "Vic", "tenant": "OTHER"}]
    chats = [
        {"id": "C0EXT", "name": "partners", "members": ["U0BEN", "U0VIC", "U0VIGIL"], "is_ext_shared": True},
        {"id": "C0PRIV", "name": "priv", "members": ["U0BEN", "U0ANA", "U0VIGIL"], "is_private": True},
    ]
    return LarkWorkspace({**data, "users": people, "channels": [*data["channels"], *chats]})


def place(box: LarkSandbox, chat: str = "help") -> str:
    return f"lark:{box.workspace.tenant_key}:{box.chat_id(chat)}"


def member(box: LarkSandbox, chat: str) -> None:
    if box.workspace.app not in box.workspace.chat(chat).members:
        box.join(chat, "vigil")


def test_kinds_of_chats() -> None:
    with LarkSandbox(shared()) as box:
        for chat in ("partners", "priv", "help"):
            member(box, chat)
        lark = LarkPlatform(lark_settings(box), str)
        found = {channel.name: channel for channel in lark.channels()}
        assert (found["help"].private, found["help"].shared, found["help"].member) == (False, False, True)
        assert (found["partners"].shared, found["priv"].private) == (True, True)
        assert found["help"].team == box.workspace.tenant_key
        assert found["help"].owner in box.workspace.chat("help").members
        assert lark.channel(place(box, "priv")).private


def test_a_chat_that_vigil_is_not_in_is_told_so(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    assert lark.channel(place(tenant)).member
    tenant.leave("help", "vigil")
    lark.forget(place(tenant))
    assert not lark.channel(place(tenant)).member
    assert place(tenant) not in [channel.id for channel in lark.channels()]


def test_a_chat_of_which_lark_says_little_counts_as_closed() -> None:
    from bot.platforms.lark_directory import channel_value

    assert channel_value({}, "lark:t:oc_1", "t", True).private
    assert channel_value({}, "lark:t:oc_1", "t", True).shared
    assert channel_value({"external": False, "tenant_key": "other"}, "lark:t:oc_1", "t", True).shared
    plain = channel_value({"external": False, "tenant_key": "t", "chat_type": "public"}, "lark:t:oc_1", "t", True)
    assert (plain.private, plain.shared) == (False, False)


def test_members_are_all_or_none(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    chat = tenant.workspace.chat("help")
    people = {who for who in chat.members if not tenant.workspace.people[who].is_bot}
    assert lark.members(place(tenant)) == people
    tenant.leave("help", "ana")
    assert lark.members(place(tenant)) == people, "remembered for a minute"
    lark.forget(place(tenant))
    assert lark.members(place(tenant)) == people - {tenant.open_id("ana")}


def test_members_of_which_lark_keeps_some_back_are_not_known(tenant: LarkSandbox) -> None:
    from bot.platforms.lark_direct import DirectChats
    from bot.platforms.lark_directory import Directory
    from bot.platforms.lark_ids import Identity

    answer = {"items": [{"member_id": "ou_1", "tenant_key": "t"}], "member_total": 3, "has_more": False}
    directory = Directory(lambda *_, **__: answer, lambda: Identity("t", "cli_x", "ou_v"), DirectChats())
    with pytest.raises(SendRefused, match="1 of the chat's 3 members"):
        directory.members("lark:t:oc_1")


def test_many_members_are_read_to_the_end() -> None:
    data = small_lark()
    many = [{"id": f"U{n:04}", "name": f"p{n}", "real_name": f"P {n}"} for n in range(230)]
    members = [*data["channels"][0]["members"], *(person["id"] for person in many)]
    data = {**data, "users": [*data["users"], *many]}
    data["channels"] = [{**data["channels"][0], "members": members}]
    with LarkSandbox(LarkWorkspace(data)) as box:
        assert len(LarkPlatform(lark_settings(box), str).members(place(box))) >= 230


def test_one_chat_that_cannot_be_asked_hides_no_other(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    full, _ = lark.people()
    assert tenant.open_id("ben") in full
    for channel in lark.channels():
        lark.forget(channel.id)
    tenant.faults.next("im.chat.members", Code(232011, "Operator can NOT be out of the chat."))
    tenant.faults.next("im.chat.get", Code(232009, "dissolved"))
    assert tenant.open_id("ben") in lark.people()[0]
    assert len(lark.channels()) == len([c for c in tenant.workspace.chats.values() if tenant.workspace.sees(c)]) - 1


def test_visitors_are_known_by_their_tenant() -> None:
    with LarkSandbox(shared()) as box:
        member(box, "partners")
        lark = LarkPlatform(lark_settings(box), str)
        full, others = lark.people()
        vic, ben = box.open_id("vic"), box.open_id("ben")
        assert others == {vic}
        assert ben in full
        assert vic not in full
        assert lark.person(vic).standing is Standing.VISITOR
        assert lark.person(vic).name == "Vic"
        assert lark.person(ben).standing is Standing.MEMBER


def test_somebody_of_whom_nothing_is_known_is_nobody_of_ours(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    stranger = lark.person("ou_0000")
    assert (stranger.standing, stranger.name) == (Standing.VISITOR, "ou_0000")
    assert lark.person("cli_00").standing is Standing.BOT
    assert lark.person(lark.auth().bot).standing is Standing.BOT


def test_one_of_us_whom_the_app_may_not_look_up_is_one_of_us() -> None:
    scopes = {scope for scope in SCOPES if not scope.startswith("contact:contact")}
    with LarkSandbox(LarkWorkspace.small(scopes=frozenset(scopes))) as box:
        lark = LarkPlatform(lark_settings(box), str)
        ben = box.open_id("ben")
        assert lark.person(ben).outside, "before anything tells"
        lark.people()
        assert lark.person(ben).standing is Standing.MEMBER
        assert lark.person(ben).name == box.workspace.people[ben].real_name


def test_who_has_left_is_gone(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    tenant.workspace.people[tenant.open_id("ana")].deleted = True
    assert lark.person(tenant.open_id("ana")).standing is Standing.GONE


def test_secrets_in_names_are_taken_out(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    tenant.workspace.people[tenant.open_id("ana")].real_name = "Ana hunter2"
    assert lark.person(tenant.open_id("ana")).name == "Ana [secret]"


def test_user_groups(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    group = tenant.workspace.groups[0]
    assert lark.group_named(group.handle) == group.id
    assert lark.group_named("nobody") is None
    assert lark.group(group.id) == set(group.users)
    assert lark.is_group(group.id)
    assert not lark.is_group(tenant.open_id("ana"))
    with pytest.raises(SendRefused, match="no such user group"):
        lark.group("g0")


def test_pages_without_an_end_end(tenant: LarkSandbox) -> None:
    from bot.models import VigilError
    from bot.platforms.lark_pages import every

    tokens = iter(range(10_000))
    endless = lambda *_, **__: {"items": [], "has_more": True, "page_token": f"t{next(tokens)}"}  # noqa: E731
    with pytest.raises(VigilError, match="no end"):
        list(every(endless, "x", {}, "items"))


def test_links_open_the_chat_and_name_the_message(tenant: LarkSandbox, lark: LarkPlatform) -> None:
    root = tenant.say("help", "ben", "it hangs")
    answer = tenant.say("help", "ana", "which?", root)
    url = lark.permalink(f"{place(tenant)}:{answer}")
    assert url.startswith(f"{tenant.url}/client/chat/open?openChatId={tenant.chat_id('help')}")
    assert lark.linked(f"see {url}.") == (f"{place(tenant)}:{answer}", f"{place(tenant)}:{root}")
    assert lark.linked(f"see [this]({url})") is not None
    assert lark.linked(url.replace(tenant.chat_id("help"), tenant.chat_id("topics"))) is None
    assert lark.linked(url.replace(tenant.url, "https://evil.io")) is None
    assert lark.linked("nothing here") is None
    tenant.faults.next("im.message.get", Code(230002, "The bot can not be outside the group."))
    assert lark.linked(url) is None


@pytest.mark.parametrize(
    ("domain", "host"),
    [("https://open.larksuite.com", "applink.larksuite.com"), ("https://open.feishu.cn", "applink.feishu.cn")],
)
def test_both_domains_have_their_own_links(domain: str, host: str) -> None:
    url = link(domain, "oc_1", "om_2")
    assert url == f"https://{host}/client/chat/open?openChatId=oc_1&openMessageId=om_2"
    assert url.startswith(home(domain))
    assert linked(url, domain) == ("oc_1", "om_2")
