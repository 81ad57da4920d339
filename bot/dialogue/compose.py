"""What Vigil says unasked, as messages: suggestions, drafts for the helpers, follow-ups and calls for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import extract, lifecycle, nudging, precedents, signals, summary
from bot.dialogue.answers import summary_text
from bot.dialogue.nudging import FollowUp
from bot.dialogue.voicing import composed
from bot.dialogue.wording import age, say
from bot.events import Turn
from bot.messages import Button, Message, Source
from bot.models import Decision, Mode, State, Suggestion, Thread
from bot.outgoing_links import Links, addresses, site
from knowledge.models import Hit, Kind

QUOTE = 110  # characters of somebody's last word inside a follow-up


def suggestion(decision: Decision, rules: Rules, now: float, person: str = "") -> Message:
    """The decision's suggestion with its sources and buttons; without evidence only "Need a human" and "Why?".

    Raises ValueError for a decision that has nothing to say.
    """
    said = _said(decision)
    buttons = answer_buttons(decision.id, rules) if said.enough else _plain_buttons(decision.id, rules)
    return Message(
        text=said.text,
        sources=_sources(said, rules, now),
        source_label=say(rules.language, "sources"),
        quiet=_quiet(decision, rules),
        buttons=buttons,
        people=(person,) if person else (),
        vouched=vouched(said.citations),
    )


def draft(decision: Decision, thread: Thread, url: str, rules: Rules, now: float, person: str = "") -> Message:
    """The same suggestion as an offer to the helpers, who publish, edit or dismiss it; `url` opens the thread."""
    said, language = _said(decision), rules.language
    doubted = rules.mode == Mode.PUBLIC and any(hit.doubted for hit in said.citations)
    intro = say(language, "draft_doubted" if doubted else "draft_intro", topic=summary.topic(thread))
    own = Source(say(language, "draft_thread"), url, say(language, "draft_note"))
    return Message(
        text=f"{intro}\n\n{said.text}",
        title=say(language, "title_draft"),
        sources=(own, *_sources(said, rules, now)),
        source_label=say(language, "sources"),
        quiet=_quiet(decision, rules),
        buttons=(
            Button("vigil_draft_publish", say(language, "publish"), decision.id, "primary"),
            Button("vigil_draft_edit", say(language, "edit"), decision.id),
            Button("vigil_draft_dismiss", say(language, "dismiss"), decision.id),
            Button("vigil_why", say(language, "why"), decision.id),
        ),
        people=(person,) if person else (),
        vouched=vouched(said.citations),
    )


def published(text: str, decision: Decision, rules: Rules, now: float) -> Message:
    """A draft as a helper published it, perhaps reworded, with the sources it rests on."""
    said = _said(decision)
    return Message(
        text=text.strip() or said.text,
        sources=_sources(said, rules, now),
        source_label=say(rules.language, "sources"),
        quiet=_quiet(decision, rules),
        buttons=answer_buttons(decision.id, rules),
        vouched=vouched(said.citations),
    )


def vouched(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The addresses that stand in cited documents and lead to the very site where the documents are.

    Those that lead elsewhere, or stand in anybody's thread, are links only where the settings allow it.
    """
    pages = [hit.entry.case for hit in hits if hit.entry.case.kind is Kind.SECTION]
    links = Links(tuple(filter(None, (site(case.url) for case in pages))))
    return tuple(dict.fromkeys(url for case in pages for url in addresses(case.resolution) if links.allow(url)))


def _quiet(decision: Decision, rules: Rules) -> str:
    return say(rules.language, "quiet_composed" if composed(decision) else "quiet")


def source(hit: Hit, rules: Rules, now: float) -> Source:
    """A citation as it is shown: title, address, what it is and how old."""
    case = hit.entry.case
    keys = {Kind.SECTION: "note_section", Kind.CASE: "note_case"}
    key = keys.get(case.kind, f"note_precedent_{precedents.standing(hit)}")
    passed = now - (case.happened_at or hit.entry.updated_at)
    note = say(rules.language, key, age=age(rules.language, passed))
    return Source(extract.clip(case.title, 120), case.url, " · ".join(filter(None, (note, hit.remark))), known=True)


