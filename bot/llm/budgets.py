"""What a language model may cost in a day, what one request may cost at most, and what calls came to; pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from bot.llm.base import Ask

DAY = 86_400.0
UNMADE = ("off", "budget", "busy")
"""Failures for which no request went out: such a call costs nothing and counts as none."""
AROUND = 2_000
"""Tokens that a provider may put around what is sent: the answer's schema and how to follow it, tools, turn marks."""
LETTERS = 3
"""Bytes to a token at least, where somebody guesses what a lost try has cost."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit for a day (UTC), named as its setting in [llm]: tokens or money, in all or for each channel."""

    name: str
    limit: float

    @property
    def each_channel(self) -> bool:
        return self.name.startswith("channel_")

    @property
    def money(self) -> bool:
        return "cost" in self.name

    def of(self, tokens: int, cost: float) -> float:
        """What of this counts against it."""
        return cost if self.money else tokens


@dataclass(frozen=True, slots=True)
class Reached:
    """A budget that is used up: what was spent on a day (days since 1970), and in which channel that was noticed."""

    budget: Budget
    spent: float
    day: int
    channel_id: str


@dataclass(frozen=True, slots=True)
class Limits:
    """All budgets, and what is needed to know beforehand what a request may cost: models by task, prices by model.

    A price is (tokens read, read from the cache, put into the cache, written), each for a million. A try that is lost may
    cost what it sent, and `retries` may follow; `thinking` tokens may be written beside the answer's.
    """

    budgets: tuple[Budget, ...] = ()
    model: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    retries: int = 0
    thinking: int = 0

    def model_of(self, ask: Ask[Any]) -> str:
        """The model that is asked."""
        return self.models.get(ask.task, self.model)

    def cost(self, model: str, read: int = 0, kept: int = 0, written: int = 0) -> float:
        """What so many tokens cost; 0 where the model has no price."""
        price = self.prices.get(model, (0.0,) * 4)
        return (price[0] * read + price[2] * kept + price[3] * written) / 1e6

    def worst(self, ask: Ask[Any]) -> tuple[int, float]:
        """Tokens and money that a request may cost at most: no token is shorter than a byte."""
        model, written = self.model_of(ask), ask.most + self.thinking
        sent = _bytes(ask) + AROUND + written * len(ask.steps)  # with every round the rounds before are sent again
        lost = self.retries * sent // LETTERS
        read = max(self.cost(model, sent), self.cost(model, kept=sent))
        return sent + lost + written, read + self.cost(model, lost, written=written)


def _bytes(ask: Ask[Any]) -> int:
    texts = [ask.prompt.text, *(tool.says for tool in ask.tools), *(text for step in ask.steps for text in step.found)]
    texts += [part for data in (*ask.stable, *ask.data) for part in (data.name, data.text)]
    return sum(len(escape(text).encode()) for text in texts)


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls of one kind came to; `of` says which kind. `times` counts those that were refused beforehand too.

    Tokens as in bot.llm.base.Call; `seconds` in all.
    """

    of: tuple[str, ...]
    times: int
    calls: int
    read: int
    cached: int
    kept: int
    written: int
    seconds: float
    cost: float

    @property
    def tokens(self) -> int:
        return self.read + self.cached + self.kept + self.written
