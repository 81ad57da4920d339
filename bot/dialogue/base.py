"""What the thinking needs to know of channels and people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from bot.config import Rules
from bot.messages import Channel, Standing
from bot.outcomes import Nudge as Nudge
from bot.outcomes import Spoken as Spoken
from knowledge.models import Audience, Case


class Readers(Protocol):
    """Who reads what."""

    def readers(self, channel_id: str) -> Audience:
        """The scopes that every reader of the channel holds."""

    def open_to(self, channel_id: str, person: str) -> bool:
        """Whether the person may read the channel."""

    def may_pass(self, source: str, destination: str) -> bool:
        """Whether what is said in one channel may be shown in the other: all its readers may read the source."""

    def shows(self, case: Case, readers: Audience) -> bool:
        """Whether all `readers` may see a case: by what stands in it, and by what the place that it came from is now."""


class Directory(Readers, Protocol):
    """Channels and people as the thinking needs to know them; what is unknown is denied."""

    def at_this_moment(self, channels: Iterable[str]) -> Readers:
        """Who reads these channels, asked of the platforms now; its answers raise VigilError where one cannot be asked."""

    def rules(self, channel_id: str) -> Rules:
        """The channel's rules, its threshold raised where people asked Vigil to speak less."""

    def helpers(self, channel_id: str) -> frozenset[str]:
        """Ids of the configured helpers."""

    def people(self, names: Sequence[str], channel_id: str) -> frozenset[str]:
        """Ids of those named: people by id, user groups by their members, `owner` for who made the channel."""

    def administrators(self) -> frozenset[str]:
        """Ids of those who may do everything."""

    def audience(self, channel_id: str) -> Audience:
        """Who may read what is said in the channel."""

    def threaded(self, channel_id: str) -> bool:
        """Whether people answer in threads there, as they do everywhere but in direct messages and on flat platforms."""

    def members(self, channel_id: str) -> frozenset[str]:
        """Ids of everyone who can read the channel; empty when it is unknown."""

    def standing(self, channel_id: str, person: str) -> Standing:
        """How the person stands to the team whose channel it is."""

    def forget(self, channel_id: str, person: str = "") -> None:
        """The channel changed, or somebody came or went: ask anew."""

    def saw(self, channels: Sequence[Channel]) -> None:
        """A platform has just listed these channels, as they stand now."""

    def permalink(self, turn_id: str) -> str:
        """An address that opens the message, "" when there is none."""

    def resolve(self, channel_name: str, beside: str) -> str | None:
        """The id of a channel given by name or id, on the platform of the channel `beside` which it is wanted."""

    def group(self, name: str, channel_id: str) -> str | None:
        """The id of a user group given by id or handle."""

    def channel(self, channel_id: str) -> Channel:
        """What is known of a channel."""

    def channels(self) -> Sequence[Channel]:
        """All known channels."""

    def name(self, person: str, channel_id: str) -> str:
        """A person's display name on the channel's platform, "" when it cannot be learned."""

    def linked(self, text: str, channel_id: str) -> tuple[str, str] | None:
        """(turn id, thread id) of the first link to a message in `text`, None without one."""
