"""What Vigil's owners are told of itself: that something is wrong, that all is well again, that a budget is used up."""

from __future__ import annotations

from bot.dialogue.wording import say
from bot.llm.budgets import Reached
from bot.messages import Message


def unwell(why: str, language: str) -> Message:
    """Something is wrong; `why` is as `/healthz` has it."""
    return Message(say(language, "ops_unwell", why=why), quiet=say(language, "ops_quiet"))


def again(seconds: float, language: str) -> Message:
    """All is well again after so many seconds."""
    return Message(say(language, "ops_again", seconds=round(seconds)))


def spent(reached: Reached, place: str, language: str) -> Message:
    """A budget of the language model is used up, in all or, if `place` names it, in one channel."""
    budget = reached.budget
    amount = f"{budget.limit:.2f}" if budget.money else say(language, "ops_tokens", count=f"{budget.limit:,.0f}")
    key = "ops_spent_there" if place else "ops_spent"
    return Message(
        say(language, key, amount=amount, place=place), quiet=say(language, "ops_spent_quiet", name=budget.name)
    )
