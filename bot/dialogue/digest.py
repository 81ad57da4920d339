"""One message about cases that nobody looked at: how many, since when, and a choice to look at one. It mentions nobody."""

from __future__ import annotations

from collections.abc import Sequence

from bot.config import Rules
from bot.dialogue.proposals import MOST
from bot.dialogue.wording import age, say
from bot.messages import Choice, Message
from knowledge.models import Entry


def digest(proposed: Sequence[Entry], due: Sequence[Entry], rules: Rules, now: float) -> Message:
    """`proposed` wait for approval, the oldest first; `due` are live and up for review. One of them is not empty."""
    language = rules.language
    lines = []
    if proposed:
        key = "digest_proposed_one" if len(proposed) == 1 else "digest_proposed"
        waiting = age(language, now - proposed[0].updated_at)
        lines.append(f"- {say(language, key, count=len(proposed), age=waiting)}")
    if due:
        lines.append(f"- {say(language, 'digest_reviews_one' if len(due) == 1 else 'digest_reviews', count=len(due))}")
    options = tuple((_label(entry, language, now), f"{entry.id}.{entry.version}") for entry in [*proposed, *due][:MOST])
    return Message(
        "\n".join(lines), say(language, "digest_title"), quiet=say(language, "digest_quiet", days=f"{rules.digest_days:g}"),
        choices=(Choice("vigil_case_show", say(language, "queue_choose"), options),),
    )  # fmt: skip


def _label(entry: Entry, language: str, now: float) -> str:
    """A number and an age: a digest stands for long, and must not hold words that somebody may take back."""
    return say(language, "digest_case", number=entry.id, age=age(language, now - entry.updated_at))
