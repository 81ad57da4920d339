"""What Vigil answers to commands, as messages: help, status, why, summary, search, numbers, a picker, receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.config import Rules
from bot.dialogue import commands, extract, summary
from bot.dialogue.summary import Summary
from bot.dialogue.wording import age, percent, say, state_name, table
from bot.messages import Button, Choice, Message, Source
from bot.models import Decision, State, Thread
from bot.outcomes import ThreadRow
from knowledge.models import Hit, Kind

PASSAGE = 200  # characters of a found passage
DECISIONS = 5
OPTIONS = 25
BRACKETS = str.maketrans("[]*\n", "()  ")
LABEL = 70
ACTOR_MADE = ("reopen", "unmute")  # verbs that help names beside their opposites


def help_text(rules: Rules) -> Message:
    """What Vigil can do, one line a verb."""
    verbs = [verb for verb in commands.VERBS if verb not in ACTOR_MADE]
    lines = [f"- `{verb}`: {say(rules.language, f'help_{verb}')}" for verb in verbs]
    return Message("\n".join((say(rules.language, "help_intro"), "", *lines)), say(rules.language, "title_help"))


def status(
    thread: Thread, state: State, move: str | None, decisions: Sequence[Decision], rules: Rules, now: float,
    last: float | None = None, names: Mapping[str, str] | None = None,
) -> Message:  # fmt: skip
    """Where the thread stands, whose move it is, and Vigil's latest decisions; `names` turns person ids into names."""
    language = rules.language
    alive = age(language, now - (thread.last.sent_at if last is None else last))
    step = next_step(state, move or "", thread, rules, names or {})
    lines = [say(language, "status_line", state=state_name(language, state), next=step, age=alive), ""]
    if not decisions:
        return Message("\n".join([*lines, say(language, "status_no_decisions")]), say(language, "title_status"))
    latest = sorted(decisions, key=lambda d: d.at, reverse=True)[:DECISIONS]
    lines.append(f"**{say(language, 'status_decisions')}**")
    lines += [f"- {_decided(decision, rules, now)}" for decision in latest]
    return Message("\n".join(lines), say(language, "title_status"))


def why(decision: Decision | None, rules: Rules, now: float, hits: Sequence[Hit] = ()) -> Message:
    """Score, threshold, reasons and what was found, with "Speak less here"; `hits` where the decision cites none."""
    language = rules.language
    if decision is None:
        return Message(say(language, "why_none"), say(language, "title_why"))
    found = (decision.suggestion.citations if decision.suggestion else ()) or tuple(hits)
    action = say(language, f"action_{decision.action}")
    lines = [
        say(language, "why_line", action=action, reason=decision.reasons[0] if decision.reasons else "—"),
        say(language, "why_score", score=f"{decision.score:.2f}", threshold=f"{decision.threshold:.2f}"),
        "",
        *_section("why_reasons", decision.reasons[1:], rules),
        *_section("why_found", [_fit(hit, rules) for hit in found[:3]] or [say(language, "why_found_nothing")], rules),
    ]
    less = Button("vigil_speak_less", say(language, "speak_less"), decision.id)
    cited = tuple(hit.entry.id for hit in found)
    return Message("\n".join(lines).strip(), say(language, "title_why"), buttons=(less,), entries=cited)


def thread_summary(
    thread: Thread, rules: Rules, now: float, url: str = "", names: Mapping[str, str] | None = None
) -> Message:
    """The thread in short: problem, what was tried, where it stands, the next step, links."""
    language = rules.language
    own = (Source(say(language, "draft_thread"), url, ""),) if url else ()
    text = summary_text(summary.of(thread, now, rules), thread, rules, names)
    title, quiet = say(language, "title_summary"), say(language, "quiet_plain")
    return Message(text, title, sources=own, source_label="", quiet=quiet)


def summary_text(short: Summary, thread: Thread, rules: Rules, names: Mapping[str, str] | None = None) -> str:
    """A summary as Markdown; people appear by name where names are given, else by their role."""
    language, known = rules.language, names or {}
    tried = [f"{_name(author, thread, rules, known)}: {text}" for author, text in short.tried]
    step = next_step(short.state, short.person, thread, rules, known)
    lines = [
        f"**{say(language, 'problem')}**: {short.problem}",
        *_section("tried", tried or [say(language, "nothing_tried")], rules),
        f"**{say(language, 'stands')}**: {state_name(language, short.state)}",
        f"**{say(language, 'next')}**: {step}",
        *(_section("links", short.links, rules) if short.links else ()),
    ]
    return "\n".join(lines)


