"""Writes summaries and hand-overs out: code says where a thread stands, and each line links to the turns it rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.config import Rules
from bot.dialogue import extract, lifecycle, summary, transcribing
from bot.dialogue.answers import next_step
from bot.dialogue.summarising import ROLE, Digest, Line, role_of
from bot.dialogue.wording import age, say, state_name
from bot.events import Turn
from bot.messages import Message, Source
from bot.models import State, Thread

BEYOND = 20  # characters that a problem must have beyond its topic to be told as well
SHOWN = 3  # steps of one thread in a hand-over
WORDS = 220  # characters of one quoted line
CITED = 3  # links behind one line
PLAIN = str.maketrans("[]*_`\n", "()    ")

Link = Callable[[str], str]
"""A turn's id in, an address that opens it out, "" when there is none."""


@dataclass(frozen=True, slots=True)
class Written:
    """How people and links of one thread are written: `names` by id, for the channel's `rules`."""

    thread: Thread
    rules: Rules
    names: Mapping[str, str]
    link: Link

    def line(self, line: Line) -> str:
        """A checked sentence with people's names in it and its links after it."""
        who = {called: self.name(person) for person, called in transcribing.people(self.thread).items()}
        text = ROLE.sub(lambda m: who.get(role_of(m[0]), m[0]), line.text)
        return f"{text}{self.links(line.turns)}"

    def quote(self, turn: Turn) -> str:
        """Somebody's own words, shortened, with their link."""
        said = extract.clip(" ".join(summary.prose((turn,)).split()), WORDS)
        text = say(self.rules.language, "handover_said", name=self.name(turn.author), text=said)
        return f"{text}{self.links((turn,))}"

    def links(self, turns: Sequence[Turn]) -> str:
        """` ([14:02](address))` for each turn that has an address."""
        zone = ZoneInfo(self.rules.time_zone)
        found = [(datetime.fromtimestamp(turn.sent_at, zone), self.link(turn.id)) for turn in turns[:CITED]]
        shown = [f"[{at:%H:%M}]({url})" for at, url in found if url]
        return f" ({', '.join(shown)})" if shown else ""

    def name(self, person: str) -> str:
        """Somebody's name, else what they are to the thread."""
        if any(turn.own for turn in self.thread.turns if turn.author == person):
            return "Vigil"
        known = self.names.get(person, "").translate(PLAIN).strip()
        return known or say(self.rules.language, "the_asker" if person == self.thread.asker else "a_helper")


def summed(written: Written, digest: Digest, now: float) -> Message:
    """A thread's summary from a checked digest; where and whose move it is, code says."""
    thread, rules = written.thread, written.rules
    short = summary.of(thread, now, rules)
    problem = written.line(digest.problem) if digest.problem else short.problem
    said = [*map(written.line, digest.tried)] or [*map(written.quote, summary.steps(thread))]
    parts = [
        f"**{say(rules.language, 'problem')}**: {problem}",
        *_listed("tried", said or [say(rules.language, "nothing_tried")], rules),
        f"**{say(rules.language, 'stands')}**: {state_name(rules.language, short.state)}",
        f"**{say(rules.language, 'next')}**: {next_step(short.state, short.person, thread, rules, written.names)}",
        *_listed("actions", [*map(written.line, digest.actions)], rules),
        *_listed("links", short.links, rules),
    ]
    url = written.link(thread.id)
    own = (Source(say(rules.language, "draft_thread"), url, ""),) if url else ()
    return Message("\n".join(parts), say(rules.language, "title_summary"), own, say(rules.language, "quiet_summed"),
                   source_label="")  # fmt: skip


def handed(written: Written, number: int, digest: Digest | None, late: bool, now: float) -> str:
    """One thread of a hand-over: title, problem, what was tried, who waits for whom, what is still to be done.

    Without a digest all of it is quoted; `late` says that one was asked for.
    """
    thread, rules = written.thread, written.rules
    url = written.link(thread.id)
    topic = re.sub(r"\s+", " ", summary.topic(thread)).translate(PLAIN)
    head = say(
        rules.language, "handover_line", number=number, topic=f"[{topic}]({url})" if url else topic,
        state=state_name(rules.language, lifecycle.state(thread, now, rules)),
        age=age(rules.language, now - lifecycle.last_sign_of_life(thread)),
    )  # fmt: skip
    lines = _told(written, digest) if digest else _quoted(written)
    lines.append(_waits(written, now))
    if thread.marked("human-needed"):
        lines.append(say(rules.language, "handover_called"))
    lines += [say(rules.language, "handover_quoted")] * (late and not digest)
    return "\n".join([head, *(f"- {line}" for line in lines if line)])


def _told(written: Written, digest: Digest) -> list[str]:
    language = written.rules.language
    problem = [say(language, "handover_problem", text=written.line(digest.problem))] if digest.problem else []
    tried = [*map(written.line, digest.tried[-SHOWN:])] or _said(written, ())
    return [*problem, *tried, *(say(language, "handover_action", text=written.line(line)) for line in digest.actions)]


def _quoted(written: Written) -> list[str]:
    thread, language = written.thread, written.rules.language
    asked = " ".join(summary.prose(summary.opening(thread)).split())
    more = len(asked) > len(summary.topic(thread)) + BEYOND
    problem = [say(language, "handover_problem", text=extract.clip(asked, WORDS))] if more else []
    promised = summary.promised(thread, SHOWN)
    actions = [say(language, "handover_action", text=written.quote(turn)) for turn in promised]
    return [*problem, *_said(written, promised), *actions]


def _said(written: Written, besides: Sequence[Turn]) -> list[str]:
    """What was said and tried, quoted: at least the last answer, if it says nothing of substance."""
    steps = summary.steps(written.thread, SHOWN) or lifecycle.answerers(written.thread)[-1:]
    if not steps:
        return [say(written.rules.language, "handover_nothing")]
    return [written.quote(turn) for turn in steps if turn not in besides]


def _waits(written: Written, now: float) -> str:
    """Who waits for whom, as the lifecycle tells it."""
    thread, rules = written.thread, written.rules
    standing = lifecycle.standing(thread)
    answered = lifecycle.answerers(thread)
    asker = written.name(thread.asker)
    if standing is State.WAITING_ON_ASKER:
        return say(rules.language, "waits_asker", helper=written.name(answered[-1].author), asker=asker)
    move = lifecycle.whose_move(thread, now, rules)
    helper = written.name(move) if move else say(rules.language, "a_helper")
    return say(rules.language, "waits_alert" if thread.root.is_bot else "waits_helper", asker=asker, helper=helper)


def _listed(key: str, lines: Sequence[str], rules: Rules) -> list[str]:
    return [f"**{say(rules.language, key)}**", *(f"- {line}" for line in lines)] if lines else []
