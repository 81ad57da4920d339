"""The directory knows channels, helpers and readers, from configuration, storage and the platforms; unknown means denied."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.config import Config, Rules
from bot.events import platform_of
from bot.jobs.kept import Kept
from bot.jobs.readership import Readership
from bot.messages import Channel, Standing
from bot.models import VigilError
from bot.platforms.base import Platform
from bot.storage.base import Channels
from knowledge.models import Audience, Case

OWNER = "owner"
"""The name that stands for whoever made the channel."""


class PlatformDirectory:
    """See bot.dialogue.base.Directory; what the platform says is kept for two to five minutes, or until there is news."""

    def __init__(
        self,
        config: Config,
        channels: Channels,
        platforms: Mapping[str, Platform],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._channels, self._platforms, self._clock = config, channels, platforms, clock
        self._kept = Kept(clock)
        self.readership = Readership(platforms, self._kept, channels.get)

    def at_this_moment(self, channels: Iterable[str]) -> Readership:
        """See bot.dialogue.base.Directory; who belongs to the workspace is not asked again, that takes long."""
        asked = Kept(self._clock, strict=True)
        for channel_id in filter(None, channels):
            self.forget(channel_id)
            self.readership.lend(channel_id, asked)
        return Readership(self._platforms, asked)

    def forget(self, channel_id: str, person: str = "") -> None:
        """The channel changed, or its members did: ask anew."""
        self.readership.forget(channel_id, person)

    def saw(self, channels: Sequence[Channel]) -> None:
        """A platform has just listed these channels: one call, and none of them need be asked for by itself."""
        self.readership.saw(channels)

    def _platform(self, channel_id: str) -> Platform:
        name = platform_of(channel_id)
        if name not in self._platforms:
            raise VigilError(f"{channel_id!r} is a channel of no platform")
        return self._platforms[name]

    def channel(self, channel_id: str) -> Channel:
        """What is known of a channel; an unknown one counts as private and shared with strangers."""
        unknown = Channel(channel_id, "", private=True, shared=True, member=False)
        known = self._channels.get(channel_id)
        if known is not None and known.name:
            return known
        return self._kept.ask("channel", channel_id, lambda: self._platform(channel_id).channel(channel_id), unknown)

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
                found |= self._kept.ask(
                    "owner", channel_id, lambda: _owner(self._platform(channel_id), channel_id), frozenset()
                )
            elif group is None:
                found.add(name.lstrip("@"))
            else:
                found |= self._kept.ask("group", group, partial(self._platform(channel_id).group, group), frozenset())
        return frozenset(found)

    def administrators(self) -> frozenset[str]:
        """Ids of those who may do everything."""
        return frozenset(self._config.administrators)

    def audience(self, channel_id: str) -> Audience:
        """See Readership."""
        return self.readership.audience(channel_id)

    def readers(self, channel_id: str) -> Audience:
        """See Readership."""
        return self.readership.readers(channel_id)

    def shows(self, case: Case, readers: Audience) -> bool:
        """See Readership."""
        return self.readership.shows(case, readers)

    def threaded(self, channel_id: str) -> bool:
        """Whether people answer in threads there: everywhere but in direct messages."""
        return not self.channel(channel_id).direct

    def members(self, channel_id: str) -> frozenset[str]:
        """See Readership."""
        return self.readership.members(channel_id)

    def open_to(self, channel_id: str, person: str) -> bool:
        """See Readership."""
        return self.readership.open_to(channel_id, person)

    def standing(self, channel_id: str, person: str) -> Standing:
        """How the person stands to the team; unknown while the platform does not say."""
        return self._kept.ask(
            "standing", person, lambda: self._platform(channel_id).person(person).standing, Standing.UNKNOWN
        )  # fmt: skip

    def may_pass(self, source: str, destination: str) -> bool:
        """See Readership."""
        return self.readership.may_pass(source, destination)

    def permalink(self, turn_id: str) -> str:
        """An address that opens the message, "" when there is none."""
        return self._kept.ask("permalink", turn_id, lambda: self._platform(turn_id).permalink(turn_id), "")

    def resolve(self, channel_name: str, beside: str) -> str | None:
        """The id of a channel given by name or id, on the platform of the channel `beside` which it is wanted."""
        wanted, home = channel_name.lstrip("#"), platform_of(beside) + ":"
        there = (channel for channel in self._channels.listed() if channel.id.startswith(home))
        return next((c.id for c in there if wanted in (c.id, c.id.rsplit(":", 1)[-1], c.name)), None)

    def group(self, name: str, channel_id: str) -> str | None:
        """The id of a user group: an id as it is, an @handle looked up; None when it is a person."""
        if name.startswith("@"):
            platform = self._platform(channel_id)
            return self._kept.ask("handle", f"{platform.name}:{name}", lambda: platform.group_named(name[1:]), None)
        return name if self._platform(channel_id).is_group(name) else None

    def channels(self) -> Sequence[Channel]:
        """All known channels."""
        return self._channels.listed()

    def name(self, person: str, channel_id: str) -> str:
        """A person's display name, "" when it cannot be learned."""
        return self._kept.ask("name", person, lambda: self._platform(channel_id).person(person).name, "")

    def linked(self, text: str, channel_id: str) -> tuple[str, str] | None:
        """(turn id, thread id) of the first link to a message in `text`, None without one."""
        if "http" not in text:
            return None
        words = hashlib.blake2b(text.encode(errors="surrogatepass")).hexdigest()  # what people write is in no log
        name = f"{channel_id.split(':', 1)[0]}:{words}"
        return self._kept.ask("linked", name, lambda: self._platform(channel_id).linked(text), None)


def _owner(platform: Platform, channel_id: str) -> frozenset[str]:
    made_by = platform.channel(channel_id).owner
    return frozenset({made_by}) if made_by else frozenset()
