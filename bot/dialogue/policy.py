"""Score, timing, evidence and a channel's rules in, a Decision with its reasons out; silence is one too."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.config import Rules
from bot.dialogue import calendar
from bot.dialogue.wording import percent, say
from bot.dialogue.wording_cues import cue
from bot.models import Action, Decision, Mode, Score, Suggestion, Thread, Timing
from bot.outcomes import Spoken

HOUR, DAY = 3600.0, 86400.0
NAMED = 4  # reasons of the score that are told
ACTIONS = {Mode.SHADOW: Action.DRAFT, Mode.PRIVATE: Action.PRIVATE, Mode.PUBLIC: Action.PUBLIC}


@dataclass(frozen=True, slots=True)
class Verdict:
    """An action with the key of its reason and what the reason's sentence needs."""

    action: Action
    key: str
    values: tuple[tuple[str, str], ...] = ()


def decide(
    thread: Thread, score: Score, when: Timing, suggestion: Suggestion | None, rules: Rules, spoken: Sequence[Spoken],
    now: float, *, versions: tuple[tuple[str, str], ...], attempt: str = "first", kind: str = "suggestion",
) -> Decision:  # fmt: skip
    """What to do about the scored turn. `spoken` are the last repeat_days' suggestions; `attempt` names the pass.

    In shadow mode what would have been said is recorded as a DRAFT. Whoever addressed Vigil is answered in public,
    past threshold, cool-down, budgets, quiet hours and mode. Quiet hours mean silence, not a hold: in the morning a
    pile of late answers would help nobody, while a thread still open then is followed up.
    """
    verdict = _verdict(thread, score, when, suggestion, rules, spoken, now)
    reason = when.reason if verdict.key == "" else say(rules.language, verdict.key, **dict(verdict.values))
    speaks = verdict.action in (Action.DRAFT, Action.PRIVATE, Action.PUBLIC)
    lasting = (when.reason,) if speaks and when.reason and reason != when.reason else ()
    weighed = tuple(f"{cue(rules.language, name)} ({weight:+.2f})" for name, weight in score.reasons[:NAMED])
    return Decision(
        id=identity(score.turn_id, attempt, kind), turn_id=score.turn_id, thread_id=thread.id,
        channel_id=thread.channel_id, action=verdict.action, score=score.need, threshold=rules.speaks_at,
        reasons=(reason, *lasting, *weighed), at=now, kind=kind,
        due=when.due if verdict.action is Action.HOLD else None, suggestion=suggestion,
        entry_ids=_entries(suggestion), versions=versions, person=person_of(thread, score),
    )  # fmt: skip


def identity(turn_id: str, attempt: str, kind: str) -> str:
    """A short id, the same for the same turn, pass and kind, so that thinking twice decides once."""
    return hashlib.sha256(f"{turn_id}\n{attempt}\n{kind}".encode()).hexdigest()[:20]


def looks_back(rules: Rules, now: float) -> tuple[float, float]:
    """Since when suggestions count for the same thread or person, and for the channel (epoch seconds)."""
    return now - rules.repeat_days * DAY, now - max(HOUR, rules.cooldown_minutes * 60)


def shown(spoken: Sequence[Spoken], thread: Thread, person: str, rules: Rules, now: float) -> frozenset[int]:
    """Ids of the entries that this thread or person was shown within repeat_days: take them out before drafting."""
    recent = [s for s in spoken if now - s.at < rules.repeat_days * DAY]
    return frozenset(i for s in recent if s.thread_id == thread.id or s.person == person for i in s.entry_ids)


def free(thread: Thread, score: Score, spoken: Sequence[Spoken], rules: Rules, now: float) -> bool:
    """Whether something could be said now, if it were found: asked, or not kept back whatever it is."""
    return score.addressed or _kept_back(thread, spoken, rules, now) is None


def risky(text: str, rules: Rules) -> bool:
    """Whether the text touches a topic that people must see at once (data loss, security, billing)."""
    pattern = _risky(rules.risky_words)
    return pattern is not None and pattern.search(" ".join(text.split())) is not None


