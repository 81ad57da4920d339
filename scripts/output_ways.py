"""The ways in which a text can reach people: every composer of Vigil's, given a text in each place that others write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from bot.config import Rules
from bot.dialogue import answers, briefs, causes, compose, forms, gap_cards, ops_notes, proposals, revising
from bot.dialogue.gaps import Asked, Gap
from bot.dialogue.home import Home
from bot.dialogue.nudging import FollowUp
from bot.dialogue.summarising import Digest, Line
from bot.events import Turn
from bot.messages import Button, Channel, Choice, Field, Form, Message, Source
from bot.models import Action, Decision, State, Suggestion, Thread
from bot.outcomes import Disliked, Revision, ThreadRow, Unmet
from knowledge.models import Audience, Case, Entry, Hit, Kind, Link, Relation, Status

CHANNEL, NOW = "slack:T0SMALL:C0HELP", 1_800_000_000.0
TYPED, GROUP = "U0TYPED", "S0TYPED"
"""The only person and the only group whom code mentions; no made-up text names them."""
RULES = Rules(mode="public", oncall=GROUP)
RUNBOOK = "https://runbooks.acme.io/page#one"

Way = Callable[[str], Message]


def case(text: str, kind: Kind = Kind.CASE, url: str = RUNBOOK) -> Case:
    """A case in which every field says `text`; only its address is code's."""
    return Case(
        kind,
        text,
        text,
        text,
        Audience.everyone(),
        "thread:x",
        url,
        text,
        text,
        (Link(text, text), Link("a", text)),
        ("U0BEN",),
        NOW - 9e5,
    )


def entry(text: str, kind: Kind = Kind.CASE, status: Status = Status.PROPOSED) -> Entry:
    return Entry(7, case(text, kind), 1, status, 1, NOW - 9e5)


def hit(text: str, kind: Kind) -> Hit:
    return Hit(entry(text, kind, Status.LIVE), 1.0, 0.9, text, 0.9, 1.0, (text,), (), text)


def decision(text: str) -> Decision:
    said = Suggestion(text, (hit("Quotas", Kind.SECTION), hit(text, Kind.PRECEDENT), hit(text, Kind.PRECEDENT)), 0.9)
    return Decision(
        "d1", f"{CHANNEL}:1.0", f"{CHANNEL}:1.0", CHANNEL, Action.PUBLIC, 0.9, 0.5, (text,), NOW, suggestion=said
    )


def thread(text: str) -> Thread:
    """An asker and a helper, each of whom says `text`."""
    root = f"{CHANNEL}:1.0"
    turns = tuple(
        Turn(f"{CHANNEL}:{at}.0", root, CHANNEL, who, text, NOW - 9000 + at, files=(text,), mentions=(TYPED,))
        for at, who in ((1, "U0ANA"), (2, TYPED), (3, "U0ANA"))
    )
    return Thread(root, CHANNEL, turns, frozenset({TYPED}))


