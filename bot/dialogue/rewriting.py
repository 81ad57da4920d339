"""Has a model put the open question of a long thread into one line to search with, where the cheap one says too little."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue import extract, transcribing, vetting
from bot.dialogue.question import LONGEST, Asked, asks_in_words
from bot.dialogue.trimming import spoken
from bot.events import Turn
from bot.llm.base import Ask, Call, Data, Speechless, Task, Voice
from bot.llm.prompts import prompt
from bot.models import Thread

TALK = 6  # turns of people before the one that asks: what it speaks of stands among them
TELLING = 6  # telling words of a turn that needs none of them
PASTE = 1500  # characters of a message of which one line no longer holds what is asked


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The open question in one line, in the thread's own words; "" where the thread asks nothing."""

    question: str


@dataclass(frozen=True, slots=True)
class Reworded:
    """The question to search with, "" to keep the cheap one: because of a `failure`, or since it is not the thread's."""

    question: str
    failure: str = ""
    call: Call | None = None


def poor(thread: Thread, turn: Turn, cheap: Asked) -> bool:
    """Whether the cheap question of a long thread says too little.

    Either the turn comes after TALK turns of people and has fewer than TELLING telling words of its own, or it is longer
    than PASTE and its question in one line neither asks nor tells of trouble.
    """
    before = sum(other.sent_at < turn.sent_at for other in thread.human_turns())
    own = spoken(turn)
    if before >= TALK and len(extract.words(own)) < TELLING:
        return True
    return len(own) > PASTE and "?" not in cheap.gist and "？" not in cheap.gist and not asks_in_words(cheap.gist)


def rewrite(thread: Thread, turn: Turn, voice: Voice) -> Reworded:
    """Ask for the open question; every telling word of it must stand in the thread."""
    label = next((name for name, other in transcribing.labels(thread).items() if other.id == turn.id), "")
    data = (Data("thread", transcribing.of(thread)), Data("turn", label or "the last"))
    try:
        reply = voice.ask(Ask(Task.REWRITE, prompt(Task.REWRITE), data, Rewritten, thread.channel_id, most=160))
    except Speechless as silent:
        return Reworded("", silent.why, silent.call)
    said = " ".join((reply.value.question if reply.value else "").split())
    heard = extract.words("\n".join(other.text for other in thread.human_turns()))
    words = extract.words(said)
    fits = bool(words) and words <= heard and len(said) <= LONGEST and vetting.clean(said)
    return Reworded(said if fits else "", call=reply.call)