def _sources(said: Suggestion, rules: Rules, now: float) -> tuple[Source, ...]:
    """The citations as they are shown, each once; sections of one page, which share its title, with their own heading."""
    shown = [source(hit, rules, now) for hit in said.citations]
    titles = [one.title for one in shown]
    named = (
        replace(one, title=_with_heading(hit)) if titles.count(one.title) > 1 else one
        for one, hit in zip(shown, said.citations, strict=True)
    )
    return tuple(dict.fromkeys(named))


def _with_heading(hit: Hit) -> str:
    case = hit.entry.case
    heading = case.problem.rsplit(" > ", 1)[-1] if case.kind is Kind.SECTION and " > " in case.problem else ""
    return extract.clip(" \u203a ".join(filter(None, (case.title, heading))), 120)


def answer_buttons(decision_id: str, rules: Rules) -> tuple[Button, ...]:
    """The five buttons under a suggestion."""
    language = rules.language
    return (
        Button("vigil_helpful", say(language, "helpful"), decision_id, "primary"),
        Button("vigil_not_helpful", say(language, "not_helpful"), decision_id),
        Button("vigil_solved", say(language, "solved"), decision_id),
        *_plain_buttons(decision_id, rules),
    )


def _plain_buttons(decision_id: str, rules: Rules) -> tuple[Button, ...]:
    return (
        Button("vigil_need_human", say(rules.language, "need_human"), decision_id),
        Button("vigil_why", say(rules.language, "why"), decision_id),
    )


def follow_up(thread: Thread, due: FollowUp, rules: Rules, now: float, what: str = "") -> Message:
    """One sentence that names the topic and what is awaited, for whoever must act next; `what` says that more exactly."""
    key, last = _awaited(thread, due)
    text = say(
        rules.language, f"{key}_read" if what else key, topic=summary.topic(thread), what=what,
        age=age(rules.language, now - last.sent_at), last=extract.clip(summary.prose((last,)), QUOTE),
    )  # fmt: skip
    return Message(text=text, quiet=say(rules.language, "quiet_plain"), people=(due.person,) if due.person else ())


def escalation(thread: Thread, reason: str, group: str, rules: Rules, now: float, url: str = "") -> Message:
    """A call for a person, once, to the on-call group's id ("" for none), with the thread in short."""
    language = rules.language
    body = summary_text(summary.of(thread, now, rules), thread, rules)
    own = (Source(say(language, "draft_thread"), url, ""),) if url else ()
    return Message(
        text=f"{say(language, 'escalation', reason=reason)}\n\n{body}",
        title=say(language, "title_escalation"),
        sources=own,
        source_label="",
        quiet=say(language, "quiet_plain"),
        groups=(group,) if group else (),
    )


def _awaited(thread: Thread, due: FollowUp) -> tuple[str, Turn]:
    """Which sentence fits, and the turn it speaks of."""
    others = lifecycle.answerers(thread)
    own = [turn for turn in thread.human_turns() if turn.author == thread.asker]
    asked = own[-1] if own else thread.root
    if due.state == State.WAITING_ON_ASKER and others:
        return "follow_waiting_on_asker", others[-1]
    if due.state == State.WAITING_ON_HELPER:
        promised = bool(others) and others[-1].sent_at > asked.sent_at and signals.of(others[-1]).promises
        return ("follow_promised", others[-1]) if promised else ("follow_waiting_on_helper", asked)
    if due.state == nudging.SUGGESTED:
        return "follow_suggested", asked
    return ("follow_reopened", asked) if due.state == State.REOPENED else ("follow_open", thread.root)


def _said(decision: Decision) -> Suggestion:
    if decision.suggestion is None:
        raise ValueError(f"decision {decision.id} has nothing to say")
    return decision.suggestion
