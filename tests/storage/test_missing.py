"""What must have happened unheard, told by comparing what is held with what stands."""

from __future__ import annotations

from dataclasses import replace

from bot.events import Deletion, Edit, Event, Reaction, Turn, natural_key
from bot.jobs.missing import TICK, missed, unseen
from bot.memory import Memory
from bot.platforms.base import Standing
from bot.storage.held import SqliteHeld
from tests.storage.values import CHANNEL, NOW, open_thread, turn

ROOT = f"{CHANNEL}:1.0"
EYES = ("amy", "eyes")


def found(memory: Memory, *shown: Standing) -> list[Event]:
    held = SqliteHeld(memory.database)
    return missed(held.thread(ROOT), shown, held, held.mark(), NOW)


def stands(what: Turn, *reactions: tuple[str, str], cut: str = "") -> Standing:
    return Standing(what, frozenset(reactions), frozenset([cut] if cut else []))


def react(memory: Memory, added: bool, at: float) -> None:
    """Heard, and worked off."""
    event = Reaction(ROOT, "amy", "eyes", added, at)
    memory.inbox.put(event, natural_key(event), (), NOW)
    memory.database.write("UPDATE inbox SET state='done'")
    memory.database.write("DELETE FROM reactions")
    if added:
        memory.database.write("INSERT INTO reactions VALUES (?,?,?,?,?)", (ROOT, "amy", "eyes", at, ROOT))


def test_nothing_is_missed_where_nothing_differs(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    react(memory, True, 5.0)
    assert found(memory, stands(turn("1.0"), EYES)) == []


def test_turns_edits_and_deletions(memory: Memory) -> None:
    open_thread(memory, turn("1.0"), turn("2.0", "1.0"), turn("3.0", "1.0"))
    edited = replace(turn("1.0", text="better"), edited_at=9.0)
    new = turn("4.0", "1.0")
    gone = replace(turn("2.0", "1.0"), deleted=True, text="")
    told = found(memory, stands(edited), stands(gone), stands(new))
    third = turn("3.0", "1.0").id
    assert told == [Deletion(gone.id, 2.0), new, Edit(ROOT, "better", 9.0), Deletion(third, NOW)]


def test_a_reaction_comes_after_all_that_was_heard_of_it(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    assert found(memory, stands(turn("1.0"), EYES)) == [Reaction(ROOT, "amy", "eyes", True, 1.0)]
    react(memory, True, 5.0)
    react(memory, False, 6.0)
    assert found(memory, stands(turn("1.0"), EYES)) == [Reaction(ROOT, "amy", "eyes", True, 6.0 + TICK)]
    react(memory, True, 7.0)
    assert found(memory, stands(turn("1.0"))) == [Reaction(ROOT, "amy", "eyes", False, 7.0 + TICK)]


def test_a_reaction_on_its_way_is_not_missed(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    event = Reaction(ROOT, "amy", "eyes", True, 5.0)
    memory.inbox.put(event, "Ev1", (natural_key(event),), NOW)
    assert found(memory, stands(turn("1.0"), EYES)) == []


def test_of_a_popular_reaction_nobody_is_taken_to_have_withdrawn(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    react(memory, True, 5.0)
    assert found(memory, stands(turn("1.0"), ("bob", "eyes"), cut="eyes"))[1:] == []


def test_a_root_tells_whether_its_replies_are_held() -> None:
    one = Standing(turn("1.0"), replies=3, newest_reply=9.0)
    assert not unseen(one, (3, 3, 9.0))
    assert unseen(one, (2, 2, 8.0)), "a new one"
    assert unseen(one, (2, 2, 9.0)), "one in between"
    assert unseen(one, (4, 4, 9.0)), "one was deleted"
    assert not unseen(one, (4, 3, 9.0)), "one was deleted, and that was heard"
    assert not unseen(one, (3, 0, 9.0)), "Vigil forgot them, and they still stand"
