"""A made-up team that talks for months on a simulated clock: threads, reactions, edits and deletions, and a mouth that answers."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from learning_world import talks

from bot.config import Config, Rules
from bot.events import Deletion, Edit, Event, Reaction, Turn
from bot.messages import Channel, Post, Target
from bot.platforms.transcript import Transcript
from bot.replay_world import TranscriptDirectory
from knowledge.models import Audience, Case, Kind

TEAM = "sim:T1"
CHANNELS = tuple(f"{TEAM}:C{number}" for number in range(8))
DESK = f"{TEAM}:DESK"
PUBLIC = Rules(mode="public", helpers=("H0", "H1"), helpers_channel="desk", threshold=0.3, evidence=0.05, hold_minutes=1.0,
               per_channel_per_hour=20)  # fmt: skip
RESOLVED, EDITED, DELETED, LIKED = 0.2, 0.02, 0.01, 0.03  # shares of threads, and of messages
DOCUMENTED, KNOWN = 200, 0.05  # matters that a guide describes, and share of the threads that ask about one
BETWEEN = 150.0  # seconds between two messages of a thread


class Team(TranscriptDirectory):
    """Eight public channels and the helpers' channel."""

    def __init__(self, config: Config) -> None:
        places = [Channel(i, f"help-{n}", team=TEAM) for n, i in enumerate(CHANNELS)]
        super().__init__(config, Transcript("sim", (*places, Channel(DESK, "desk", team=TEAM)), (), False, {}))

    def rules(self, channel_id: str) -> Rules:
        """Vigil speaks everywhere but among the helpers."""
        return Rules() if channel_id == DESK else PUBLIC

    def helpers(self, channel_id: str) -> frozenset[str]:
        """Two are known; who else helps is learned."""
        return frozenset({"H0", "H1"})


class Mouth:
    """A platform that takes every post; what stands in a channel is `said`, for Vigil to hear."""

    name = "sim"
    history_per_minute = 40

    def __init__(self) -> None:
        self._serial = itertools.count(1)
        self.said: list[Turn] = []
        self.posts = 0

    def post(self, post: Post, at: float = 0.0) -> str:
        """Take it; the id of the new message."""
        self.posts += 1
        if post.target in (Target.UPDATE, Target.DELETE, Target.HOME):
            return post.address
        turn_id = f"{post.channel_id}:{next(self._serial)}.5"
        if post.target in (Target.THREAD, Target.CHANNEL):
            root = post.thread_id or turn_id
            self.said.append(Turn(turn_id, root, post.channel_id, "VIGIL", post.message.text, at, True, own=True))
        return turn_id

    def find(self, post: Post, since: float) -> str | None:
        """Nothing is ever in doubt."""
        return None


def months(messages: int, days: float, start: float, seed: int) -> Iterator[tuple[float, Event]]:
    """(time, event) in order of time: so many messages spread over so many days, and what people do to them."""
    dice = random.Random(seed)
    waiting: list[tuple[float, int, Event]] = []
    serial, left = itertools.count(), messages
    gap = days * 86_400.0 * 3.1 / messages  # a thread has about three messages
    documented = list(talks(DOCUMENTED, seed))
    for number, fresh in enumerate(talks(messages, seed)):
        talk = dice.choice(documented) if dice.random() < KNOWN else fresh
        at = start + number * gap
        while waiting and waiting[0][0] <= at:
            yield heapq.heappop(waiting)[::2]
        turns = _placed(talk.turns[: max(0, left)], at, dice)
        left -= len(turns)
        for event_at, event in [(t.sent_at, t) for t in turns] + list(_deeds(turns, dice)):
            heapq.heappush(waiting, (event_at, next(serial), event))
        if left <= 0:
            break
    while waiting:
        yield heapq.heappop(waiting)[::2]


def guides(seed: int) -> list[Case]:
    """The sections of a guide about the first matters that are asked about."""
    found = []
    for number, talk in enumerate(talks(DOCUMENTED, seed)):
        ask, answer = talk.turns[0].text, max((turn.text for turn in talk.turns), key=len)
        found.append(Case(Kind.SECTION, f"Guide {number}", ask, answer, Audience.everyone(), f"file:guide.md#{number}",
                          container="file:guide.md"))  # fmt: skip
    return found


def _placed(turns: Sequence[Turn], at: float, dice: random.Random) -> list[Turn]:
    channel = dice.choice(CHANNELS)
    ids = [f"{channel}:{at + BETWEEN * step:.6f}" for step in range(len(turns))]
    return [
        replace(turn, id=ids[step], thread_id=ids[0], channel_id=channel, sent_at=at + BETWEEN * step)
        for step, turn in enumerate(turns)
    ]


def _deeds(turns: Sequence[Turn], dice: random.Random) -> Iterator[tuple[float, Event]]:
    if not turns:
        return
    after = turns[-1].sent_at + 60.0
    if len(turns) > 1 and dice.random() < RESOLVED:
        yield after, Reaction(turns[0].id, turns[0].author, "white_check_mark", True, after)
    for turn in turns:
        if dice.random() < LIKED:
            yield after, Reaction(turn.id, "U7", "+1", True, after)
        if dice.random() < EDITED:
            yield after, Edit(turn.id, f"{turn.text} Please help.", after)
        if dice.random() < DELETED:
            yield after + 600, Deletion(turn.id, after + 600)
