"""When an asker's words sound like success, Vigil asks once whether that is so; only a Yes makes the thread resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import calendar, evidence, lifecycle, policy, replies, signals, summary
from bot.dialogue.authority import ruled
from bot.dialogue.base import Directory
from bot.dialogue.replies import name_of
from bot.dialogue.roles import thread_object
from bot.dialogue.tongue import rules_of
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.wording import say
from bot.events import Click, Turn
from bot.messages import Button, Message, Post, Source, Target
from bot.models import Action, Decision, Mark, Mode, State, Thread
from bot.outcomes import Act, Outcome
from bot.storage.base import Decisions, Outbox, Threads

KIND = "confirmation"
ASKED = "solved-asked"  # a mark: the asker was asked whether it is solved, or in shadow mode would have been
SOON = 2 * 3600.0  # seconds after which a word of thanks is no longer asked about
WEIGHT = 4  # telling words of an asker who says what the cure was
CLICKS = {"vigil_accept_yes": "resolve", "vigil_accept_no": "resolve", "vigil_reopen": "reopen"}
ACTIONS = {Mode.SHADOW: Action.DRAFT, Mode.PRIVATE: Action.PRIVATE, Mode.PUBLIC: Action.PUBLIC}


class Confirming:
    """Asks "Did this solve it?" after a turn, and does what the answer says."""

    def __init__(
        self, threads: Threads, decisions: Decisions, outbox: Outbox, directory: Directory, verdicts: Verdicts
    ) -> None:  # fmt: skip
        self._threads, self._decisions, self._outbox = threads, decisions, outbox
        self._directory, self._verdicts = directory, verdicts

    def heard(self, turn: Turn, outcome: Outcome, now: float) -> Outcome:
        """`outcome` of a turn that was just heard, with the question added where the turn accepts an answer."""
        if turn not in outcome.turns or not turn.human or turn.is_root or not signals.of(turn).closes:
            return outcome
        thread = self._threads.load(turn.thread_id, turn.channel_id, now, nearby=False).with_turn(turn)
        rules = self._directory.rules(turn.channel_id)
        if now - turn.sent_at > SOON or not accepts(thread, turn) or self._hushed(thread, rules, now):
            return outcome
        decision = _decision(thread, turn, rules, now)
        return replace(
            outcome, decisions=(*outcome.decisions, decision), marks=(*outcome.marks, Mark(ASKED, "vigil", now)),
            posts=(*outcome.posts, *self._question(decision, thread, rules)),
        )  # fmt: skip

    def _hushed(self, thread: Thread, rules: Rules, now: float) -> bool:
        """Asked before, not wanted here or now, or the thread is talk in which nobody ever needed help."""
        marks = (ASKED, "muted", "not-a-request")
        if thread.withdrawn or calendar.in_quiet(now, rules) or any(lifecycle.stands(thread, m, now) for m in marks):
            return True
        return not any(d["score"] >= d["threshold"] or d["asked"] for d in self._decisions.listed(thread.id))

    def _question(self, decision: Decision, thread: Thread, rules: Rules) -> tuple[Post, ...]:
        if rules.mode == Mode.SHADOW or not rules.ask_solved:
            return ()
        language, key = rules.language, f"{decision.id}/accept"
        buttons = (
            Button("vigil_accept_yes", say(language, "accept_yes"), decision.id, "primary"),
            Button("vigil_accept_no", say(language, "accept_no"), decision.id),
        )
        quiet = say(language, "accept_quiet")
        if rules.mode == Mode.PUBLIC or self._directory.channel(thread.channel_id).direct:
            message = Message(say(language, "accept_ask"), quiet=quiet, buttons=buttons)
            return (Post(key, Target.THREAD, thread.channel_id, message, thread.id, event_type="vigil_accept",
                         decision_id=decision.id),)  # fmt: skip
        own = Source(say(language, "draft_thread"), self._directory.permalink(thread.id), "")
        text = say(language, "accept_ask_about", topic=summary.topic(thread))
        message = Message(text, sources=(own,), source_label="", quiet=quiet, buttons=buttons)
        return (Post(key, Target.DIRECT, thread.channel_id, message, person=thread.asker, event_type="vigil_accept",
                     decision_id=decision.id),)  # fmt: skip

    def clicked(self, click: Click, now: float) -> Outcome:
        """Yes, Not yet or Reopen: by the asker, a helper or an administrator; each counts once, and the card says so."""
        record = self._decisions.get(click.value)
        if record is None:
            return self._no(
                click, "gone", click.channel_id, Act(click.actor, CLICKS[click.action], "decision ?", False)
            )
        thread = self._threads.load(record["thread_id"], record["channel_id"], now)
        right = CLICKS[click.action]
        act = ruled(self._verdicts.actor(thread, click.actor), right, thread_object(thread))
        if not act.allowed:
            return self._no(click, "not_yours", thread.channel_id, act)
        deeds: dict[str, Callable[[Click, Thread, float], Outcome | None]] = {
            "vigil_accept_yes": self._solved, "vigil_accept_no": self._unsolved, "vigil_reopen": self._reopened,
        }  # fmt: skip
        found = deeds[click.action](click, thread, now)
        return self._no(click, "settled", thread.channel_id, act) if found is None else replace(found, acts=(act,))

    def _solved(self, click: Click, thread: Thread, now: float) -> Outcome | None:
        if self._over(click, thread):
            return None
        rules = rules_of(self._directory, thread)
        again = (Button("vigil_reopen", say(rules.language, "accept_reopen"), click.value),)
        marks = (Mark("resolved", click.actor, now), self._settled(click, now))
        return Outcome(thread.id, thread.channel_id, thread.version, marks=marks, state=State.RESOLVED, cancel=True,
                       posts=self._card(click, thread, "accept_done", rules, again))  # fmt: skip

    def _unsolved(self, click: Click, thread: Thread, now: float) -> Outcome | None:
        if self._over(click, thread):
            return None
        rules = rules_of(self._directory, thread)
        marks = (Mark(lifecycle.NOT_SOLVED, click.actor, now), self._settled(click, now))
        after = lifecycle.state(replace(thread, marks=(*thread.marks, *marks)), now, rules)
        return Outcome(thread.id, thread.channel_id, thread.version, marks=marks, state=after,
                       posts=self._card(click, thread, "accept_denied", rules))  # fmt: skip

    def _reopened(self, click: Click, thread: Thread, now: float) -> Outcome | None:
        if thread.marked("resolved") is None:
            return None
        rules = rules_of(self._directory, thread)
        return Outcome(thread.id, thread.channel_id, thread.version, marks=(Mark("reopened", click.actor, now),),
                       unmark=("resolved",), state=State.REOPENED,
                       posts=self._card(click, thread, "accept_reopened", rules))  # fmt: skip

    def _over(self, click: Click, thread: Thread) -> bool:
        """Whether the question is answered: here, or by a mark that somebody set meanwhile."""
        return thread.marked(_settled(click.value)) is not None or lifecycle.standing(thread) is State.RESOLVED

    def _settled(self, click: Click, now: float) -> Mark:
        return Mark(_settled(click.value), click.actor, now)

    def _card(
        self, click: Click, thread: Thread, key: str, rules: Rules, buttons: tuple[Button, ...] = ()
    ) -> tuple[Post, ...]:
        name = name_of(click.actor, thread.channel_id, self._directory)
        message = Message(say(rules.language, key, name=name), buttons=buttons)
        cards = [turn for turn, sent in self._outbox.messages_of(click.value) if sent.endswith("/accept")]
        return replies.show(click, cards, message, f"{click.value}/{key}", thread.channel_id, thread.channel_id)

    def _no(self, click: Click, why: str, channel_id: str, *acts: Act) -> Outcome:
        return replies.turned_down(click, why, self._directory, channel_id, *acts)


def accepts(thread: Thread, turn: Turn) -> bool:
    """Whether the turn is its asker's clear acceptance of something: of an answer with substance, or of their own cure."""
    if turn.author != thread.asker or thread.root.is_bot or lifecycle.standing(thread) is not State.ACCEPTED:
        return False
    signs = signals.of(turn)
    if signs.confirms and signs.weight >= WEIGHT:
        return True
    before = [t for t in thread.turns if t.sent_at < turn.sent_at]
    return any(t.own or (t.human and t.author != thread.asker and evidence.tells(t)) for t in before)


def _decision(thread: Thread, turn: Turn, rules: Rules, now: float) -> Decision:
    return Decision(
        policy.identity(turn.id, "accepted", KIND), turn.id, thread.id, thread.channel_id, ACTIONS[Mode(rules.mode)],
        0.0, rules.speaks_at, (say(rules.language, "reason_accepted"),), now, KIND, person=thread.asker,
    )  # fmt: skip


def _settled(decision_id: str) -> str:
    return f"settled-{decision_id}"
