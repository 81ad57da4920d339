"""What is left today of the language model's budgets, for whoever watches over Vigil."""

from __future__ import annotations

from bot.llm.budgets import DAY, Limits
from bot.memory import Memory


def left(limits: Limits, memory: Memory, now: float) -> dict[tuple[str, str], float]:
    """By (setting, channel): "" for what all channels share, else each channel that used some today; never below 0."""
    since = now // DAY * DAY
    until = since + DAY
    channels = [usage.of[0] for usage in memory.calls.used(("channel",), since, until=until) if usage.calls]
    found: dict[tuple[str, str], float] = {}
    for budget in limits.budgets:
        for place in channels if budget.each_channel else [""]:
            spent = budget.of(*memory.calls.spent(since, place or None, until))
            found[budget.name, place] = max(0.0, budget.limit - spent)
    return found