def ways() -> Mapping[str, Way]:
    """Each way by its name."""
    return {
        "suggestion": lambda text: compose.suggestion(decision(text), RULES, NOW),
        "draft": lambda text: compose.draft(decision(text), thread(text), "https://small.slack.com/archives/C1/p1", RULES, NOW, TYPED),
        "published": lambda text: compose.published(f" {text}", decision(text), RULES, NOW) if text.strip() else Message("-"),
        "follow_up": lambda text: compose.follow_up(thread(text), FollowUp(TYPED, State.WAITING_ON_HELPER, text), RULES, NOW, text),
        "escalation": lambda text: compose.escalation(thread(text), text, GROUP, RULES, NOW, ""),
        "summary": lambda text: answers.thread_summary(thread(text), RULES, NOW, "", {"U0ANA": text, TYPED: text}),
        "status": lambda text: answers.status(thread(text), State.OPEN, TYPED, [decision(text)], RULES, NOW, None, {TYPED: text}),
        "summary by a model": lambda text: briefs.summed(_written(text), _digest(text), NOW),
        "hand-over": lambda text: Message("\n\n".join(briefs.handed(_written(text), 1, d, True, NOW) for d in (_digest(text), None)), text),
        "thread picker": lambda text: answers.picker("why", [_row(text)], RULES, NOW),
        "why": lambda text: answers.why(decision(text), RULES, NOW, (hit(text, Kind.CASE),)),
        "search": lambda text: _search(text),
        "review card": lambda text: proposals.proposal(entry(text), RULES, NOW, against=(entry(text), Relation.CONTRADICTION)),
        "review queue": lambda text: proposals.queue([entry(text)] * 3, RULES),
        "case receipt": lambda text: proposals.approved(entry(text), RULES, entry(text)),
        "agreed": lambda text: proposals.agreed(entry(text), RULES),
        "revision": lambda text: revising.card(entry(text), Revision("r", 7, 1, f"{text} x", "U0BEN", "answered", f"{CHANNEL}:1.0", "", NOW), RULES),
        "gap post": lambda text: gap_cards.digest([Gap((_asked(text),))] * 2, RULES, NOW, lambda _: ""),
        "watch report": lambda text: causes.message(causes.document((), entry(text, Kind.SECTION), Disliked(7, 3, 0, 3, 3), True, RULES, NOW), RULES),
        "teach answer": lambda text: Message(answers.receipt("teach", RULES).text + text, text, quiet=text),
        "error text": lambda text: answers.search((), text, RULES, NOW),
        "ops note": lambda text: ops_notes.unwell(text, "en"),
        "home page": _home,
        "anything": _anything,
    }  # fmt: skip


def modals(text: str) -> Iterator[Form]:
    """The forms that show what others wrote."""
    yield forms.teach(f"{CHANNEL}:1.0", case(text))
    yield forms.edit_case(entry(text))
    yield forms.edit_draft(decision(text))
    yield Form(
        "f",
        "v",
        text,
        text,
        (Field("a", text, options=((text[:60] or "-", "1"),), kind="choice"), Field("b", text, "long", text)),
        text,
    )


def _written(text: str) -> briefs.Written:
    return briefs.Written(
        thread(text), RULES, {"U0ANA": text, TYPED: text}, lambda _: "https://small.slack.com/archives/C1/p1"
    )


def _digest(text: str) -> Digest:
    line = Line(text, thread(text).turns[:1])
    return Digest(line, (line,), (line,))


def _row(text: str) -> ThreadRow:
    return ThreadRow(f"{CHANNEL}:1.0", CHANNEL, "U0ANA", text, "open", 1.0, NOW - 9000, NOW - 90, 1)


def _search(text: str) -> Message:
    found = (hit(text, Kind.SECTION), hit(text, Kind.CASE))
    return answers.search(found, text, RULES, NOW, [compose.source(one, RULES, NOW) for one in found])


def _asked(text: str) -> Asked:
    unmet = Unmet(f"{CHANNEL}:1.0", CHANNEL, "open", NOW - 9000, 7, False)
    return Asked(unmet, entry(text, Kind.PRECEDENT), np.zeros(1, np.float32), frozenset())


def _home(text: str) -> Message:
    """The home page of somebody in channels with such names."""
    channels = [Channel(f"{CHANNEL}{number}", text[:80]) for number in range(3)]
    directory: Any = SimpleNamespace(channels=lambda: channels, open_to=lambda *_: True, rules=lambda _: RULES)
    nothing: Any = SimpleNamespace(with_status=lambda _: [], helpers=lambda _: frozenset())
    return Home(nothing, nothing, directory).page("U0ANA", "en")


def _anything(text: str) -> Message:
    """What a model, or a mistake of ours, might fill in: the text in every field at once."""
    return Message(
        text, text, (Source(text, text, text), Source("a", text, ""), Source("b", RUNBOOK, text, known=True)), text,
        (Button("x", text, "v"),), (Choice("c", text, ((text, "1"), ("b", "2"))),), source_label=text,
    )  # fmt: skip
