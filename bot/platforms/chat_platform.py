"""What every platform's adapter does alike: it asks its directory who is there, and its past what was said."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.messages import Channel, Person, Post
from bot.models import VigilError
from bot.platforms.base import SendLater, SendRefused, SendUnknown, Standing


class Directory(Protocol):
    """Who and what there is, as `Platform` asks for it."""

    def channels(self) -> Sequence[Channel]: ...

    def channel(self, known: str) -> Channel: ...

    def members(self, known: str) -> frozenset[str]: ...

    def people(self) -> tuple[frozenset[str], frozenset[str]]: ...

    def forget(self, known: str) -> None: ...

    def person(self, person_id: str) -> Person: ...

    def group(self, group_id: str) -> frozenset[str]: ...

    def group_named(self, handle: str) -> str | None: ...


class Past(Protocol):
    """What stands in channels and threads, as `Platform` asks for it."""

    def history(self, known: str, since: float) -> Iterator[Standing]: ...

    def replies(self, thread_id: str, since: float) -> Iterator[Standing]: ...


class ChatPlatform(ABC):
    """The half of `bot.platforms.base.Platform` that is the same everywhere."""

    directory: Directory
    _past: Past

    @abstractmethod
    def _post(self, post: Post) -> str:
        """Put a message where it belongs; its id. Raises VigilError for what the platform has no form for."""

    def post(self, post: Post) -> str:
        try:
            return self._post(post)
        except (SendRefused, SendLater, SendUnknown):
            raise
        except VigilError as unusable:
            raise SendRefused(str(unusable)) from unusable

    def history(self, channel_id: str, since: float) -> Iterator[Standing]:
        return self._past.history(channel_id, since)

    def replies(self, thread_id: str, since: float) -> Iterator[Standing]:
        return self._past.replies(thread_id, since)

    def channels(self) -> Sequence[Channel]:
        return self.directory.channels()

    def channel(self, channel_id: str) -> Channel:
        return self.directory.channel(channel_id)

    def members(self, channel_id: str) -> frozenset[str]:
        return self.directory.members(channel_id)

    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        return self.directory.people()

    def forget(self, channel_id: str) -> None:
        self.directory.forget(channel_id)

    def person(self, person_id: str) -> Person:
        return self.directory.person(person_id)

    def group(self, group_id: str) -> frozenset[str]:
        return self.directory.group(group_id)

    def group_named(self, handle: str) -> str | None:
        return self.directory.group_named(handle)
