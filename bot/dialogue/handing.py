"""Hands a channel over to the next shift: its open requests, who has waited longest first, each in a few linked lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot.config import Rules
from bot.dialogue import briefs, commands, lifecycle
from bot.dialogue.abreast import abreast
from bot.dialogue.base import Directory
from bot.dialogue.summarising import Brief, Digest, Summariser, matter, thin
from bot.dialogue.telling import Telling, Told, record
from bot.dialogue.wording import say
from bot.llm.base import Reply, Speechless
from bot.messages import Message
from bot.models import Decision, Thread
from bot.storage.base import Threads

STATES = (*lifecycle.WAITING, "stale")
HOURS = 24.0  # without a length of time: how far back the last sign of life may lie
LONGEST = 90 * 24.0
MOST = 10  # threads told
LOOKED_AT = 100  # threads read for it
AT_ONCE = 4
SECONDS = 40.0  # for all summaries together; what is not there by then is quoted


class HandOver:
    """Lists what is open in one channel; whoever may read the channel may read all of it."""

    def __init__(
        self, threads: Threads, directory: Directory, telling: Telling, summariser: Summariser | None,
        seconds: float = SECONDS,
    ) -> None:  # fmt: skip
        self._threads, self._directory, self._telling = threads, directory, telling
        self._summariser, self._seconds = summariser, seconds

    def write(self, channel_id: str, argument: str, rules: Rules, now: float, at: float) -> Told:
        """The hand-over of a channel, with one call a thread where there is a model."""
        if self._directory.channel(channel_id).direct:
            return Told(Message(say(rules.language, "handover_direct")))
        hours = min((commands.duration(argument) or HOURS * 3600.0) / 3600.0, LONGEST)
        found = self._open(channel_id, hours, rules, now)
        shown, title = found[:MOST], say(rules.language, "title_handover")
        if not shown:
            return Told(Message(say(rules.language, "handover_none", hours=f"{hours:g}"), title))
        replies = self._briefs(shown)
        digests = [self._digest(reply, thread) for reply, thread in zip(replies, shown, strict=True)]
        text = self._text(shown, digests, len(found) - len(shown), hours, rules, now)
        quiet = say(rules.language, "quiet_summed" if any(digests) else "quiet_plain")
        records = [
            _record(thread, reply, rules, now, at) for thread, reply in zip(shown, replies, strict=True) if reply
        ]
        return Told(Message(text, title, quiet=quiet), tuple(records))

    def _text(
        self,
        shown: Sequence[Thread],
        digests: Sequence[Digest | None],
        more: int,
        hours: float,
        rules: Rules,
        now: float,
    ) -> str:
        parts = [say(rules.language, "handover_intro", hours=f"{hours:g}")]
        for number, (thread, digest) in enumerate(zip(shown, digests, strict=True), 1):
            written = self._telling.written(thread, rules)
            parts.append(briefs.handed(written, number, digest, self._summariser is not None and not thin(thread), now))
        return "\n\n".join([*parts, *([say(rules.language, "handover_more", count=more)] if more else [])])

    def _open(self, channel_id: str, hours: float, rules: Rules, now: float) -> list[Thread]:
        """Threads in which help was needed and that nobody settled, the longest wait first."""
        rows = self._threads.listed(STATES, channel_id, LOOKED_AT, now - hours * 3600.0)
        loaded = (
            self._threads.load(row.id, channel_id, now, nearby=False) for row in rows if row.need >= rules.speaks_at
        )
        return sorted(map(matter, filter(_worth, loaded)), key=lifecycle.last_sign_of_life)

    def _briefs(self, threads: Sequence[Thread]) -> Sequence[Reply[Brief] | Speechless | None]:
        if self._summariser is None:
            return [None] * len(threads)
        worth = [thread for thread in threads if not thin(thread)]
        told = abreast([partial(_brief, self._summariser, thread) for thread in worth], AT_ONCE, self._seconds)
        found = dict(zip([thread.id for thread in worth], told, strict=True))
        return [found.get(thread.id) for thread in threads]

    def _digest(self, reply: Reply[Brief] | Speechless | None, thread: Thread) -> Digest | None:
        if self._summariser is None or not isinstance(reply, Reply) or reply.value is None:
            return None
        return self._summariser.digest(reply.value, thread) or None


def _brief(summariser: Summariser, thread: Thread) -> Reply[Brief] | Speechless:
    try:
        return summariser.brief(thread)
    except Speechless as silence:
        return silence


def _worth(thread: Thread) -> bool:
    if not thread.turns or thread.withdrawn or thread.marked("not-a-request"):
        return False
    return bool(thread.human_turns() or thread.root.is_bot) and not lifecycle.settled(thread)


def _record(thread: Thread, reply: Reply[Brief] | Speechless, rules: Rules, now: float, at: float) -> Decision:
    call, why = (reply.call, "") if isinstance(reply, Reply) else (reply.call, reply.why)
    return record(thread, "handover", rules, now, at, (call,) if call else (), why)
