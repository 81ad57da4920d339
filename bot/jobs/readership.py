"""Who can read what is said in a place, as the platform tells it now: kinds of channels, members, guests; unknown means no."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.events import platform_of
from bot.jobs.kept import Kept
from bot.messages import Channel
from bot.platforms.base import Platform, SendRefused
from knowledge.models import EVERYONE, Audience, Case, Kind

FRESH_SECONDS = 120.0
"""How long a channel's kind, its members and the workspace's people are believed without news of them."""
OTHERS = "people"

Known = Callable[[str], Channel | None]
"""What storage knows of a channel: it stands in only while the platform cannot be reached."""


class Readership:
    """Answers from the platforms through `kept`; with a strict one, VigilError is raised where a platform is down."""

    def __init__(self, platforms: Mapping[str, Platform], kept: Kept, known: Known = lambda _: None) -> None:
        self._platforms, self._kept, self._known = platforms, kept, known

    def place(self, channel_id: str) -> Channel:
        """The channel as it stands now; an unknown one counts as private and shared with strangers."""
        told = self._kept.fresh("place", channel_id)
        return told if isinstance(told, Channel) else self._asked(channel_id)

    def _asked(self, channel_id: str) -> Channel:
        unknown = Channel(channel_id, "", private=True, shared=True, member=False)
        platform = self._platforms.get(platform_of(channel_id))
        if platform is None:
            return unknown
        former = self._known(channel_id) or unknown
        return self._kept.ask("place", channel_id, lambda: _told(platform, channel_id, unknown), former, FRESH_SECONDS)

    def saw(self, channels: Iterable[Channel]) -> None:
        """The platform has just listed these channels, as they stand now."""
        for channel in channels:
            self._kept.keep("place", channel.id, channel, FRESH_SECONDS)

    def forget(self, channel_id: str, person: str = "") -> None:
        """Something changed there: ask anew, also who belongs to the workspace should the person be new to it; not now."""
        self._kept.drop(channel_id)
        name = platform_of(channel_id)
        if name in self._platforms:
            self._platforms[name].forget(channel_id)
        belonging = self._kept.held(OTHERS, f"{name}:{OTHERS}")
        if person and isinstance(belonging, tuple) and not any(person in people for people in belonging):
            self._kept.drop(f"{name}:{OTHERS}")

    def lend(self, channel_id: str, kept: Kept) -> None:
        """Tell another one who belongs to the channel's workspace, where that is known."""
        name = platform_of(channel_id)
        if name in self._platforms and any(belonging := self._belonging(channel_id)):
            kept.keep(OTHERS, f"{name}:{OTHERS}", belonging, FRESH_SECONDS)

    def members(self, channel_id: str) -> frozenset[str]:
        """Ids of everyone in the channel; empty when that cannot be learned."""
        platform = self._platforms[platform_of(channel_id)]
        return self._kept.ask("members", channel_id, lambda: platform.members(channel_id), frozenset(), FRESH_SECONDS)

    def audience(self, channel_id: str) -> Audience:
        """Who may read what is said there: a plain public channel's workspace, its guests too; else the channel itself."""
        channel, own = self.place(channel_id), f"channel:{channel_id}"
        if not channel.team:
            return Audience()
        if _closed(channel):
            return Audience.of(own)
        workspace = f"workspace:{channel.team}"
        return Audience.of(workspace) if self._among_ourselves(channel) else Audience.of(workspace, own)

    def readers(self, channel_id: str) -> Audience:
        """What every reader of the channel holds; strangers and guests do not hold the workspace."""
        channel = self.place(channel_id)
        if not channel.team:
            return Audience()
        scopes = {EVERYONE, f"channel:{channel_id}"}
        inside = not channel.shared and self._among_ourselves(channel)
        return Audience(frozenset(scopes | {f"workspace:{channel.team}"} if inside else scopes))

    def open_to(self, channel_id: str, person: str) -> bool:
        """Whether the person may read the channel: public ones if they belong to the workspace, else by membership."""
        channel = self.place(channel_id)
        if not channel.team:
            return False
        if not _closed(channel) and person in self._belonging(channel_id)[0]:
            return True
        return person in self.members(channel_id)

    def may_pass(self, source: str, destination: str) -> bool:
        """Whether what is said in one channel may be shown in the other: all its readers may read the source."""
        if self.audience(source).opens_to(self.readers(destination)):
            return True
        if not self.place(source).team or not _by_invitation(self.place(destination)):
            return False  # whoever likes may walk in there, and its members of now are not all its readers
        there = self.members(destination)
        return bool(there) and there <= self.members(source)

    def shows(self, case: Case, readers: Audience) -> bool:
        """Whether all `readers` may see a case: by what stands in it, and by what the place that it came from is now."""
        if not case.audience.opens_to(readers):
            return False
        home = case.container
        if case.kind is Kind.SECTION or platform_of(home) not in self._platforms:
            return True
        return self.audience(home).opens_to(readers)

    def _among_ourselves(self, channel: Channel) -> bool:
        """Whether only full members of the workspace read the channel, as far as it is not shared with strangers."""
        full, others = self._belonging(channel.id)
        if full and not others:
            return True
        there = self.members(channel.id) if full else frozenset[str]()
        return bool(there) and there <= full

    def _belonging(self, channel_id: str) -> tuple[frozenset[str], frozenset[str]]:
        """(full members of the workspace, guests and strangers); both empty when that cannot be learned."""
        name = platform_of(channel_id)
        nobody = (frozenset[str](), frozenset[str]())
        return self._kept.ask(OTHERS, f"{name}:{OTHERS}", self._platforms[name].people, nobody, FRESH_SECONDS)


def _told(platform: Platform, channel_id: str, unknown: Channel) -> Channel:
    """What the platform says of a channel; one that it will not speak of is as unknown as one that there is not."""
    try:
        return platform.channel(channel_id)
    except SendRefused:
        return unknown


def _closed(channel: Channel) -> bool:
    return channel.private or channel.direct or channel.shared


def _by_invitation(channel: Channel) -> bool:
    return bool(channel.team) and (channel.private or channel.direct)
