"""When to speak: at once, after the people had their time, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from bot.config import Rules
from bot.dialogue import lifecycle, signals
from bot.dialogue.wording import say
from bot.events import Turn
from bot.models import Role, Score, Thread, Timing

MINUTE = 60.0
EXCHANGE = 30 * MINUTE  # after so long without a word from the other side, an exchange is over


@dataclass(frozen=True, slots=True)
class Late:
    """Tells what is filed and not answered: what is longer ago than `within` seconds, and what may have been answered
    up to `restored` by a Vigil of which this store, restored from a backup, knows nothing."""

    within: float = 2 * 3600.0
    restored: float = 0.0

    def __call__(self, at: float, now: float) -> bool:
        """Whether what was said, or fell due, then is too late."""
        return now - at > self.within or at <= self.restored


def decide(thread: Thread, score: Score, rules: Rules, now: float, woken: bool) -> Timing:
    """When to speak about the turn that was scored; `woken` means that its stored hold fell due.

    The reason is a plain sentence in the channel's language.
    """
    need = next((turn for turn in reversed(thread.turns) if turn.id == score.turn_id), thread.last)
    if score.addressed and not need.deleted:
        return Timing(True, None, say(rules.language, "reason_addressed"))
    barred = _barred(thread, need, score, rules, now) or (
        _answered(thread, need) if woken else _in_good_hands(thread, need)
    )
    if barred:
        return Timing(False, None, say(rules.language, barred))
    return _hold(need, rules, now, woken)


def _hold(need: Turn, rules: Rules, now: float, woken: bool) -> Timing:
    due = need.sent_at + rules.hold_minutes * MINUTE
    if rules.hold_minutes <= 0 and (woken or now - need.sent_at < MINUTE):
        return Timing(True, None, say(rules.language, "reason_no_hold"))
    if woken:
        return Timing(True, None, say(rules.language, "reason_held", minutes=f"{rules.hold_minutes:g}"))
    # Of a turn that is heard late the hold falls due at once: by then what was said after it has been heard too.
    return Timing(False, max(due, now), say(rules.language, "reason_hold", minutes=f"{rules.hold_minutes:g}"))


def _barred(thread: Thread, need: Turn, score: Score, rules: Rules, now: float) -> str:
    """Why nothing may be said unasked, whoever spoke last; "" when nothing stands against it."""
    marks = (
        ("muted", "reason_muted"),
        ("not-a-request", "reason_not_request"),
        ("human-needed", "reason_human_needed"),
    )
    marked = next((reason for name, reason in marks if lifecycle.stands(thread, name, now)), "")
    if marked:
        return marked
    if need.deleted or thread.withdrawn:
        return "reason_deleted"
    if score.need < rules.speaks_at:
        return "reason_below_threshold"
    return "reason_resolved" if lifecycle.settled(thread) else ""


def _answered(thread: Thread, need: Turn) -> str:
    """After a hold: any person other than the one in need who spoke since then has answered."""
    since = [turn for turn in thread.human_turns() if turn.sent_at > need.sent_at and turn.author != need.author]
    answered = any(not _echo(turn) for turn in since) or lifecycle.answered_nearby(thread, need)
    return "reason_human_answered" if answered else ""


def _in_good_hands(thread: Thread, need: Turn) -> str:
    """On a fresh turn: a helper spoke last, or somebody is talking with the asker right now."""
    if _stuck(thread, need):
        return _answered(thread, need)
    turns = thread.human_turns()
    if turns and turns[-1].author != thread.asker and not _echo(turns[-1]):
        last = thread.role_of(turns[-1])
        return "reason_helper_spoke" if last is Role.HELPER else "reason_somebody_spoke"
    others = [t for t in lifecycle.answerers(thread) if t.sent_at <= need.sent_at]
    if others and need.sent_at - others[-1].sent_at < EXCHANGE:
        return "reason_exchange"
    return "reason_human_answered" if lifecycle.answered_nearby(thread, need) else ""


def _stuck(thread: Thread, need: Turn) -> bool:
    """The need is another's own, in the asker's thread: a helper is stuck, or a stranger has the trouble too."""
    if need.author == thread.asker:
        return False
    signs = signals.of(need)
    return thread.role_of(need) is Role.HELPER or signs.me_too or signs.rejects or (signs.trouble and signs.asks)


def _echo(turn: Turn) -> bool:
    return signals.of(turn).me_too and not signals.of(turn).substantive
