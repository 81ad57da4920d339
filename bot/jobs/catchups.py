"""One catch-up a platform, so that a platform that is down, or asks to wait, holds up nobody on the others."""

from __future__ import annotations

from collections.abc import Mapping

from bot.events import platform_of
from bot.jobs.catchup import CatchUp


class CatchUps:
    """The catch-ups by the platforms' names; what concerns a channel is its own platform's affair."""

    def __init__(self, walks: Mapping[str, CatchUp]) -> None:
        self._walks = walks

    def run(self) -> int:
        """Walk every platform once; returns how many events were new."""
        return sum(walk.run() for walk in self._walks.values())

    def after_outage(self) -> int:
        """The same after Vigil started."""
        self.lost_touch()
        return sum(walk.after_outage() for walk in self._walks.values())

    def each(self) -> Mapping[str, CatchUp]:
        """The catch-ups, to be run each by itself."""
        return self._walks

    def lost_touch(self) -> None:
        """From now on something may have been missed everywhere, until it is walked."""
        for walk in self._walks.values():
            walk.lost_touch()

    def current(self, channel_id: str) -> bool:
        """Whether all that was said in a channel has been heard; of a platform that is switched off nothing more comes."""
        walk = self._walks.get(platform_of(channel_id))
        return walk is None or walk.current(channel_id)

    def stop(self) -> None:
        """End walks that wait for their platform."""
        for walk in self._walks.values():
            walk.stop()
