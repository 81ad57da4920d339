"""Once a week each helpers' channel is told what its askers wanted to know and Vigil could not say; nothing when nothing is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.config import Knowledge, Rules
from bot.dialogue import calendar, gap_cards
from bot.dialogue.base import Directory
from bot.dialogue.delivery import helpers_channel
from bot.dialogue.gaps import Gaps
from bot.messages import Post, Target
from bot.models import Mode
from bot.outcomes import Outcome
from bot.platforms.base import Facts
from bot.storage.base import Ledger


class GapPosts:
    """Looks hourly whether it is the day. `clock` gives epoch seconds; `settings` say on which day, and how often is often."""

    def __init__(
        self, gaps: Gaps, ledger: Ledger, facts: Facts, directory: Directory, settings: Knowledge,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._gaps, self._ledger, self._facts, self._directory = gaps, ledger, facts, directory
        self._settings, self._clock = settings, clock

    def run(self) -> int:
        """Post what is due; returns how many channels were told something."""
        now, told = self._clock(), 0
        for desk, channels in self._desks().items() if self._settings.gaps_day else ():
            rules = self._directory.rules(channels[0])
            week = _week(now, rules, self._settings.gaps_day)
            if week is None or self._facts.fact(f"gaps {desk}") == str(week):
                continue
            told += self._post(desk, channels, rules, week, now)
            self._facts.remember(f"gaps {desk}", str(week))  # whoever dies before this commits the same key again
        return told

    def _desks(self) -> dict[str, list[str]]:
        """Helpers' channels, each with the channels that it looks after and may be shown."""
        desks: dict[str, list[str]] = defaultdict(list)
        for channel in sorted(self._directory.channels(), key=lambda c: c.id):
            rules = self._directory.rules(channel.id)
            if channel.direct or rules.mode == Mode.SHADOW:
                continue
            desk = helpers_channel(rules, self._directory, channel.id)
            if desk and self._directory.may_pass(channel.id, desk):
                desks[desk].append(channel.id)
        return desks

    def _post(self, desk: str, channels: list[str], rules: Rules, week: int, now: float) -> bool:
        found = self._gaps.found(now, frozenset(channels).__contains__, self._settings.gaps_least)
        if not found:
            return False
        message = gap_cards.digest(found, rules, now, self._directory.permalink)
        post = Post(
            f"gaps-{desk}-{week}/digest", Target.CHANNEL, desk, message, event_type="vigil_gaps", tells=tuple(channels)
        )
        self._ledger.commit(Outcome(posts=(post,)), now)
        return True


def _week(now: float, rules: Rules, day: str) -> int | None:
    """The number of the week (year and week, such as 202647) on its day within business hours, else None."""
    local = datetime.fromtimestamp(now, ZoneInfo(rules.time_zone))
    if calendar.DAYS[local.weekday()] != day or not calendar.in_business(now, rules):
        return None
    year, week, _ = local.isocalendar()
    return year * 100 + week