@lru_cache(maxsize=64)
def _risky(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Literal words only, so the search stays linear; boundaries only where a word's end is a letter of ours."""
    forms = [" ".join(word.split()) for word in words if word.strip()]
    if not forms:
        return None
    return re.compile("|".join(f"{_edge(f[0], '(?<!')}{re.escape(f)}{_edge(f[-1], '(?!')}" for f in forms), re.I)


def _edge(letter: str, look: str) -> str:
    return rf"{look}\w)" if letter.isascii() and letter.isalnum() else ""


def _verdict(
    thread: Thread, score: Score, when: Timing, suggestion: Suggestion | None, rules: Rules, spoken: Sequence[Spoken],
    now: float,
) -> Verdict:  # fmt: skip
    if score.addressed and suggestion is not None:
        return Verdict(Action.PUBLIC, "reason_addressed")
    if when.due is not None and not when.speaks:
        return Verdict(Action.HOLD, "")
    if not when.speaks:
        return Verdict(Action.SILENT, "")
    if score.need < rules.speaks_at:
        return Verdict(Action.SILENT, "reason_below_threshold")
    if suggestion is None or not suggestion.enough:
        return Verdict(Action.SILENT, "reason_no_evidence", (("needed", percent(rules.evidence)),))
    return _restraint(thread, score, suggestion, rules, spoken, now) or _by_mode(rules, suggestion)


def _by_mode(rules: Rules, suggestion: Suggestion) -> Verdict:
    mode = Mode(rules.mode)
    doubted = any(hit.doubted for hit in suggestion.citations)
    if doubted and mode is Mode.PUBLIC:  # said nowhere, it could not be rated back
        return Verdict(Action.PRIVATE, "reason_doubted", (("confidence", percent(suggestion.confidence)),))
    return Verdict(ACTIONS[mode], f"reason_{mode}", (("confidence", percent(suggestion.confidence)),))


def _restraint(
    thread: Thread, score: Score, suggestion: Suggestion, rules: Rules, spoken: Sequence[Spoken], now: float
) -> Verdict | None:
    """Why an answer that could be given is kept back, if it is."""
    if kept := _kept_back(thread, spoken, rules, now):
        return kept
    if shown(spoken, thread, person_of(thread, score), rules, now).intersection(_entries(suggestion)):
        return Verdict(Action.SILENT, "reason_repeated", (("days", f"{rules.repeat_days:g}"),))
    return None


def _kept_back(thread: Thread, spoken: Sequence[Spoken], rules: Rules, now: float) -> Verdict | None:
    """Why nothing at all is said unasked now: quiet hours, a cool-down or a budget."""
    if calendar.in_quiet(now, rules):
        return Verdict(Action.SILENT, "reason_quiet_hours", (("hours", rules.quiet_hours),))
    unasked = [s for s in spoken if not s.asked and now - s.at < max(HOUR, rules.cooldown_minutes * 60)]
    here = [s.at for s in unasked if s.thread_id == thread.id]
    if here and now - max(here) < rules.cooldown_minutes * 60:
        return Verdict(Action.SILENT, "reason_cooldown", (("minutes", f"{rules.cooldown_minutes:g}"),))
    if sum(now - at < HOUR for at in here) >= rules.per_thread_per_hour:
        return Verdict(Action.SILENT, "reason_thread_budget", (("count", str(rules.per_thread_per_hour)),))
    around = [s for s in unasked if s.channel_id == thread.channel_id and now - s.at < HOUR]
    if len(around) >= rules.per_channel_per_hour:
        return Verdict(Action.SILENT, "reason_channel_budget", (("count", str(rules.per_channel_per_hour)),))
    return None


def _entries(suggestion: Suggestion | None) -> tuple[int, ...]:
    return tuple(hit.entry.id for hit in suggestion.citations) if suggestion else ()


def person_of(thread: Thread, score: Score) -> str:
    """Who a decision is about: the scored turn's author, else the asker."""
    return next((turn.author for turn in reversed(thread.turns) if turn.id == score.turn_id), thread.asker)
