"""Replays threads in order of time and measures whether what was known by then answers what is asked next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bot import app
from bot.config import Config
from bot.dialogue.question import asked
from bot.evaluation_shelves import Own, Shelf, Tiers
from bot.evaluation_store import fresh
from bot.evaluation_threads import Past, read_links, read_threads
from bot.events import Turn
from bot.models import Thread
from bot.replay_progress import Progress
from knowledge.evaluation import Gains, Measure, averages, hit_at, mrr, ndcg

ANSWERED = 5  # places among which an earlier thread must stand to count as an answer in the curve
AT_ONCE = 64  # threads put at a time, and the step of the bar
MEASURES: Mapping[str, Measure] = {
    "ndcg10": ndcg, "mrr10": mrr, **{f"hit{depth}": partial(hit_at, depth=depth) for depth in (1, 5, 10)},
}  # fmt: skip
Scored = tuple[list[str], Gains]


def evaluate(threads: Sequence[Path], links: Path, types: Sequence[str], config: Config) -> dict[str, Any]:
    """The measures by tier: every earlier thread, those with a helper's reply, those resolved, the bot's own mix, and
    its cases alone; and under `curve` how they grew (see _grown).

    `reachable` counts the questions with an answer that the tier held by then; the others count as misses. Raises
    KnowledgeError in one line on a file that holds no such threads or links.
    """
    past = read_threads(threads)
    gains = read_links(links, types, past)
    model = app.embedder(config)
    scored: dict[str, list[Scored]] = defaultdict(list)
    reachable: dict[str, int] = defaultdict(int)
    with ExitStack() as stack:
        bases = [stack.enter_context(fresh(config, model)) for _ in range(2)]
        known: list[tuple[float, int]] = []
        shelves: list[Shelf] = [Tiers(bases[0]), Own(bases[1], config.defaults)]
        for opening in _replayed(past, gains, shelves):
            question, relevant = asked(opening.text), gains[opening.id]
            known.append((opening.sent_at, bases[1].size))
            for shelf in shelves:
                for tier, ranking in shelf.find(question, opening.sent_at).items():
                    scored[tier].append((ranking, relevant))
                for tier, there in shelf.reach(relevant).items():
                    reachable[tier] += there
    measured = {tier: {**averages(rows, MEASURES), "reachable": reachable[tier]} for tier, rows in scored.items()}
    return {**measured, "curve": _grown(known, scored)}


def _grown(known: Sequence[tuple[float, int]], scored: Mapping[str, Sequence[Scored]]) -> list[dict[str, Any]]:
    """A row for each question in order of time: the entries that Vigil held by then, how many questions were asked so far,
    and of how many of them each tier had an answer among its first ANSWERED."""
    rows: list[dict[str, Any]] = []
    so_far = dict.fromkeys(scored, 0)
    for number, (at, size) in enumerate(known):
        so_far = {tier: so_far[tier] + int(hit_at(*pairs[number], depth=ANSWERED)) for tier, pairs in scored.items()}
        rows.append(
            {"day": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}", "known": size, "asked": number + 1, **so_far}
        )
    return rows


def _replayed(past: Mapping[str, Past], gains: Mapping[str, Gains], shelves: Sequence[Shelf]) -> Iterator[Turn]:
    """Each opening that is to be answered, in order of time, when the shelves hold all that was said before it."""
    openings = sorted((past[name].root for name in gains), key=lambda turn: turn.sent_at)
    news = sorted((at, name) for name, thread in past.items() for at in thread.times() if at < openings[-1].sent_at)
    done = 0
    with Progress("happenings", len(news)) as progress:
        for opening in openings:
            changed: dict[str, None] = {}
            while done < len(news) and news[done][0] < opening.sent_at:
                changed[news[done][1]] = None
                done += 1
                if len(changed) == AT_ONCE:
                    _learn(past, changed, opening.sent_at, shelves)
                    changed = {}
                    progress(done - done % AT_ONCE)
            _learn(past, changed, opening.sent_at, shelves)
            yield opening
        progress(len(news))


def _learn(past: Mapping[str, Past], changed: Mapping[str, None], now: float, shelves: Sequence[Shelf]) -> None:
    threads: list[Thread] = [thread for name in changed if (thread := past[name].before(now)) is not None]
    for shelf in shelves:
        shelf.learn(threads, now)