def search(hits: Sequence[Hit], query: str, rules: Rules, now: float, sources: Sequence[Source] = ()) -> Message:
    """What was found, numbered, with how well it fits; `sources` are the same hits as citations (compose.source)."""
    language, asked = rules.language, extract.clip(query, 100)
    if not hits:
        return Message(say(language, "search_nothing", query=asked))
    lines = [
        say(
            language, "found_line", number=number, title=_linked(hit, source), note=source.note,
            fit=percent(hit.helpful), passage=extract.clip(_passage(hit), PASSAGE),
        )
        for number, (hit, source) in enumerate(zip(hits, sources, strict=True), 1)
    ]  # fmt: skip
    cited, vouched = tuple(hit.entry.id for hit in hits), tuple(_address(s) for s in sources)
    title = say(language, "title_search", query=asked)
    return Message("\n".join(lines), title, entries=cited, vouched=vouched)


def _linked(hit: Hit, source: Source) -> str:
    """The title with its section, as a link where there is an address."""
    case = hit.entry.case
    section = case.problem.rsplit(" > ", 1)[-1] if case.kind is Kind.SECTION and " > " in case.problem else ""
    parts = [part for part in (case.title, section) if part]
    title = extract.clip(" \u203a ".join(dict.fromkeys(parts)), 120).translate(BRACKETS)
    if not source.url.startswith(("https://", "http://")):
        return f"**{title}**"
    return f"[{title}]({_address(source)})"


def _address(source: Source) -> str:
    return source.url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def _passage(hit: Hit) -> str:
    """The passage without the headings that the title tells already; none of an earlier thread, which nobody approved."""
    if hit.entry.case.kind is Kind.PRECEDENT:
        return ""
    return hit.passage.removeprefix(hit.entry.case.problem).strip() or hit.passage


def stats(counts: Mapping[str, float], rules: Rules) -> Message:
    """Numbers by name; names with a text `stat_NAME` are put in words, others shown as they are."""
    language = rules.language
    if not counts:
        return Message(say(language, "stats_none"), say(language, "title_stats"))
    words = table(language)
    lines = [
        f"- {say(language, 'stats_line', name=words.get(f'stat_{name}', name), count=f'{count:g}')}"
        for name, count in counts.items()
    ]
    return Message("\n".join(lines), say(language, "title_stats"))


def picker(verb: str, threads: Sequence[ThreadRow], rules: Rules, now: float) -> Message:
    """A choice among threads, in their order, for a command that lacks one; the choice carries the thread's id."""
    language = rules.language
    if not threads:
        return Message(say(language, "picker_none"))
    options = tuple((_label(row, rules, now), row.id) for row in threads[:OPTIONS])
    choice = Choice(f"vigil_pick_{verb}", say(language, "picker_label"), options)
    return Message(say(language, "picker"), choices=(choice,))


def receipt(name: str, rules: Rules, **values: object) -> Message:
    """A short receipt (`done_NAME`) for something that was done."""
    return Message(say(rules.language, f"done_{name}", **values))


def refusal(name: str, rules: Rules, **values: object) -> Message:
    """Why something was not done (`error_NAME`): not_allowed, unknown_thread, nothing_known, gone, failed, ..."""
    return Message(say(rules.language, f"error_{name}", **values))


def _label(row: ThreadRow, rules: Rules, now: float) -> str:
    passed = f" · {age(rules.language, now - row.last_at)}"
    return extract.clip(row.title or row.id, LABEL - len(passed)) + passed


def _section(key: str, lines: Sequence[str], rules: Rules) -> list[str]:
    return [f"**{say(rules.language, key)}**", *(f"- {line}" for line in lines)] if lines else []


def _fit(hit: Hit, rules: Rules) -> str:
    title = extract.clip(hit.entry.case.title, 120)
    return say(rules.language, "why_found_line", title=title, fit=percent(hit.helpful))


def _decided(decision: Decision, rules: Rules, now: float) -> str:
    language = rules.language
    action, passed = say(language, f"action_{decision.action}"), age(language, now - decision.at)
    reason = decision.reasons[0] if decision.reasons else "—"
    return say(language, "status_decision", age=passed, action=action, reason=reason)


def next_step(state: State, person: str, thread: Thread, rules: Rules, names: Mapping[str, str]) -> str:
    """What comes next, in words: `person` must move, "" means any helper."""
    if state in (State.RESOLVED, State.ACCEPTED):
        return say(rules.language, "next_none")
    if person == thread.asker:
        return say(rules.language, "next_asker")
    name = names.get(person, "")
    return say(rules.language, "next_named", name=name) if name else say(rules.language, "next_helper")


def _name(person: str, thread: Thread, rules: Rules, names: Mapping[str, str]) -> str:
    return names.get(person) or say(rules.language, "asker" if person == thread.asker else "helper")
