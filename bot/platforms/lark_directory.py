"""Which chats, members, people and groups there are in the tenant, asked of Lark and remembered for some minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.messages import Channel, Person
from bot.platforms.base import SendRefused
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.chat_memo import Memo
from bot.platforms.lark_direct import DirectChats
from bot.platforms.lark_errors import NO_SCOPE, Refusal
from bot.platforms.lark_ids import Identity, channel_id, place
from bot.platforms.lark_json import native
from bot.platforms.lark_pages import Read, every, pages

# Who can read a chat decides what may be said there: that is remembered most briefly.
MEMBERS_SECONDS, CHAT_SECONDS, PERSON_SECONDS = 60.0, 60.0, 600.0
TOPIC, GROUP, DIRECT = "topic", "group", "p2p"
# Outside the app's contact range, nobody of this tenant, or the app may not ask at all.
_HIDDEN = frozenset((41050, 41012, 40004, 99992351, NO_SCOPE))


class Directory:
    """Chats, members, people and groups. Lark tells of people by the chats that Vigil is in; of others nothing is known."""

    def __init__(
        self,
        read: Read,
        me: Callable[[], Identity],
        directs: DirectChats,
        memo: Memo | None = None,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._read, self._me, self._directs, self._redact = read, me, directs, redact
        self._memo = memo or Memo()
        self._met: dict[str, tuple[str, str]] = {}  # whom Lark named in a chat: their name and tenant

    def channels(self) -> Sequence[Channel]:
        """Every group that Vigil is in, and the direct chats that it knows of: Lark lists no others."""
        tenant = self._me().tenant
        listed = (self._listed(channel_id(tenant, chat)) for chat in self._groups())
        directs = (_direct(channel_id(tenant, chat), tenant) for chat in self._directs.chats())
        return [*filter(None, listed), *directs]

    def _listed(self, known: str) -> Channel | None:
        """One of the groups; None for one that is gone meanwhile."""
        try:
            return self.channel(known, listed=True)
        except SendRefused:
            return None

    def _groups(self) -> list[str]:
        found = every(self._read, "im/v1/chats", {"user_id_type": "open_id"}, "items")
        standing = [item for item in found if text(item, "chat_status") in ("", "normal")]
        return [chat for item in standing if (chat := native(item, "chat_id"))]

    def forget(self, known: str) -> None:
        for kind in ("chat", "members", "in"):
            self._memo.drop(kind, known)

    def channel(self, known: str, listed: bool = False) -> Channel:
        """What is known of one chat; `listed` says that Lark has just named it among those that Vigil is in."""
        where, tenant = place(known), self._me().tenant
        if where.chat.startswith("ou_") or self._directs.known(where.chat):
            return _direct(known, tenant)
        item = self._chat(known)
        if text(item, "chat_mode") == DIRECT:
            self._directs.learn(where.chat)
            return _direct(known, tenant)
        return channel_value(item, known, tenant, listed or self._inside(known))

    def _inside(self, known: str) -> bool:
        """Whether Vigil is in the chat: of a public one Lark tells everything to those outside too."""

        def ask() -> bool:
            path, at = "im/v1/chats/:chat_id/members/is_in_chat", {"chat_id": place(known).chat}
            return self._read(path, at=at).get("is_in_chat") is True

        return self._memo.get("in", known, CHAT_SECONDS, ask)

    def mode(self, known: str) -> str:
        """TOPIC, GROUP or DIRECT; a group whose messages are threads counts as one of topics."""
        where = place(known)
        if where.chat.startswith("ou_") or self._directs.known(where.chat):
            return DIRECT
        item = self._chat(known)
        threads = text(item, "group_message_type") == "thread"
        return TOPIC if threads else text(item, "chat_mode") or GROUP

    def threaded(self, known: str) -> bool:
        """Whether all answers there stand in threads."""
        return self.mode(known) == TOPIC

    def direct(self, person: str) -> str | None:
        """Lark's id of the direct chat with a person, None as long as it is not known."""
        return self._directs.chat(person)

    def met(self, chat: str, person: str) -> None:
        """A direct message went to this person in this chat."""
        self._directs.learn(chat, person)

    def _chat(self, known: str) -> Table:
        def ask() -> Table:
            return self._read("im/v1/chats/:chat_id", {"user_id_type": "open_id"}, at={"chat_id": place(known).chat})

        return self._memo.get("chat", known, CHAT_SECONDS, ask)

    def members(self, known: str) -> frozenset[str]:
        """The people of a chat, without Vigil; of a direct chat whom it is with. Raises SendRefused when that is not known."""
        where = place(known)
        if where.chat.startswith("ou_"):
            return frozenset((where.chat,))
        if person := self._directs.person(where.chat):
            return frozenset((person,))

        def ask() -> frozenset[str]:
            query = {"member_id_type": "open_id", "page_size": 100}
            answers = list(pages(self._read, "im/v1/chats/:chat_id/members", query, {"chat_id": where.chat}))
            found = {who: m for answer in answers for m in rows(answer, "items") if (who := native(m, "member_id"))}
            total = answers[-1].get("member_total")
            if type(total) is int and total > len(found):
                raise SendRefused(f"Lark names {len(found)} of the chat's {total} members; who reads it is not known")
            self._met |= {who: (text(m, "name"), text(m, "tenant_key")) for who, m in found.items()}
            return frozenset(found)

        return self._memo.get("members", known, MEMBERS_SECONDS, ask)

    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        """(people of this tenant, people of others), as far as they are in a chat with Vigil. Not remembered here.

        People of other tenants are in external chats only. Of a chat whose members Lark does not tell nobody is counted.
        """
        tenant = self._me().tenant
        there = frozenset[str]().union(*(self._there(channel_id(tenant, chat)) for chat in self._groups()))
        ours = frozenset(who for who in there if self._met.get(who, ("", ""))[1] == tenant)
        return ours, there - ours

    def _there(self, known: str) -> frozenset[str]:
        try:
            return self.members(known)
        except SendRefused:
            return frozenset()

    def person(self, person_id: str) -> Person:
        """Who that is; an app, or somebody of whom Lark tells nothing, has only its id for a name."""
        if person_id.startswith("cli_") or person_id == self._me().bot:
            return Person(person_id, person_id, is_bot=True)
        found = self._memo.get("person", person_id, PERSON_SECONDS, lambda: self._looked_up(person_id))
        found = found or self._met_person(person_id)
        return replace(found, name=self._redact(found.name))  # some put their number beside their name

    def _looked_up(self, person_id: str) -> Person | None:
        """Who that is in the tenant's directory; None for whom the app may not look up there."""
        try:
            answer = self._read("contact/v3/users/:user_id", {"user_id_type": "open_id"}, at={"user_id": person_id})
        except Refusal as refused:
            if refused.code not in _HIDDEN:
                raise
            return None
        return person_value(table(answer, "user"), person_id)

    def _met_person(self, person_id: str) -> Person:
        """What the members of chats tell; whoever is in none may be anybody."""
        name, tenant = self._met.get(person_id, ("", ""))
        elsewhere = tenant != self._me().tenant
        return Person(person_id, name or person_id, guest=elsewhere, outside=elsewhere)

    def group(self, group_id: str) -> frozenset[str]:
        def ask() -> frozenset[str]:
            query = {"member_id_type": "open_id", "member_type": "user"}
            path, at = "contact/v3/group/:group_id/member/simplelist", {"group_id": group_id}
            return frozenset(
                filter(None, (native(m, "member_id") for m in every(self._read, path, query, "memberlist", at)))
            )

        return self._memo.get("group", group_id, PERSON_SECONDS, ask)

    def group_named(self, handle: str) -> str | None:
        def ask() -> dict[str, str]:
            found = every(self._read, "contact/v3/group/simplelist", {}, "grouplist")
            return {text(row, "name"): native(row, "id") for row in found if native(row, "id")}

        return self._memo.get("groups", "", PERSON_SECONDS, ask).get(handle)


def _direct(known: str, tenant: str) -> Channel:
    return Channel(known, "", private=True, direct=True, team=tenant)


def channel_value(item: Table, known: str, tenant: str, member: bool) -> Channel:
    """A Channel from Lark's description; what is not plainly a public chat of this tenant's own counts as closed."""
    return Channel(
        id=known,
        name=text(item, "name"),
        private=text(item, "chat_type") != "public",
        shared=item.get("external") is not False or text(item, "tenant_key") not in ("", tenant),
        member=member and text(item, "chat_status") in ("", "normal"),
        team=tenant,
        owner=native(item, "owner_id"),
    )


def person_value(item: Table, person_id: str) -> Person:
    """A Person from Lark's description."""
    status = table(item, "status")
    gone = any(status.get(key) is True for key in ("is_resigned", "is_exited", "is_frozen"))
    name = text(item, "name") or text(item, "en_name") or person_id
    return Person(person_id, name, time_zone=text(item, "time_zone") or "UTC", gone=gone)
