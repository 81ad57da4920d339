"""The watch measures every night how Vigil did, and tells the helpers' channel when that moved, with the likely cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from bot.dialogue import causes, delivery, measures, trends
from bot.dialogue.base import Directory
from bot.dialogue.calendar import in_business
from bot.dialogue.causes import Cause
from bot.dialogue.question import asked
from bot.dialogue.trends import Trend
from bot.messages import Post, Target
from bot.models import Mode
from bot.outcomes import Counted, Disliked, Opening
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Hit, Kind, Status

DAY = 86_400.0
SETTLES = 7  # days for which ratings still come in: so long a day is counted again
REACH = trends.WEEK * (trends.WEEKS + 1)  # days: older ones are not caught up, since nothing is compared with them
KNOWN_FOR = 7 * DAY  # a thread counts as known a week later, so that a new topic stays new for one
NEED = 0.5  # of a thread whose opening counts as a question; apart from settings, which would move the measure
LOOKED_AT = 24  # hits among which the nearest is sought
AT_ONCE = 30.0  # seconds after which the rest of much that was missed is left to the next run
QUIET = 7 * DAY  # between two posts about one cause


class Series(Protocol):
    """What the watch asks of the storage; days are counted since 1970, UTC."""

    def unmeasured(self, since: int, until: int) -> list[int]:
        """The days from `since` to before `until` that were not measured yet, none before the first decision."""

    def counted(self, day: int) -> list[Counted]:
        """What the store's decisions of a day come to now; nothing is written."""

    def write(self, day: int, counts: Iterable[Counted], first: bool) -> bool:
        """Keep a day's counts in place of earlier ones; False if it was measured already and is `first`."""

    def read(self, since: int, until: int) -> list[Counted]:
        """All that was kept of the days from `since` to before `until`."""

    def openings(self, day: int, need: float) -> list[Opening]:
        """The questions that opened a day's threads of at least that need, and still stand."""

    def disliked(self, since: float, channels: Sequence[str]) -> list[Disliked]:
        """Entries shown in these channels since then that more often did not help than did, the worst first."""

    def told(self, desk: str, cause: str, since: float) -> bool:
        """Whether a channel was told of a cause after then."""

    def tell(self, post: Post, cause: str, now: float, quiet: float, turns: Sequence[str] = ()) -> bool:
        """Put a post about a cause into the outbox, unless its channel was told of that within `quiet` seconds.

        Should one of the `turns` be erased whose words it tells, the post goes too.
        """


