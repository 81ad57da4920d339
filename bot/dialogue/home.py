"""The home page of the app: what Vigil does, where it reads along, what waits for approval, how to ask."""

from __future__ import annotations

from bot.dialogue.authority import Actor, authorize, ruled
from bot.dialogue.base import Directory
from bot.dialogue.roles import Roles, channel_object
from bot.dialogue.wording import say
from bot.events import Command
from bot.messages import Channel, Message, Post, Target
from bot.outcomes import Outcome
from bot.storage.base import Threads
from knowledge.base import EntryStore
from knowledge.models import Kind, Status

CHANNELS = 30


class Home:
    """Writes the page for the person who opens it, from what they may read."""

    def __init__(self, threads: Threads, entries: EntryStore, directory: Directory) -> None:
        self._entries, self._directory, self._roles = entries, directory, Roles(threads, directory)

    def show(self, command: Command, actor: Actor) -> Outcome:
        """The page as a post; nothing where the platform does not say who opened it on what."""
        act = ruled(actor, "home", channel_object(command.channel_id))
        if not act.allowed:
            return Outcome(acts=(act,))
        message = self.page(command.actor, self._directory.rules(command.channel_id).language)
        key = f"home-{command.actor}-{command.at:.6f}/home"
        tells = tuple(channel.id for channel in self._channels_of(command.actor))
        post = Post(key, Target.HOME, command.channel_id, message, person=command.actor, event_type="vigil_home",
                    tells=tells)  # fmt: skip
        return Outcome(posts=(post,), acts=(act,))

    def page(self, person: str, language: str) -> Message:
        """The page as a message."""
        channels = self._channels_of(person)
        asking = [f"- {say(language, f'home_ask_{way}')}" for way in ("thread", "shortcut", "slash", "direct")]
        parts = [say(language, "home_intro"), _part(language, "home_ask", asking),
                 _part(language, "home_channels", self._channels(channels, language))]  # fmt: skip
        if waiting := self._waiting(person):
            key = "home_cases_one" if waiting == 1 else "home_cases_count"
            parts.append(_part(language, "home_cases", [f"- {say(language, key, count=waiting)}"]))
        return Message("\n\n".join(parts), say(language, "home_title"))

    def _channels_of(self, person: str) -> list[Channel]:
        return [channel for channel in self._directory.channels() if self._shown(channel, person)]

    def _shown(self, channel: Channel, person: str) -> bool:
        return channel.member and not channel.direct and self._directory.open_to(channel.id, person)

    def _channels(self, channels: list[Channel], language: str) -> list[str]:
        if not channels:
            return [say(language, "home_channels_none")]
        shown = sorted(channels, key=lambda channel: channel.name)[:CHANNELS]
        lines = [f"- #{c.name}: {say(language, f'home_{self._directory.rules(c.id).mode}')}" for c in shown]
        left = len(channels) - len(shown)
        return [*lines, say(language, "home_more", count=left)] if left else lines

    def _waiting(self, person: str) -> int:
        """How many proposed cases this person could approve."""
        proposed = [e for e in self._entries.with_status(Status.PROPOSED) if e.case.kind is Kind.CASE]
        places = {entry.case.container for entry in proposed}
        mine = {place for place in places if self._decides(place, person)}
        return sum(entry.case.container in mine for entry in proposed)

    def _decides(self, channel_id: str, person: str) -> bool:
        return authorize(self._roles.at(channel_id, person), "cases", channel_object(channel_id))


def _part(language: str, title: str, lines: list[str]) -> str:
    return "\n".join([f"**{say(language, title)}**", *lines])
