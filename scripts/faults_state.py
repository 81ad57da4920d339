"""The final state of a trial, told in the names of its stories, so that two runs of one load can be compared.

Compared are, for each thread: whose turns stand with which words, which reactions stand on them, where the thread
stands, what marks it carries, how many messages of Vigil's of each kind are live in it, who found what helpful, and whether it was
learned from. Left out, since they rightly differ from run to run: times, ids and versions; the number of silent decisions (a
hold that falls due while Vigil is down is decided at once); the words and sources of answers, and which cases are
merged, which follow from what was learned before; what was said to one person alone at a response URL, which
cannot be looked for and is therefore sent at most once; of raced stories all but turns and reactions; and of a question that
was deleted all but that nothing of it and of Vigil's answers is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from faults_load import Story
from faults_play import Play
from faults_stage import Stage

from bot.memory import Memory

DELETED, OWN = 8, 2
State = dict[str, Any]


def state_of(play: Play, stage: Stage, memory: Memory) -> State:
    """One story's thread as it stands in the store and on the stage."""
    story, read = play.story, memory.database.read
    root = play.names["q"]
    thread = stage.turn_id(story.channel, root)
    names = {stage.turn_id(story.channel, ts): name for name, ts in play.names.items()}
    turns = {
        names.get(row[0], row[0]): row[1]
        for row in read("SELECT id, text FROM turns WHERE thread_id=? AND flags&?=0", (thread, OWN | DELETED))
    }
    rows = read("SELECT turn_id, actor, name FROM reactions WHERE thread_id=?", (thread,))
    same: State = {
        "turns": turns,
        "reactions": sorted((names.get(r[0], "a"), stage.who(r[1]), stage.meant(r[2])) for r in rows),
    }
    if story.raced:
        return same
    spoken = _spoken(stage, memory, thread, root)
    return same | (spoken if "q" in turns else {"live": spoken["live"]})


def _spoken(stage: Stage, memory: Memory, thread: str, root: str) -> State:
    read = memory.database.read
    stage.settle_names()
    state = read("SELECT state, learned_version FROM threads WHERE id=?", (thread,))
    rated = read(
        "SELECT DISTINCT f.actor, f.helpful FROM feedback f JOIN decisions d ON d.id=f.decision_id WHERE d.thread_id=?",
        (thread,),
    )
    live = [post.kind for post in stage.records.by_thread[root] if post.died is None]
    return {
        "live": dict(Counter(live)),
        "state": state[0][0] if state else None,
        "learned": bool(state and state[0][1]),
        "marks": sorted(row[0] for row in read("SELECT name FROM marks WHERE thread_id=?", (thread,))),
        "rated": sorted((stage.who(actor), helpful) for actor, helpful in rated),
    }


def intended(story: Story) -> tuple[dict[str, str], set[tuple[str, str, str]]]:
    """What the acts of a story leave, whatever anybody's memory says: (name: words or "gone", reactions on people's words)."""
    turns: dict[str, str] = {}
    reactions: set[tuple[str, str, str]] = set()
    for act in story.acts:
        match act.kind:
            case "say" | "reply" | "edit":
                turns[act.name] = act.text
            case "delete":
                turns[act.name] = "gone"
                reactions = {row for row in reactions if row[0] != act.name}
            case "react" if act.name != "a":
                reactions.add((act.name, act.who, act.text))
            case "unreact":
                reactions.discard((act.name, act.who, act.text))
    return turns, reactions


def differences(calm: State, other: State) -> list[str]:
    """What differs, a line each."""
    return [f"{key}: {calm[key]} undisturbed, {other.get(key)} here" for key in calm if calm[key] != other.get(key)]


def states(plays: Sequence[Play], stage: Stage, memory: Memory) -> dict[int, State]:
    """The final states of all stories, by number."""
    return {play.story.number: state_of(play, stage, memory) for play in plays}
