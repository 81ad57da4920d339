"""Compares what is held with what stands on the platform, and tells what must have happened unheard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from bot.events import Deletion, Edit, Event, Reaction, Turn
from bot.platforms.base import Standing

TICK = 0.00001
"""Seconds by which a reaction whose time nobody tells comes after the last that was heard."""

Known = Mapping[str, tuple[Turn, tuple[Reaction, ...]]]
"""Turns with the reactions on them, by id."""


class Held(Protocol):
    """What is held, as catch-up asks for it."""

    def roots(self, channel_id: str, since: float) -> Known:
        """The channel's root turns sent after `since`, deleted ones too."""

    def thread(self, thread_id: str) -> Known:
        """All turns of a thread, deleted ones too."""

    def replied(self, channel_id: str, since: float) -> Mapping[str, tuple[int, int, float]]:
        """Of threads with replies: (replies, those not deleted, when the newest was sent) by thread, roots after `since`."""

    def nth_root(self, channel_id: str, number: int) -> float:
        """When the channel's root turn with that number, counted from the newest, was sent; 0 when there are fewer."""

    def mark(self) -> int:
        """The number of the newest event heard."""

    def last(self, turn_id: str, actor: str, name: str, added: bool, mark: int) -> tuple[float, bool]:
        """When the person last put that on (or took it back) as heard up to `mark`, 0 for never; whether it waits its turn."""


def missed(known: Known, shown: Sequence[Standing], held: Held, mark: int, now: float) -> list[Event]:
    """Events that explain the difference, in order of time; `known` and `mark` were read before `shown` was asked for.

    What people do meanwhile is heard live and has a later time, so that it stands whichever comes first.
    """
    newest = max((at for one in shown for at in (one.turn.sent_at, one.newest_reply)), default=0.0)
    found: list[Event] = []
    for one in shown:
        turn, before = known.get(one.turn.id, (None, ()))
        if turn is None:
            found += _new(one)
        elif not turn.deleted:
            found += _changed(one, turn)
        if turn is None or not (turn.deleted or one.turn.deleted):
            at = max(one.turn.sent_at, one.newest_reply, newest if one.turn.id != one.turn.thread_id else 0.0)
            found += _reactions(one, before, held, mark, at, turn is not None)
    found.sort(key=_time)
    there = {one.turn.id for one in shown}
    return [*found, *(Deletion(t.id, now) for t, _ in known.values() if not (t.deleted or t.id in there))]


def unseen(one: Standing, replied: tuple[int, int, float]) -> bool:
    """Whether a root's replies are not all held, or some held are gone; `replied` as in Held.replied."""
    every, standing, newest = replied
    return one.newest_reply > newest or one.replies > every or one.replies < standing


def _new(one: Standing) -> Iterator[Event]:
    """A turn not held: it may be under way, and then its edit or deletion is news."""
    yield one.turn
    if one.turn.deleted:
        yield Deletion(one.turn.id, one.turn.sent_at)
    elif one.turn.edited_at is not None:
        yield Edit(one.turn.id, one.turn.text, one.turn.edited_at)


def _changed(one: Standing, turn: Turn) -> Iterator[Event]:
    now_at, before = one.turn.edited_at or 0.0, turn.edited_at or 0.0
    if one.turn.deleted:
        yield Deletion(turn.id, one.turn.sent_at)
    elif one.turn.text != turn.text and now_at > before:
        yield Edit(turn.id, one.turn.text, now_at)


def _reactions(
    one: Standing, before: Sequence[Reaction], held: Held, mark: int, at: float, known: bool
) -> Iterator[Reaction]:
    """Reactions put on unheard (at `at`, for nobody tells when: after all that was said), and those taken back unheard."""
    turn_id, standing = one.turn.id, {(r.actor, r.name): r for r in before}
    for actor, name in sorted(one.reactions - standing.keys()):
        came, waits = held.last(turn_id, actor, name, True, mark)
        gone, _ = held.last(turn_id, actor, name, False, mark)
        if came > gone and (waits or not known):
            continue
        yield Reaction(turn_id, actor, name, True, max(at, came + TICK, gone + TICK))
    for (actor, name), reaction in sorted(standing.items()):
        if (actor, name) not in one.reactions and name not in one.cut:
            yield Reaction(turn_id, actor, name, False, reaction.at + TICK)


def _time(event: Event) -> float:
    return event.sent_at if isinstance(event, Turn) else event.at
