"""A voice whose words the test says, so that what is done with them can be tried alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.llm.base import Ask, Call, Reply, Speechless, T, Task, Use


class Told:
    """Answers each task with what `says` holds for it: a value, look-ups, an error, or a function of the Ask that gives one."""

    def __init__(self, says: Mapping[Task, Any | Callable[[Ask[Any]], Any]]) -> None:
        self._says = says
        self.asked: list[Ask[Any]] = []

    def ask(self, ask: Ask[T]) -> Reply[T]:
        self.asked.append(ask)
        said = self._says.get(ask.task)
        if callable(said) and not isinstance(said, type):
            said = said(ask)
        call = Call(ask.task, "told", ask.prompt.version, read=100, written=20, seconds=0.1, cost=0.001)
        if said is None:
            raise Speechless("failed", "nothing was told", call)
        if isinstance(said, Speechless):
            raise said
        if isinstance(said, tuple) and all(isinstance(use, Use) for use in said):
            return Reply(None, call, said)
        assert isinstance(said, ask.shape), f"{ask.task} wants a {ask.shape.__name__}"
        return Reply(said, call)
