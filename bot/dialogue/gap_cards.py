"""The weekly message about gaps: what people asked, how often, in which threads, and a button to draft an entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.config import Rules
from bot.dialogue import extract
from bot.dialogue.gaps import Asked, Gap
from bot.dialogue.wording import age, say, table
from bot.messages import Button, Message

GAPS, THREADS = 5, 3  # gaps in one message, and threads named with each
BRACKETS = str.maketrans("[]*\n", "()  ")
TITLE = 90


def digest(gaps: Sequence[Gap], rules: Rules, now: float, url: Callable[[str], str]) -> Message:
    """The message about the most frequent gaps; `url` gives a thread's address, "" for none."""
    language, shown = rules.language, gaps[:GAPS]
    parts = [say(language, "gaps_intro")]
    for number, gap in enumerate(shown, 1):
        head = say(language, "gaps_line", number=number, topic=_plain(gap.topic), count=len(gap.threads))
        parts.append("\n".join([head, *(f"- {_thread(one, rules, now, url)}" for one in gap.threads[:THREADS])]))
    if len(gaps) > len(shown):
        parts.append(say(language, "gaps_more", count=len(gaps) - len(shown)))
    buttons = tuple(
        Button("vigil_gap_draft", say(language, "gaps_draft", number=number), gap.draft)
        for number, gap in enumerate(shown, 1)
    )
    return Message("\n\n".join(parts), say(language, "title_gaps"), quiet=say(language, "gaps_quiet"), buttons=buttons)


def state_key(state: str) -> str:
    """`open`, `answered` or `resolved`, for a thread's recorded state."""
    return {"resolved": "resolved", "accepted": "answered", "waiting on asker": "answered"}.get(state, "open")


def _thread(one: Asked, rules: Rules, now: float, url: Callable[[str], str]) -> str:
    title, address = _plain(one.entry.case.title), url(one.thread_id)
    named = f"[{title}]({address})" if address.startswith(("https://", "http://")) else title
    passed = age(rules.language, now - one.unmet.asked_at)
    state = table(rules.language)[f"gaps_{state_key(one.unmet.state)}"]
    return f"{named} · {state} · {passed}"


def _plain(title: str) -> str:
    return extract.clip(title, TITLE).translate(BRACKETS)