class Watch:
    """Run it often: it does each day's work once. `clock` gives epoch seconds, `keeps` days threads are kept, 0 for ever."""

    def __init__(
        self, series: Series, entries: EntryStore, knowledge: KnowledgeBase, directory: Directory,
        clock: Callable[[], float], keeps: float = 0.0,
    ) -> None:  # fmt: skip
        self._series, self._entries, self._knowledge = series, entries, knowledge
        self._directory, self._clock, self._keeps = directory, clock, keeps

    def run(self) -> int:
        """Measure the days that are over and not measured yet, then compare; returns how many posts were written."""
        self.measure()
        return self.tell()

    def measure(self) -> int:
        """Measure what is missing, and count the latest days again; returns how many days were new."""
        today = int(self._clock() // DAY)
        fresh = self._series.unmeasured(today - REACH, today)
        if not fresh:
            return 0
        for day in range(today - min(SETTLES, int(self._keeps) or SETTLES), today):
            if day not in fresh:
                self._series.write(day, self._series.counted(day), first=False)
        measured, until = 0, self._clock() + AT_ONCE
        for day in fresh:
            if self._clock() > until:
                break
            measured += self._series.write(day, [*self._series.counted(day), *self._drift(day)], True)
        return measured

    def tell(self) -> int:
        """Compare the last seven days with the weeks before, for each helpers' channel, in business hours."""
        now = self._clock()
        today = int(now // DAY)
        counts = self._series.read(today - REACH, today)
        told = 0
        for desk, sources in self._desks().items():
            if not in_business(now, self._directory.rules(sources[0])):
                continue
            weeks = trends.tallies((c for c in counts if c.channel_id in sources), today)
            for cause in self._causes(desk, sources, weeks, now):
                post = self._post(desk, sources, cause, now)
                told += self._series.tell(post, cause.name, now, QUIET, cause.turns)
        return told

    def _desks(self) -> dict[str, list[str]]:
        """For each helpers' channel the channels that report there: none in shadow mode, none its readers may not read."""
        found: dict[str, list[str]] = {}
        for channel in sorted(self._directory.channels(), key=lambda channel: channel.id):
            rules = self._directory.rules(channel.id)
            if rules.mode == Mode.SHADOW:
                continue
            desk = delivery.helpers_channel(rules, self._directory, channel.id)
            if desk and self._directory.may_pass(channel.id, desk):
                found.setdefault(desk, []).append(channel.id)
        return found

    def _causes(self, desk: str, sources: Sequence[str], weeks: Sequence[measures.Tally], now: float) -> list[Cause]:
        """Everything that moved, each under its likely cause."""
        rules = self._directory.rules(sources[0])
        moved = [trend for trend in trends.trends(weeks) if trend.moved]
        if moved and (changed := trends.models(weeks)):
            return [causes.model(moved, changed, rules)]
        found: list[Cause] = []
        if any(trend.name == "far" and trend.now and trend.now > (trend.before or 0) for trend in moved):
            moved, mine = _parted(moved, causes.BY_TOPIC)
            if not self._series.told(desk, causes.TOPIC, now - QUIET):  # else the search for words is in vain
                found.append(causes.topic(mine, *self._parted_by(sources, trends.far_limit(weeks[:-1]), now), rules))
        others, mine = _parted(moved, causes.BY_DOCUMENT)
        if mine and (disliked := self._rejected(sources, now)):
            entry = self._entries.get(disliked.entry_id)
            if entry is not None and entry.status is Status.LIVE:
                moved = others
                named = self._directory.shows(entry.case, self._directory.readers(desk))
                found.append(causes.document(mine, entry, disliked, named, rules, now))
        return [*found, causes.unknown(moved, rules)] if moved else found

    def _rejected(self, sources: Sequence[str], now: float) -> Disliked | None:
        found = self._series.disliked(now - trends.WEEK * DAY, sources)
        return next((d for d in found if d.people >= causes.REJECTED and d.shown >= causes.SHOWN), None)

    def _parted_by(self, sources: Sequence[str], limit: float, now: float) -> tuple[list[Opening], list[Opening]]:
        """The last seven days' questions farther from what was known than that, and the others."""
        today, far, others = int(now // DAY), list[Opening](), list[Opening]()
        for day in range(today - trends.WEEK, today):
            for opening in self._series.openings(day, NEED):
                if opening.channel_id in sources:
                    (far if self._nearest(opening) < limit else others).append(opening)
        return far, others

    def _post(self, desk: str, sources: Sequence[str], cause: Cause, now: float) -> Post:
        message = causes.message(cause, self._directory.rules(sources[0]))
        return Post(
            f"watch-{cause.name}-{int(now)}/{desk}",
            Target.CHANNEL,
            desk,
            message,
            event_type="vigil_watch",
            tells=tuple(sources),
        )

    def _drift(self, day: int) -> list[Counted]:
        """How near what was known lay to each of a day's questions."""
        near = Counter((o.channel_id, measures.step_of(self._nearest(o))) for o in self._series.openings(day, NEED))
        return [Counted(day, channel_id, "nearest", step, number) for (channel_id, step), number in near.items()]

    def _nearest(self, opening: Opening) -> float:
        """The best cosine of a question with what its channel's readers might have been shown, 0 when nothing was found."""
        readers = self._directory.readers(opening.channel_id)
        own = frozenset({f"precedent:{opening.thread_id}", f"thread:{opening.thread_id}"})
        hits = self._knowledge.search(asked(opening.text).query(readers, LOOKED_AT, opening.at, own))
        return max((hit.cosine for hit in hits if _known(hit, opening)), default=0.0)


def _known(hit: Hit, opening: Opening) -> bool:
    """Documents, and what came up a week before the question; never what was learned from it."""
    case = hit.entry.case
    if case.kind is Kind.SECTION:
        return True
    return case.happened_at <= opening.at - KNOWN_FOR and opening.thread_id not in case.turns


def _parted(moved: Sequence[Trend], names: frozenset[str]) -> tuple[list[Trend], list[Trend]]:
    """(the others, those of these names)."""
    return [t for t in moved if t.name not in names], [t for t in moved if t.name in names]
