"""What the helpers see of learned knowledge, as messages: a proposed case, its approval, and the way back."""

from __future__ import annotations

from bot.config import Rules
from bot.dialogue import extract
from bot.dialogue.wording import say
from bot.messages import Button, Message, Source
from knowledge.models import Entry, Link

LONGEST = 1500  # characters of a case's answer that are shown; the form holds all of it
LINKS = 5
LEARNED, LEFT = "proposal_intro", "proposal_left"
"""Keys of the sentence that says where a proposed case comes from: a thread, or what is left of a case after an erasure."""


def proposal(entry: Entry, rules: Rules, now: float, intro: str = LEARNED) -> Message:
    """A learned case for a helper to check, with Approve, Edit and Reject; `intro` is the key of its first sentence."""
    language, case = rules.language, entry.case
    parts = [
        say(language, intro),
        f"**{extract.clip(case.title, 150)}**",
        f"**{say(language, 'case_problem')}**\n{_short(case.problem)}",
        f"**{say(language, 'case_answer')}**\n{_short(case.resolution)}",
    ]
    if case.environment:
        parts.append(f"**{say(language, 'case_setting')}**: {case.environment}")
    if case.cause:
        parts.append(f"**{say(language, 'case_cause')}**: {case.cause}")
    return Message(
        text="\n\n".join(parts),
        title=say(language, "title_proposal"),
        sources=_sources(entry, rules),
        source_label="",
        quiet=say(language, "quiet"),
        buttons=(
            Button("vigil_case_approve", say(language, "approve"), str(entry.id), "primary"),
            Button("vigil_case_edit", say(language, "edit"), str(entry.id)),
            Button("vigil_case_reject", say(language, "reject"), str(entry.id), "danger"),
        ),
    )


def approved(entry: Entry, rules: Rules) -> Message:
    """The approval's receipt, with Undo."""
    text = say(rules.language, "approved", title=extract.clip(entry.case.title, 150))
    undo = Button("vigil_case_undo", say(rules.language, "undo"), str(entry.id))
    own = Source(say(rules.language, "case_source"), entry.case.url, "")
    return Message(text, sources=(own,), source_label="", buttons=(undo,))


def rejected(entry: Entry, rules: Rules) -> Message:
    """The rejection's receipt."""
    return Message(say(rules.language, "rejected", title=extract.clip(entry.case.title, 150)))


def undone(entry: Entry, rules: Rules) -> Message:
    """The receipt of an approval taken back."""
    return Message(say(rules.language, "undone", title=extract.clip(entry.case.title, 150)))


def _sources(entry: Entry, rules: Rules) -> tuple[Source, ...]:
    language, case = rules.language, entry.case
    own = Source(say(language, "case_source"), case.url, say(language, "case_source_note"))
    links: tuple[Link, ...] = case.links[:LINKS]
    return (own, *(Source(extract.clip(link.title, 120), link.url, "") for link in links))


def _short(text: str) -> str:
    """The text up to a length, ending with a whole line and a closed code block."""
    if len(text) <= LONGEST:
        return text
    kept = text[:LONGEST].rsplit("\n", 1)[0].rstrip()
    return f"{kept}\n```\n…" if kept.count("```") % 2 else f"{kept}\n…"
