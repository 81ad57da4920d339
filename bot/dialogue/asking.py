"""Answers those who ask Vigil itself, in a language model's checked words or quoted, and calls people where it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.config import Rules
from bot.dialogue import commands, compose, delivery, policy
from bot.dialogue.base import Directory
from bot.dialogue.briefs import Written
from bot.dialogue.conversing import Conversation, Quote, Talked
from bot.dialogue.lookups import LookUps
from bot.dialogue.precedents import standing
from bot.dialogue.question import asked
from bot.dialogue.replies import telling
from bot.dialogue.responder import Responder
from bot.dialogue.summarising import Transcript
from bot.dialogue.telling import names_of, voiceless
from bot.dialogue.tongue import rules_of
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.wording import say
from bot.events import Turn
from bot.llm.base import Task
from bot.llm.prompts import prompt
from bot.models import Action, Decision, Mark, Mode, Suggestion, Thread
from bot.outcomes import Outcome, Shown
from bot.storage.base import Threads
from knowledge.base import EntryStore

NEEDED = "human-needed"


@dataclass(frozen=True, slots=True)
class Reach:
    """How people were reached: `called` by a mention, only `marked`, asked before (`again`), or not, in a `direct` talk."""

    way: str
    outcome: Outcome


class Asking:
    """Takes a turn that puts a question to Vigil. `responder` quotes; what it decides stands wherever the model gives nothing.

    `hand_over` are words of topics that are left to people; `shown` notes what ratings of an answer will be about.
    """

    def __init__(
        self, responder: Responder, conversation: Conversation, threads: Threads, entries: EntryStore, directory: Directory,
        verdicts: Verdicts, hand_over: tuple[str, ...], shown: Callable[[Decision, str], tuple[Shown, ...]],
    ) -> None:  # fmt: skip
        self._responder, self._conversation, self._threads, self._entries = responder, conversation, threads, entries
        self._directory, self._verdicts, self._hand_over, self._shown = directory, verdicts, hand_over, shown

    def turn(self, turn: Turn, now: float) -> Outcome:
        """What a question to Vigil leads to."""
        outcome = self._responder.turn(turn, now)
        decision = next((d for d in outcome.decisions if d.turn_id == turn.id and d.action is Action.PUBLIC), None)
        if decision is None or decision.suggestion is None:
            return outcome
        thread = self._responder.heard(turn, now)[0]
        rules = rules_of(self._directory, thread)
        if self._risky(thread, turn, rules):
            return self._handed(outcome, decision, thread, "risky", rules, now)
        question = commands.parse(Transcript(thread).words(turn))[1]
        look = LookUps(thread, turn, self._responder.search, self._threads, self._entries, self._directory, now)
        talked = self._conversation.talk(thread, turn, question, look)
        told = self._told(outcome, decision, thread, talked, rules, now)
        told = telling(told, *{part.thread.channel_id for part in talked.said if isinstance(part, Quote)})
        if talked.failure:
            return told
        said = next(d for d in told.decisions if d.id == decision.id)
        gist = asked(question, "" if turn.is_root else thread.root.text).gist
        return replace(told, shown=self._shown(said, gist))

    def _risky(self, thread: Thread, turn: Turn, rules: Rules) -> bool:
        words = replace(rules, risky_words=(*rules.risky_words, *self._hand_over))
        said = [turn.text, *(t.text for t in thread.human_turns() if t.author == thread.asker)]
        return policy.risky(" ".join(said), words)

    def _told(
        self, outcome: Outcome, decision: Decision, thread: Thread, talked: Talked, rules: Rules, now: float
    ) -> Outcome:  # fmt: skip
        if talked.failure:
            quoted = replace(
                decision,
                reasons=(*decision.reasons, voiceless(talked.failure, rules)),
                calls=(*decision.calls, *talked.calls),
            )
            outcome = self._with(outcome, quoted, rules, now, "quiet_voiceless")
        else:
            version = (str(Task.CONVERSE), prompt(Task.CONVERSE).version)
            said = replace(
                decision, suggestion=self._suggestion(talked, thread, rules),
                reasons=(*decision.reasons, say(rules.language, "reason_conversed")),
                calls=(*decision.calls, *talked.calls), versions=(*decision.versions, version),
            )  # fmt: skip
            outcome = self._with(outcome, said, rules, now, "quiet_conversed")
        decided = next(d for d in outcome.decisions if d.id == decision.id)
        return self._handed(outcome, decided, thread, "unsure", rules, now) if talked.unsure else outcome

    def _suggestion(self, talked: Talked, thread: Thread, rules: Rules) -> Suggestion:
        said = [part if isinstance(part, str) else self._quote(part, thread, rules) for part in talked.said]
        said += dict.fromkeys(say(rules.language, f"precedent_{standing(hit)}") for hit in talked.points_to)
        if not said:
            said = [say(rules.language, "converse_none")]
        if talked.missing:
            said.append(say(rules.language, "converse_missing", missing=talked.missing))
        elif talked.partly and talked.said:
            said.append(say(rules.language, "converse_partly"))
        found = (*talked.rests_on, *talked.points_to)
        sure = max((hit.helpful for hit in found), default=0.0)
        return Suggestion("\n\n".join(said), found or talked.nearest * (not talked.said), sure, bool(found))

    def _quote(self, quote: Quote, thread: Thread, rules: Rules) -> str:
        """What people said, as theirs."""
        written = Written(quote.thread, rules, names_of(quote.thread, self._directory), self._directory.permalink)
        key = "converse_said" if quote.thread.id == thread.id else "converse_said_there"
        return say(rules.language, key, name=written.name(quote.line.turns[0].author), text=written.line(quote.line))

    def _handed(
        self, outcome: Outcome, decision: Decision, thread: Thread, why: str, rules: Rules, now: float
    ) -> Outcome:
        """People are called, or their need is marked, once a thread; and the answer says so."""
        reason = say(rules.language, "reason_hand_over" if why == "risky" else "reason_unsure")
        reach = self._reach(outcome, thread, rules, reason, now)
        said = decision.suggestion
        told = f"{say(rules.language, f'converse_{why}')} {say(rules.language, f'people_{reach.way}')}".replace(
            "。 ", "。"
        )
        if said is not None:
            decision = replace(decision, suggestion=replace(said, text=f"{said.text}\n\n{told}"))
        decision = replace(decision, reasons=(*decision.reasons, reason))
        return self._with(reach.outcome, decision, rules, now, "")

    def _reach(self, outcome: Outcome, thread: Thread, rules: Rules, reason: str, now: float) -> Reach:
        if self._directory.channel(thread.channel_id).direct:
            return Reach("direct", outcome)
        fresh = any(mark.name == delivery.CALLED for mark in outcome.marks)
        if thread.marked(NEEDED):
            return Reach("again", outcome)
        called = replace(outcome, marks=(*outcome.marks, Mark(NEEDED, "vigil", now)), cancel=True)
        if fresh or thread.marked(delivery.CALLED):
            return Reach("called" if fresh else "again", called)
        if rules.mode != Mode.PUBLIC or not self._verdicts.oncall(thread):
            return Reach("marked", called)
        post = delivery.call(thread, rules, self._directory, f"human-{thread.id}", now, reason)
        marks = (*called.marks, Mark(delivery.CALLED, "vigil", now))
        return Reach("called", replace(called, marks=marks, posts=(*called.posts, post)))

    def _with(self, outcome: Outcome, decision: Decision, rules: Rules, now: float, quiet: str) -> Outcome:
        """The outcome with this decision, and its message, in place of the former."""
        said = decision.suggestion
        decision = replace(decision, entry_ids=tuple(hit.entry.id for hit in said.citations) if said else ())
        message = compose.suggestion(decision, rules, now)
        key, posts = f"{decision.id}/suggestion", []
        for post in outcome.posts:
            line = say(rules.language, quiet) if quiet else post.message.quiet
            posts.append(replace(post, message=replace(message, quiet=line)) if post.key == key else post)
        return replace(
            outcome, posts=tuple(posts),
            decisions=tuple(decision if d.id == decision.id else d for d in outcome.decisions),
        )  # fmt: skip
