"""The directory knows channels, helpers and readers, from configuration, storage and the platforms; unknown means denied."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from bot.config import Config, Rules
from bot.messages import Channel, Standing
from bot.models import VigilError
from bot.platforms.base import Platform
from bot.storage.base import Channels
from knowledge.models import EVERYONE, Audience

KEEP_SECONDS = 300.0
FAILED_SECONDS = 15.0
MANY = 5000  # answers kept; rather than grow without end, all are forgotten
OWNER = "owner"
"""The name that stands for whoever made the channel."""

T = TypeVar("T")
log = structlog.get_logger("directory")


class PlatformDirectory:
    """See bot.dialogue.base.Directory; what the platform says is kept for five minutes."""

    def __init__(
        self,
        config: Config,
        channels: Channels,
        platforms: Mapping[str, Platform],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._channels, self._platforms, self._clock = config, channels, platforms, clock
        self._kept: dict[tuple[str, str], tuple[float, object]] = {}

    def forget(self, channel_id: str) -> None:
        """A membership changed: ask anew."""
        for key in [k for k in self._kept if k[1] == channel_id]:
            self._kept.pop(key, None)

    def _ask(self, what: str, name: str, ask: Callable[[], T], otherwise: T) -> T:
        kept = self._kept.get((what, name))
        if kept and kept[0] > self._clock():
            return kept[1]  # type: ignore[return-value]
        keep = KEEP_SECONDS
        try:
            answer = ask()
        except VigilError as trouble:
            log.warning("lookup failed", action="deny", what=what, name=name, error=str(trouble))
            answer, keep = otherwise, FAILED_SECONDS
        if len(self._kept) >= MANY:
            self._kept.clear()
        self._kept[(what, name)] = (self._clock() + keep, answer)
        return answer

    def _platform(self, channel_id: str) -> Platform:
        name = channel_id.split(":", 1)[0]
        if name not in self._platforms:
            raise VigilError(f"{channel_id!r} is a channel of no platform")
        return self._platforms[name]

    def channel(self, channel_id: str) -> Channel:
        """What is known of a channel; an unknown one counts as private and shared with strangers."""
        unknown = Channel(channel_id, "", private=True, shared=True, member=False)
        known = self._channels.get(channel_id)
        if known is not None and known.name:
            return known
        return self._ask("channel", channel_id, lambda: self._platform(channel_id).channel(channel_id), unknown)

    def rules(self, channel_id: str) -> Rules:
        """The channel's rules, its threshold raised where people asked Vigil to speak less."""
        rules = self._config.rules(channel_id, self.channel(channel_id).name)
        more = self._channels.raised(channel_id)
        return replace(rules, threshold=min(1.0, rules.speaks_at + more)) if more else rules

    def helpers(self, channel_id: str) -> frozenset[str]:
        """Ids of the configured helpers: ids as they are, `@handle` and group ids by their members."""
        return self.people(self.rules(channel_id).helpers, channel_id)

    def people(self, names: Sequence[str], channel_id: str) -> frozenset[str]:
        """Ids of those named; a group that cannot be asked for is nobody."""
        found: set[str] = set()
        for name in names:
            group = self.group(name, channel_id)
            if name == OWNER:
                found |= self._ask(
                    "owner", channel_id, lambda: _owner(self._platform(channel_id), channel_id), frozenset()
                )
            elif group is None:
                found.add(name.lstrip("@"))
            else:
                found |= self._ask("group", group, lambda g=group: self._platform(channel_id).group(g), frozenset())  # type: ignore[misc]
        return frozenset(found)

    def administrators(self) -> frozenset[str]:
        """Ids of those who may do everything."""
        return frozenset(self._config.administrators)

    def audience(self, channel_id: str) -> Audience:
        """Who may read what is said there: the workspace for a plain public channel, else only the channel itself."""
        channel = self.channel(channel_id)
        if not channel.team:
            return Audience()
        if channel.private or channel.direct or channel.shared:
            return Audience.of(f"channel:{channel_id}")
        return Audience.of(f"workspace:{channel.team}")

    def readers(self, channel_id: str) -> Audience:
        """What every reader of the channel holds; strangers from a shared channel do not hold the workspace."""
        channel = self.channel(channel_id)
        if not channel.team:
            return Audience()
        scopes = {EVERYONE, f"channel:{channel_id}"}
        return Audience(frozenset(scopes if channel.shared else scopes | {f"workspace:{channel.team}"}))

    def threaded(self, channel_id: str) -> bool:
        """Whether people answer in threads there: everywhere but in direct messages."""
        return not self.channel(channel_id).direct

    def members(self, channel_id: str) -> frozenset[str]:
        """Ids of everyone in the channel; empty when that cannot be learned."""
        return self._ask("members", channel_id, lambda: self._platform(channel_id).members(channel_id), frozenset())

    def open_to(self, channel_id: str, person: str) -> bool:
        """Whether the person may read the channel: public ones as a full member of the workspace, else by membership."""
        channel = self.channel(channel_id)
        public = channel.team and not (channel.private or channel.direct or channel.shared)
        if public and self.standing(channel_id, person) is Standing.MEMBER:
            return True
        return person in self.members(channel_id)

    def standing(self, channel_id: str, person: str) -> Standing:
        """How the person stands to the team; unknown while the platform does not say."""
        return self._ask(
            "standing", person, lambda: self._platform(channel_id).person(person).standing, Standing.UNKNOWN
        )  # fmt: skip

    def may_pass(self, source: str, destination: str) -> bool:
        """Whether what is said in one channel may be shown in the other: all its readers may read the source."""
        if self.audience(source).opens_to(self.readers(destination)):
            return True
        there = self.members(destination)
        return bool(there) and there <= self.members(source)

    def permalink(self, turn_id: str) -> str:
        """An address that opens the message, "" when there is none."""
        return self._ask("permalink", turn_id, lambda: self._platform(turn_id).permalink(turn_id), "")

    def resolve(self, channel_name: str) -> str | None:
        """The id of a channel given by name or id."""
        wanted = channel_name.lstrip("#")
        return next((c.id for c in self._channels.listed() if wanted in (c.id, c.id.rsplit(":", 1)[-1], c.name)), None)

    def group(self, name: str, channel_id: str) -> str | None:
        """The id of a user group: an id as it is, an @handle looked up; None when it is a person."""
        if name.startswith("@"):
            return self._ask("handle", name, lambda: self._platform(channel_id).group_named(name[1:]), None)
        return name if name.startswith("S") and name.isupper() else None

    def channels(self) -> Sequence[Channel]:
        """All known channels."""
        return self._channels.listed()

    def name(self, person: str, channel_id: str) -> str:
        """A person's display name, "" when it cannot be learned."""
        return self._ask("name", person, lambda: self._platform(channel_id).person(person).name, "")

    def linked(self, text: str, channel_id: str) -> tuple[str, str] | None:
        """(turn id, thread id) of the first link to a message in `text`, None without one."""
        if "http" not in text:
            return None
        return self._ask("linked", text, lambda: self._platform(channel_id).linked(text), None)


def _owner(platform: Platform, channel_id: str) -> frozenset[str]:
    made_by = platform.channel(channel_id).owner
    return frozenset({made_by}) if made_by else frozenset()
