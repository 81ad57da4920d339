"""What the helpers see of learned knowledge, as messages: a proposed case, its approval, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.config import Rules
from bot.dialogue import extract
from bot.dialogue.wording import say
from bot.messages import Button, Choice, Message, Source
from knowledge.models import Entry, Link, Relation

LONGEST = 1500  # characters of a case's answer that are shown; the form holds all of it
BESIDE = 600  # characters of the known case's answer that stand beside it
LINKS = 5
MOST = 25  # cases in a queue that is shown
LABEL = 70
LEARNED, LEFT = "proposal_intro", "proposal_left"
"""Keys of the sentence that says where a proposed case comes from: a thread, or what is left of a case after an erasure."""


def proposal(
    entry: Entry, rules: Rules, now: float, intro: str = LEARNED, against: tuple[Entry, Relation] | None = None
) -> Message:
    """A learned case for a helper to check, with Approve, Edit and Reject; `intro` is the key of its first sentence.

    `against` is the approved case that it would replace or contradicts: both stand side by side, and the buttons say
    what becomes of the other.
    """
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
    if against is not None:
        parts += _beside(against[0], against[1], language)
    other = (Source(say(language, "case_other"), against[0].case.url, "", known=True),) if against else ()
    return Message(
        text="\n\n".join(parts),
        title=say(language, "title_proposal"),
        sources=(*_sources(entry, rules), *other),
        source_label="",
        quiet=say(language, "quiet"),
        buttons=(*_approving(entry, against, language), _button("edit", entry, language), _reject(entry, language)),
    )


def _beside(other: Entry, relation: Relation, language: str) -> list[str]:
    """The known case, and in a sentence how the new one stands to it."""
    key = "case_against" if relation is Relation.CONTRADICTION else "case_succeeds"
    return [
        say(language, key),
        f"**{extract.clip(other.case.title, 150)}**",
        f"**{say(language, 'case_answer_now')}**\n{_short(other.case.resolution, BESIDE)}",
    ]


def _approving(entry: Entry, against: tuple[Entry, Relation] | None, language: str) -> tuple[Button, ...]:
    if against is None:
        return (_button("approve", entry, language, "primary"),)
    chosen = ("keep", "replace") if against[1] is Relation.CONTRADICTION else ("replace", "keep")
    return tuple(_button(name, entry, language) for name in chosen)


def _button(name: str, entry: Entry, language: str, style: str = "") -> Button:
    """A button that names the very text it was shown with: what was edited since is not approved unseen."""
    return Button(f"vigil_case_{name}", say(language, f"button_{name}"), f"{entry.id}.{entry.version}", style)


def _reject(entry: Entry, language: str) -> Button:
    return _button("reject", entry, language, "danger")


def standing(entry: Entry, rules: Rules, due: str) -> Message:
    """An approved case to be confirmed, edited or retired; `due` says why it is up for review (age, document, "")."""
    language, case = rules.language, entry.case
    parts = [
        *([say(language, f"review_{due}")] if due else []),
        f"**{extract.clip(case.title, 150)}**",
        f"**{say(language, 'case_problem')}**\n{_short(case.problem)}",
        f"**{say(language, 'case_answer')}**\n{_short(case.resolution)}",
    ]
    buttons = [_button(name, entry, language) for name in ("confirm", "edit")]
    retire = _button("retire", entry, language, "danger")
    return Message(
        "\n\n".join(parts), say(language, "title_standing"), _sources(entry, rules), buttons=(*buttons, retire),
        source_label="",
    )  # fmt: skip


def queue(entries: Sequence[Entry], rules: Rules) -> Message:
    """What waits for approval, as a choice that shows the card of one."""
    if not entries:
        return Message(say(rules.language, "queue_empty"))
    options = tuple((extract.clip(e.case.title, LABEL), f"{e.id}.{e.version}") for e in entries[:MOST])
    choice = Choice("vigil_case_show", say(rules.language, "queue_choose"), options)
    key = "queue_one" if len(entries) == 1 else "queue_count"
    return Message(say(rules.language, key, count=len(entries)), choices=(choice,))


def approved(entry: Entry, rules: Rules, instead: Entry | None = None) -> Message:
    """The approval's receipt, with Undo; `instead` is the case whose place it took."""
    text = say(rules.language, "approved", title=extract.clip(entry.case.title, 150))
    if instead is not None:
        text = f"{text} {say(rules.language, 'approved_instead', title=extract.clip(instead.case.title, 150))}"
    undo = _button("undo", entry, rules.language)
    own = Source(say(rules.language, "case_source"), entry.case.url, "", known=True)
    return Message(text, sources=(own,), source_label="", buttons=(undo,))


def agreed(entry: Entry, rules: Rules) -> Message:
    """Tells the helpers that a case went live by agreement, with its text and with Undo."""
    language, case = rules.language, entry.case
    text = "\n\n".join(
        (say(language, "agreed"), f"**{extract.clip(case.title, 150)}**",
         f"**{say(language, 'case_problem')}**\n{_short(case.problem)}",
         f"**{say(language, 'case_answer')}**\n{_short(case.resolution)}")
    )  # fmt: skip
    return Message(text, say(language, "title_agreed"), _sources(entry, rules), source_label="",
                   buttons=(_button("undo", entry, language),))  # fmt: skip


def gone(entry: Entry, rules: Rules) -> Message:
    """A case that is neither proposed nor live any more."""
    return Message(say(rules.language, "case_gone", title=extract.clip(entry.case.title, 150)))


def rejected(entry: Entry, rules: Rules) -> Message:
    """The rejection's receipt."""
    return Message(say(rules.language, "rejected", title=extract.clip(entry.case.title, 150)))


def undone(entry: Entry, rules: Rules) -> Message:
    """The receipt of an approval taken back."""
    return Message(say(rules.language, "undone", title=extract.clip(entry.case.title, 150)))


def _sources(entry: Entry, rules: Rules) -> tuple[Source, ...]:
    language, case = rules.language, entry.case
    own = Source(say(language, "case_source"), case.url, say(language, "case_source_note"), known=True)
    links: tuple[Link, ...] = case.links[:LINKS]
    return (own, *(Source(extract.clip(link.title, 120), link.url, "") for link in links))


def _short(text: str, longest: int = LONGEST) -> str:
    """The text up to a length, ending with a whole line and a closed code block."""
    if len(text) <= longest:
        return text
    kept = text[:longest].rsplit("\n", 1)[0].rstrip()
    return f"{kept}\n```\n…" if kept.count("```") % 2 else f"{kept}\n…"
