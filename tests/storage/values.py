"""Small values to store: a turn, a thread's first outcome, a post, a case."""

from __future__ import annotations

from bot.events import Turn
from bot.memory import Memory
from bot.messages import Message, Post, Target
from bot.models import Action, Decision
from bot.outcomes import Outcome
from bot.storage.threads import SqliteThreads
from knowledge.models import Audience, Case, Kind

CHANNEL = "slack:T1:C1"
NOW = 1_800_000_000.0


def turn(ts: str, root: str = "", author: str = "amy", text: str = "it fails", channel: str = CHANNEL) -> Turn:
    """The turn of that timestamp; `root` is its thread's, by default its own."""
    return Turn(f"{channel}:{ts}", f"{channel}:{root or ts}", channel, author, text, float(ts))


def opening(first: Turn, *more: Turn) -> Outcome:
    """What makes a thread of turns that were never heard of before."""
    return Outcome(first.thread_id, first.channel_id, 0, (first, *more))


def open_thread(memory: Memory, first: Turn, *more: Turn) -> SqliteThreads:
    """Store a thread; the view on all threads that belongs to it."""
    memory.ledger.commit(opening(first, *more), NOW)
    return SqliteThreads(memory.database)


def post(key: str, channel: str = CHANNEL, text: str = "try this") -> Post:
    """A post for the root of a channel."""
    return Post(key, Target.CHANNEL, channel, Message(text), decision_id=key.split("/", 1)[0])


def decision(number: int, action: Action = Action.PUBLIC, at: float = NOW, kind: str = "suggestion") -> Decision:
    """A decision about the turn of that number, which is a thread of its own."""
    turn_id = f"{CHANNEL}:{number}.0"
    return Decision(
        f"d{number}", turn_id, turn_id, CHANNEL, action, 0.81234567, 0.6, ("asks", "nobody answered"), at, kind,
        entry_ids=(3, 14), versions=(("triage", "t1"), ("policy", "p2")), person="amy",
    )  # fmt: skip


def case(source: str, resolution: str = "Ask the desk.", container: str = "guides") -> Case:
    """A section of a runbook that everyone may read."""
    return Case(Kind.SECTION, "Quota", "Quota > Raise it", resolution, Audience.everyone(), source, container=container)
