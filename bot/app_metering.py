"""Puts the voice within the budgets that are configured, with the store as its book and the owners told at the limit."""

from __future__ import annotations

from collections.abc import Callable

from bot.config import LLM, Config
from bot.jobs.budget_posts import BudgetPosts
from bot.llm.base import Task, Voice
from bot.llm.budgets import Budget, Limits
from bot.llm.metered import Metered
from bot.memory import Memory
from bot.models import VigilError

SETTINGS = ("tokens_per_day", "cost_per_day", "channel_tokens_per_day", "channel_cost_per_day")


def limits(settings: LLM) -> Limits:
    """The budgets that are set, and what is needed to count in money; raises VigilError where that cannot be counted."""
    models = {settings.models.get(task, settings.model) for task in Task}
    unpriced = sorted(models - settings.prices.keys())
    if unpriced and (settings.cost_per_day or settings.channel_cost_per_day):
        raise VigilError(f"[llm] a budget in money needs a price for each model: set prices of {', '.join(unpriced)}")
    budgets = tuple(Budget(name, getattr(settings, name)) for name in SETTINGS if getattr(settings, name))
    return Limits(budgets, settings.model, settings.models, settings.prices, settings.retries,
                  settings.thinking_tokens)  # fmt: skip


def metered(config: Config, voice: Voice | None, memory: Memory, clock: Callable[[], float]) -> Voice | None:
    """The voice within its budgets, every call in the store's book; None without one. `clock` gives epoch seconds."""
    if voice is None:
        return None
    posts = BudgetPosts(config, memory.channels, memory.ledger, memory.runs, clock)
    return Metered(voice, memory.calls, limits(config.llm), clock, posts.tell)
