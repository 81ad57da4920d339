"""The desk answers commands, the same whether they come by slash, by shortcut or in words to Vigil."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers, commands, compose, confirming, forgetting, marking, replies, telling
from bot.dialogue.authority import ruled
from bot.dialogue.base import Directory
from bot.dialogue.casework import Casework
from bot.dialogue.handing import HandOver
from bot.dialogue.home import Home
from bot.dialogue.picking import Picking
from bot.dialogue.question import asked
from bot.dialogue.recall import still_shown
from bot.dialogue.responder import Responder
from bot.dialogue.roles import channel_object, thread_object
from bot.dialogue.teaching import Teaching
from bot.dialogue.telling import Telling, Told
from bot.dialogue.tongue import rules_of, spoken
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.weighing import together
from bot.events import Command, Turn, channel_of
from bot.messages import Message
from bot.models import Action, Mode, Thread
from bot.outcomes import Act, NotYet, Outcome
from bot.storage.base import Decisions, Threads
from knowledge.base import EntryStore

LESS = 0.05
SPOKE = (Action.PUBLIC, Action.PRIVATE, Action.DRAFT)
WORTH_SHOWING = 0.005  # what would be shown as 0 % is no hit
WEEK = 7 * 86_400.0
WAITS = 240.0
"""Seconds for which a command waits for its thread to be thought about; then it is answered as if there were none."""
WITHOUT_THREAD = ("help", "stats", "search", "speak-less", "handover")


class Desk:
    """Turns commands into outcomes; every one of them passes `authorize` first and leaves a line in the audit log."""

    def __init__(
        self,
        threads: Threads,
        decisions: Decisions,
        entries: EntryStore,
        directory: Directory,
        responder: Responder,
        verdicts: Verdicts,
        teaching: Teaching,
        casework: Casework,
        telling: Telling,
        hand_over: HandOver,
    ) -> None:
        self._threads, self._decisions, self._entries = threads, decisions, entries
        self._directory, self._responder, self._verdicts, self._teaching = directory, responder, verdicts, teaching
        self._casework, self._telling, self._hand_over = casework, telling, hand_over
        self._home, self._picking = Home(threads, entries, directory), Picking(threads, directory)

    def command(self, command: Command, now: float) -> Outcome:
        """Answer a command; without a thread where one is needed, offer the channel's open ones."""
        if command.verb == "home":
            return self._home.show(command, self._verdicts.roles.at(command.channel_id, command.actor))
        verb, argument = commands.parse(f"{command.verb} {command.argument}")
        if command.thread_id is None:
            return self.channel(command, verb, argument, now)
        known = (self._threads.thread_of(command.turn_id) if command.turn_id else None) or command.thread_id
        thread = self._threads.load(known, channel_of(known), now)
        return self.thread(replace(command, thread_id=known), thread, verb, argument, now)

    def thread(self, command: Command, thread: Thread, verb: str, argument: str, now: float) -> Outcome:
        """A command about one thread. Whoever may not read it learns no more than of one that does not exist."""
        if verb in commands.NUMBERED:
            return self._casework.command(command, verb, argument, now)
        actor, right = self._verdicts.actor(thread, command.actor), _right(verb)
        act = ruled(actor, right, thread_object(thread))
        needs = not thread.turns and verb not in WITHOUT_THREAD
        if actor.reads and needs and now - command.at < WAITS and self._threads.coming(thread.id):
            raise NotYet("the thread that the command is about has been heard and not yet been thought about")
        if not actor.reads or needs:
            return replies.refuse(command, self._directory, "unknown_thread", replace(act, allowed=False))
        if not act.allowed:
            return replies.refuse(command, self._directory, "not_allowed", act)
        if thread.turns and thread.withdrawn and verb not in WITHOUT_THREAD:
            return replies.refuse(command, self._directory, "gone", act)
        outcome = self._answer(command, thread, verb, argument, rules_of(self._directory, thread), now)
        return replace(replies.telling(outcome, thread.channel_id), acts=(*outcome.acts, act))

    def _answer(self, command: Command, thread: Thread, verb: str, argument: str, rules: Rules, now: float) -> Outcome:
        if verb in (commands.ASK, "suggest"):
            return self._suggest(command, thread, argument, rules, now)
        if verb in marking.VERBS:
            return marking.mark(command, thread, verb, argument, rules, now)
        if verb == "forget":
            return forgetting.forget(command, thread, self._verdicts.actor(thread, command.actor), rules)
        if verb == "teach":
            return self._teaching.teach(command, thread, rules, now)
        if verb == "speak-less":
            return self.speak_less(command, thread.channel_id, rules)
        if verb in telling.KINDS:
            return self._tell(command, thread, verb, argument, rules, now)
        table: dict[str, Callable[[], Message]] = {
            "search": lambda: self._search(argument, thread.channel_id, thread.id, rules, now),
            "why": lambda: self._why(thread, rules, now),
            "stats": lambda: self._stats(thread.channel_id, rules, now),
        }
        return replies.say(command, table.get(verb, lambda: answers.help_text(rules))())

    def channel(self, command: Command, verb: str, argument: str, now: float) -> Outcome:
        """A command with no thread, asked in a channel."""
        here = command.channel_id
        rules = spoken(self._directory.rules(here), argument)
        if verb in commands.NUMBERED:
            return self._casework.command(command, verb, argument, now)
        asks = verb in (commands.ASK, "suggest") and bool(argument) and not commands.TARGET.fullmatch(argument)
        actor = self._verdicts.roles.at(here, command.actor)
        # What needs a thread only shows which there are: who may do it to one is asked when one is chosen.
        act = ruled(actor, _right(verb) if asks or verb in WITHOUT_THREAD else "read", channel_object(here))
        if not act.allowed:
            why = "not_allowed" if actor.reads else "unknown_channel"
            return replies.refuse(command, self._directory, why, act)
        if verb == "help":  # tells nothing of the channel, so it may be said where Vigil itself does not read
            return replies.say(command, answers.help_text(rules), (act,))
        return replies.telling(self._here(command, verb, argument, rules, act, asks, now), here)

    def _here(
        self, command: Command, verb: str, argument: str, rules: Rules, act: Act, asks: bool, now: float
    ) -> Outcome:  # fmt: skip
        """The answer to somebody who reads the channel and may ask for it."""
        here = command.channel_id
        if verb == "speak-less":
            return replace(self.speak_less(command, here, rules), acts=(act,))
        if asks:
            return replies.say(command, self._free(command, argument, rules, now), (act,))
        if verb == "search":
            return replies.say(command, self._search(argument, here, "", rules, now), (act,))
        if verb == "stats":
            return replies.say(command, self._stats(here, rules, now), (act,))
        if verb == "handover":
            return replace(self._tell(command, Thread(f"{here}:", here, ()), verb, argument, rules, now), acts=(act,))
        if commands.TARGET.search(argument):
            return replies.refuse(command, self._directory, "unknown_thread", replace(act, allowed=False))
        message, places = self._picking.offer(command, verb, argument, rules, now)
        return replies.telling(replies.say(command, message, (act,)), *places)

    def confirm(self, command: Command, verb: str, argument: str, thread_id: str, now: float) -> Outcome:
        """A command in words about a thread elsewhere: the thread is offered, to be chosen with one click."""
        thread = self._threads.load(thread_id, channel_of(thread_id), now)
        act = ruled(self._verdicts.actor(thread, command.actor), "read", thread_object(thread))
        if not act.allowed:
            return replies.refuse(command, self._directory, "unknown_thread", act)
        told = replies.say(command, self._picking.this(verb, argument, thread_id, self._directory, now), (act,))
        return replies.telling(told, channel_of(thread_id))

    def _suggest(self, command: Command, thread: Thread, argument: str, rules: Rules, now: float) -> Outcome:
        turn = next((t for t in thread.turns if t.id == command.turn_id), None) or _asking(thread)
        here = command.via == "mention" and command.reply_to == thread.id
        alone = "" if here or rules.mode == Mode.PUBLIC else command.actor
        outcome = self._responder.ask(thread, turn, argument, now, command.at, alone)
        if here or not outcome.posts:
            return outcome
        said = replies.say(command, answers.receipt("suggest_direct" if alone else "suggest", rules))
        return replace(outcome, posts=(*outcome.posts, *said.posts))

    def _free(self, command: Command, question: str, rules: Rules, now: float) -> Message:
        """An answer to a question that stands in no thread, for the one who asks."""
        here = command.channel_id
        turn = Turn(f"{here}:ask", f"{here}:ask", here, command.actor, question, now)
        decision = self._responder.answer(Thread(turn.id, here, (turn,)), question, rules, now)
        return replace(compose.suggestion(decision, rules, now), buttons=(), entries=decision.entry_ids)

    def _search(self, query: str, channel_id: str, thread_id: str, rules: Rules, now: float) -> Message:
        if not query:
            return answers.refusal("search_empty", rules)
        found = together(*self._responder.search(asked(query), channel_id, thread_id, now, limit=5))
        hits = [hit for hit in found if hit.helpful >= WORTH_SHOWING]
        return answers.search(hits, query, rules, now, [compose.source(hit, rules, now) for hit in hits])

    def _tell(self, command: Command, thread: Thread, verb: str, argument: str, rules: Rules, now: float) -> Outcome:
        tell: dict[str, Callable[[], Told]] = {
            "status": lambda: self._telling.status(thread, rules, now, command.at),
            "summary": lambda: self._telling.summary(thread, rules, now, command.at),
            "handover": lambda: self._hand_over.write(thread.channel_id, argument, rules, now, command.at),
        }
        told = tell[verb]()
        return replace(replies.say(command, told.message), decisions=told.decisions)

    def _why(self, thread: Thread, rules: Rules, now: float) -> Message:
        records = self._decisions.listed(thread.id, limit=50)
        spoke = [r for r in records if r["action"] in SPOKE and r["kind"] != confirming.KIND]
        records = [r for r in records if r["kind"] not in telling.KINDS]
        chosen = next(iter(spoke or records), None)
        return answers.why(still_shown(chosen, self._entries, self._directory) if chosen else None, rules, now)

    def _stats(self, channel_id: str, rules: Rules, now: float) -> Message:
        return answers.stats(self._decisions.stats(channel_id, now - WEEK), rules)

    @staticmethod
    def speak_less(command: Command, channel_id: str, rules: Rules) -> Outcome:
        """Raise the channel's threshold a little."""
        raised = min(1.0, rules.speaks_at + LESS)
        said = replies.say(command, answers.receipt("speak-less", rules, threshold=f"{raised:.2f}"))
        return replace(said, channel_id=channel_id, raise_by=LESS)


def _right(verb: str) -> str:
    return "suggest" if verb == commands.ASK else verb.replace("-", "_")


def _asking(thread: Thread) -> Turn:
    """The asker's latest words, which a suggestion should answer."""
    own = [turn for turn in thread.human_turns() if turn.author == thread.asker]
    return own[-1] if own else thread.root
