"""The desk answers commands, the same whether they come by slash, by shortcut or in words to Vigil."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers, commands, compose, learning, lifecycle, proposals
from bot.dialogue.authority import authorize
from bot.dialogue.base import Directory
from bot.dialogue.delivery import case_posts
from bot.dialogue.recall import decision_of
from bot.dialogue.responder import Responder
from bot.dialogue.verdicts import Verdicts
from bot.events import Command, Turn
from bot.messages import Message, Post, Target
from bot.models import Action, Mark, State, Thread
from bot.outcomes import Act, Outcome
from bot.storage.base import Decisions, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Kind, Status

OPEN = ("open", "waiting on asker", "waiting on helper", "stale", "reopened")
LESS = 0.05
WEEK = 7 * 86_400.0
MARKS = {"resolve": "resolved", "mute": "muted", "snooze": "snoozed", "reopen": "reopened"}
UNMARKS = {"reopen": "resolved", "unmute": "muted"}


class Desk:
    """Turns commands into outcomes; every one of them passes `authorize` first and leaves a line in the audit log."""

    def __init__(
        self,
        threads: Threads,
        decisions: Decisions,
        entries: EntryStore,
        directory: Directory,
        knowledge: KnowledgeBase,
        responder: Responder,
        verdicts: Verdicts,
    ) -> None:
        self._threads, self._decisions, self._entries = threads, decisions, entries
        self._directory, self._knowledge = directory, knowledge
        self._responder, self._verdicts = responder, verdicts

    def command(self, command: Command, now: float) -> Outcome:
        """Answer a command; without a thread where one is needed, offer the channel's open ones."""
        verb, argument = commands.parse(f"{command.verb} {command.argument}")
        if command.verb == "home":
            return Outcome()
        if command.thread_id is None:
            return self._channel(command, verb, argument, now)
        thread = self._threads.load(command.thread_id, command.thread_id.rsplit(":", 1)[0], now)
        return self.thread(command, thread, verb, argument, now)

    def thread(self, command: Command, thread: Thread, verb: str, argument: str, now: float) -> Outcome:
        """A command about one thread; unknown threads and people without the right get a refusal."""
        rules = self._directory.rules(command.channel_id)
        right = "suggest" if verb == commands.ASK else verb.replace("-", "_")
        allowed = authorize(self._verdicts.actor(thread, command.actor), right)
        act = Act(command.actor, right, thread.id, allowed)
        if not allowed:
            return self.say(command, answers.refusal("not_allowed", rules), acts=(act,))
        if not thread.turns and verb not in ("help", "stats", "search"):
            return self.say(command, answers.refusal("unknown_thread", rules), acts=(act,))
        outcome = self._answer(command, thread, verb, argument, self._directory.rules(thread.channel_id), now)
        return replace(outcome, acts=(*outcome.acts, act))

    def _answer(self, command: Command, thread: Thread, verb: str, argument: str, rules: Rules, now: float) -> Outcome:
        if verb in (commands.ASK, "suggest"):
            return self._suggest(command, thread, argument, now)
        if verb in MARKS or verb in UNMARKS:
            return self._mark(command, thread, verb, argument, rules, now)
        table: dict[str, Callable[[], Outcome]] = {
            "search": lambda: self.say(command, self._search(argument, thread.channel_id, thread.id, rules, now)),
            "status": lambda: self.say(command, self._status(thread, rules, now)),
            "why": lambda: self.say(command, self._why(thread, rules, now)),
            "summary": lambda: self.say(
                command, answers.thread_summary(thread, rules, now, self._directory.permalink(thread.id))
            ),
            "teach": lambda: self._teach(command, thread, rules, now),
            "stats": lambda: self.say(command, self._stats(thread.channel_id, rules, now)),
            "speak-less": lambda: self.speak_less(command, thread.channel_id, rules),
        }
        return table.get(verb, lambda: self.say(command, answers.help_text(rules)))()

    def _channel(self, command: Command, verb: str, argument: str, now: float) -> Outcome:
        """A command with no thread, asked in a channel."""
        rules = self._directory.rules(command.channel_id)
        nowhere = Thread(command.channel_id + ":", command.channel_id, (), self._directory.helpers(command.channel_id))
        right = "suggest" if verb == commands.ASK else verb.replace("-", "_")
        if not authorize(self._verdicts.actor(nowhere, command.actor), right) and verb in (
            "stats",
            "speak-less",
            "search",
        ):
            act = Act(command.actor, right, command.channel_id, False)
            return self.say(command, answers.refusal("not_allowed", rules), acts=(act,))
        if verb in (commands.ASK, "suggest") and argument:
            return self.say(command, self._free(command, argument, rules, now))
        if verb == "search":
            return self.say(command, self._search(argument, command.channel_id, "", rules, now))
        if verb == "stats":
            return self.say(command, self._stats(command.channel_id, rules, now))
        if verb == "speak-less":
            return self.speak_less(command, command.channel_id, rules)
        if verb == "help":
            return self.say(command, answers.help_text(rules))
        if "http" in argument:
            return self.say(command, answers.refusal("unknown_thread", rules))
        rows = self._threads.listed(OPEN, command.channel_id, 25)
        return self.say(command, answers.picker(verb, rows, rules, now))

    def _suggest(self, command: Command, thread: Thread, argument: str, now: float) -> Outcome:
        turn = next((t for t in thread.turns if t.id == command.turn_id), None) or _asking(thread)
        alone = (
            command.actor
            if command.via != "mention" and self._directory.rules(thread.channel_id).mode != "public"
            else ""
        )
        return self._responder.ask(thread, turn, argument, now, command.at, alone)

    def _free(self, command: Command, question: str, rules: Rules, now: float) -> Message:
        """An answer to a question that stands in no thread, for the one who asks."""
        turn = Turn(
            f"{command.channel_id}:ask", f"{command.channel_id}:ask", command.channel_id, command.actor, question, now
        )
        decision = self._responder.answer(Thread(turn.id, command.channel_id, (turn,)), question, rules, now)
        return replace(compose.suggestion(decision, rules, now), buttons=())

    def _search(self, query: str, channel_id: str, thread_id: str, rules: Rules, now: float) -> Message:
        if not query:
            return answers.refusal("search_empty", rules)
        hits = self._responder.search(query, channel_id, thread_id, now, limit=5)
        return answers.search(hits, query, rules, now, [compose.source(hit, rules, now) for hit in hits])

    def _status(self, thread: Thread, rules: Rules, now: float) -> Message:
        made = [decision_of(record, self._entries) for record in self._decisions.listed(thread.id, limit=5)]
        state, move = lifecycle.state(thread, now, rules), lifecycle.whose_move(thread, now, rules)
        return answers.status(thread, state, move, made, rules, now, lifecycle.last_sign_of_life(thread))

    def _why(self, thread: Thread, rules: Rules, now: float) -> Message:
        records = self._decisions.listed(thread.id, limit=50)
        spoke = [r for r in records if r["action"] in (Action.PUBLIC, Action.PRIVATE, Action.DRAFT)]
        chosen = next(iter(spoke or records), None)
        return answers.why(decision_of(chosen, self._entries) if chosen else None, rules, now)

    def _stats(self, channel_id: str, rules: Rules, now: float) -> Message:
        return answers.stats(self._decisions.stats(channel_id, now - WEEK), rules)

    def _mark(self, command: Command, thread: Thread, verb: str, argument: str, rules: Rules, now: float) -> Outcome:
        length = commands.duration(argument) if verb in ("mute", "snooze") else None
        if verb == "snooze" and length is None:
            return self.say(command, answers.refusal("duration", rules))
        marks = (Mark(MARKS[verb], command.actor, now, now + length if length else None),) if verb in MARKS else ()
        said = self.say(command, answers.receipt(verb, rules))
        states = {"resolve": State.RESOLVED, "reopen": State.REOPENED}
        return replace(
            said, thread_id=thread.id, channel_id=thread.channel_id, version=thread.version, marks=marks,
            unmark=(UNMARKS[verb],) if verb in UNMARKS else (), state=states.get(verb), cancel=verb in ("resolve", "mute"),
        )  # fmt: skip

    def _teach(self, command: Command, thread: Thread, rules: Rules, now: float) -> Outcome:
        url, audience = self._directory.permalink(thread.id), self._directory.audience(thread.channel_id)
        case = learning.case_of(thread, url, audience, rules, now)
        if case is None:
            return self.say(command, answers.refusal("nothing_known", rules))
        entry = self._knowledge.propose(case, command.actor, now)
        if entry.status is Status.PROPOSED:
            return self.say(command, proposals.proposal(entry, rules, now), event_type="vigil_case")
        return self.say(command, proposals.approved(entry, rules))

    def taught(self, command: Command, fields: dict[str, str], now: float) -> Outcome:
        """A lesson as somebody wrote it into the form, about a thread they may read."""
        thread = self._threads.load(command.thread_id or "", command.channel_id, now)
        rules = self._directory.rules(command.channel_id)
        allowed = bool(thread.turns) and authorize(self._verdicts.actor(thread, command.actor), "teach")
        act = Act(command.actor, "teach", thread.id, allowed)
        if not allowed:
            return self.say(command, answers.refusal("not_allowed", rules), acts=(act,))
        used = tuple(turn for turn in thread.human_turns())
        case = Case(
            Kind.CASE, fields.get("title", ""), fields.get("problem", ""), fields.get("resolution", ""),
            self._directory.audience(thread.channel_id), f"thread:{thread.id}", self._directory.permalink(thread.id),
            authors=(command.actor,), happened_at=now, turns=tuple(turn.id for turn in used), container=thread.channel_id,
        )  # fmt: skip
        entry = self._knowledge.propose(case, command.actor, now)
        posts = case_posts(entry, thread, rules, self._directory, self._threads.helpers(thread.channel_id))
        said = self.say(command, answers.receipt("teach", rules), acts=(act,))
        return replace(said, posts=(*said.posts, *posts))

    def speak_less(self, command: Command, channel_id: str, rules: Rules) -> Outcome:
        """Raise the channel's threshold a little."""
        raised = min(1.0, rules.threshold + LESS)
        said = self.say(command, answers.receipt("speak-less", rules, threshold=f"{raised:.2f}"))
        return replace(said, channel_id=channel_id, raise_by=LESS)

    def say(
        self, command: Command, message: Message, acts: tuple[Act, ...] = (), event_type: str = "vigil_answer"
    ) -> Outcome:
        """Answer where the command came from: only to its actor, or in the thread where Vigil was mentioned."""
        key = hashlib.sha256(
            repr((command.verb, command.argument, command.actor, command.at, command.thread_id)).encode()
        )
        post = Post(f"command-{key.hexdigest()[:20]}/{event_type}", Target.DIRECT, command.channel_id, message,
                    person=command.actor, event_type=event_type)  # fmt: skip
        if command.reply_to:
            post = replace(post, target=Target.REPLY, address=command.reply_to)
        elif command.via == "mention":
            post = replace(post, target=Target.THREAD, thread_id=command.thread_id)
        return Outcome(posts=(post,), acts=acts)


def _asking(thread: Thread) -> Turn:
    """The asker's latest words, which a suggestion should answer."""
    own = [turn for turn in thread.human_turns() if turn.author == thread.asker]
    return own[-1] if own else thread.root
