"""What the tests ask a model: an answer with cited sentences, and the same with something to look up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.config import LLM
from bot.llm.base import Ask, Data, Prompt, Task, Tool
from bot.llm.claude import Claude
from bot.sandbox import Sandbox

KEY = "sk-ant-vigil-7Q2mZx9-recognisable"


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    hits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    parts: tuple[Part, ...]
    enough: bool
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    words: str
    most: int = 3


SEARCH = Tool("search_knowledge", "Search by a few telling words.", Words)
THREAD = (
    "[t1] asker, 10:02: My deploy fails with exit code 137. How do I fix that?\n[t2] helper 1, 10:05: Which pod is it?"
)
HIT = "A deploy fails with exit code 137 when memory is short. Raise the memory limit and deploy again."


def ask(task: Task = Task.COMPOSE, hit: str = HIT, **changes: Any) -> Ask[Answer]:
    """A question with a thread and one hit."""
    prompt = Prompt(f"{task}-1+common-1", "Answer from the hits.")
    data = (Data("thread", THREAD), Data("h1", hit))
    return replace(Ask(task, prompt, data, Answer, "slack:T1:C1"), **changes)


@dataclass
class Time:
    """A clock that only sleeping moves, and what was slept."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    lives: int = 0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def alive(self) -> None:
        self.lives += 1


def claude(box: Sandbox, time: Time | None = None, dice: Callable[[], float] = lambda: 0.0, **settings: Any) -> Claude:
    """The real client, pointed at the sandbox; with `time`, pauses take none."""
    chosen = LLM(enabled=True, base_url=box.url, api_key=KEY, **{"retries": 2, "timeout_seconds": 5.0, **settings})
    if time is None:
        return Claude(chosen)
    return Claude(chosen, time.alive, time, time.sleep, dice)
