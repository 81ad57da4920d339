"""Who and what there is in the workspace, asked of Slack and remembered for some minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from bot.messages import Channel, Person
from bot.platforms.chat_fields import Table, table, text
from bot.platforms.chat_memo import Memo
from bot.platforms.slack_errors import Refusal
from bot.platforms.slack_ids import Identity, channel_id, place

T = TypeVar("T")
# A read call of the Web API: method and arguments in, the answer out; raises VigilError.
Read = Callable[[str, dict[str, Any]], Table]

PAGE, LONG_PAGE, MANY = 200, 1000, 5000
# Who can read a channel decides what may be said there: that is remembered most briefly.
MEMBERS_SECONDS, CHANNEL_SECONDS, PERSON_SECONDS, FOREVER_SECONDS = 60.0, 60.0, 600.0, 86_400.0


def every(read: Read, method: str, arguments: dict[str, Any], field: str) -> Iterator[Any]:
    """All items of a paged answer, page after page; `arguments` may ask for longer pages by `limit`."""
    cursor, seen = "", set()
    while cursor not in seen:
        seen.add(cursor)
        answer = read(method, {"limit": PAGE, **arguments, **({"cursor": cursor} if cursor else {})})
        items = answer.get(field)
        yield from items if isinstance(items, list) else []
        cursor = text(table(answer, "response_metadata"), "next_cursor")


class Directory:
    """Channels, members, people and groups."""

    def __init__(
        self,
        read: Read,
        me: Callable[[], Identity],
        memo: Memo | None = None,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._read, self._me, self._memo, self._redact = read, me, memo or Memo(), redact

    def channels(self) -> Sequence[Channel]:
        """Every conversation Vigil is in: public and private channels and direct messages."""
        wanted = {"types": "public_channel,private_channel,im", "exclude_archived": True}
        found = every(self._read, "users.conversations", wanted, "channels")
        # users.conversations lists only one's own, and says is_member of none of them.
        return [channel_value({**item, "is_member": True}, self._me().team) for item in found if text(item, "id")]

    def forget(self, known: str) -> None:
        for kind in ("channel", "members"):
            self._memo.drop(kind, known)

    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        """Not remembered here: whoever asks remembers it. Who was deactivated reads nothing any more, and is no guest."""
        full, others = set[str](), set[str]()
        for item in every(self._read, "users.list", {"limit": LONG_PAGE}, "members"):
            guest = outside(item) or elsewhere(item, self._me().team)
            (others if guest and item.get("deleted") is not True else full).add(text(item, "id"))
        return frozenset(full), frozenset(others)

    def channel(self, known: str) -> Channel:
        def ask() -> Channel:
            answer = self._read("conversations.info", {"channel": place(known).channel})
            return channel_value(table(answer, "channel"), self._me().team)

        return self._memo.get("channel", known, CHANNEL_SECONDS, ask)

    def members(self, known: str) -> frozenset[str]:
        def ask() -> frozenset[str]:
            arguments = {"channel": place(known).channel, "limit": LONG_PAGE}
            return frozenset(map(str, every(self._read, "conversations.members", arguments, "members")))

        return self._memo.get("members", known, MEMBERS_SECONDS, ask)

    def person(self, person_id: str) -> Person:
        """Who that is; a bot id, or somebody Slack does not know, has only its id for a name."""
        if person_id.startswith("B"):
            return Person(person_id, person_id, is_bot=True)
        return self._memo.get("person", person_id, PERSON_SECONDS, lambda: self._person(person_id))

    def _person(self, person_id: str) -> Person:
        try:
            answer = table(self._read("users.info", {"user": person_id}), "user")
            found = person_value(answer, person_id, self._me().team)
            return replace(found, name=self._redact(found.name))  # some put their number beside their name
        except Refusal as refused:
            if refused.code not in ("user_not_found", "user_not_visible"):
                raise
            return Person(person_id, person_id, guest=True, outside=True, gone=refused.code == "user_not_found")

    def group(self, group_id: str) -> frozenset[str]:
        def ask() -> frozenset[str]:
            users = self._read("usergroups.users.list", {"usergroup": group_id}).get("users")
            return frozenset(map(str, users if isinstance(users, list) else []))

        return self._memo.get("group", group_id, PERSON_SECONDS, ask)

    def group_named(self, handle: str) -> str | None:
        def ask() -> dict[str, str]:
            found = self._read("usergroups.list", {}).get("usergroups")
            return {text(row, "handle"): text(row, "id") for row in (found if isinstance(found, list) else [])}

        return self._memo.get("groups", "", PERSON_SECONDS, ask).get(handle)

    def direct(self, person_id: str) -> str:
        """Slack's id of the direct conversation with a person; opening it twice gives the same one."""

        def ask() -> str:
            return text(table(self._read("conversations.open", {"users": person_id}), "channel"), "id")

        return self._memo.get("direct", person_id, FOREVER_SECONDS, ask)


def channel_value(item: Table, team: str) -> Channel:
    """A Channel from Slack's description; an im has its person's id for a name and is always one's own."""
    direct = item.get("is_im") is True or item.get("is_mpim") is True
    return Channel(
        id=channel_id(team, text(item, "id")),
        name=text(item, "name") or text(item, "user"),
        private=item.get("is_private") is True or direct,
        direct=direct,
        shared=any(item.get(key) is True for key in ("is_ext_shared", "is_org_shared", "is_pending_ext_shared")),
        member=item.get("is_member") is True or direct,
        team=team,
        owner=text(item, "creator"),
    )


def person_value(item: Table, person_id: str, team: str = "") -> Person:
    """A Person from Slack's description; whoever is of none of this team's workspaces comes from outside."""
    profile = table(item, "profile")
    name = text(profile, "display_name") or text(profile, "real_name") or text(item, "real_name") or text(item, "name")
    return Person(
        id=person_id,
        name=name or person_id,
        time_zone=text(item, "tz") or "UTC",
        is_bot=item.get("is_bot") is True,
        guest=outside(item),
        outside=item.get("is_stranger") is True or elsewhere(item, team),
        gone=item.get("deleted") is True,
    )


def outside(item: Table) -> bool:
    """Whether Slack describes a guest, or somebody of another organisation."""
    return any(item.get(key) is True for key in ("is_restricted", "is_ultra_restricted", "is_stranger"))


def elsewhere(item: Table, team: str) -> bool:
    """Whether somebody belongs to other workspaces only; in an Enterprise Grid people belong to several."""
    several = table(item, "enterprise_user").get("teams")
    teams = {text(item, "team_id"), *map(str, several if isinstance(several, list) else ())} - {""}
    return bool(team and teams) and team not in teams
