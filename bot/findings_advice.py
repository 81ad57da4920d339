"""What a replay advises: a threshold and a hold, each with its reason in figures, or why it cannot tell."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.config import DRAFT_THRESHOLD, POST_THRESHOLD
from bot.findings import Found
from bot.findings_aftermath import Aftermath
from bot.findings_hold import CHOICES, FEW, Waits, waits
from bot.findings_noise import TOLD_SHARE, Noise, Point, noise

AIMS = {"private": 0.65, "public": 0.80}
"""The precision that a mode asks for: a draft is read by helpers who know better, a post by everybody."""
DEFAULTS = {"private": DRAFT_THRESHOLD, "public": POST_THRESHOLD}
WHAT = {"private": "private drafts", "public": "public posts"}
ENOUGH = 30
"""Questions below which a history says too little."""
BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Advice:
    """A threshold for each mode and a hold in minutes, None where the history cannot tell, and a sentence for both.

    `mode` is the one in use, private in place of shadow; `config` holds the lines to paste, "" for none.
    """

    mode: str
    thresholds: Mapping[str, float | None]
    hold_minutes: int | None
    sentences: tuple[str, str]
    config: str

    @property
    def threshold(self) -> float | None:
        """The one for the mode in use."""
        return self.thresholds[self.mode]

    def figures(self) -> dict[str, Any]:
        """The advice as one JSON object."""
        return {
            "mode": self.mode,
            "threshold": self.threshold,
            "thresholds": dict(self.thresholds),
            "hold_minutes": self.hold_minutes,
            "threshold_reason": self.sentences[0],
            "hold_reason": self.sentences[1],
            "config": self.config,
        }


@dataclass(frozen=True, slots=True)
class Study:
    """A replay's findings with what they say about noise and waiting."""

    found: Found
    noise: Noise
    waits: Waits
    advice: Advice

    def figures(self) -> dict[str, Any]:
        """Everything as one JSON object."""
        more = {"noise": self.noise.figures(), "hold": self.waits.figures(), "recommendation": self.advice.figures()}
        return {**self.found.figures(), **more}


def study(found: Found) -> Study:
    """Look at what was recorded afterwards; nothing is played again."""
    aftermath = Aftermath(found.turns, found.flat)
    curve, waited = noise(found, aftermath), waits(found, aftermath)
    return Study(found, curve, waited, advise(found, curve, waited))


def advise(found: Found, curve: Noise, waited: Waits) -> Advice:
    """What the figures speak for; with fewer than ENOUGH questions for nothing."""
    mode = "public" if found.rules.mode == "public" else "private"
    if waited.questions < ENOUGH:
        little = f"too little history to tell, with {waited.questions} questions where {ENOUGH} are needed."
        kept = f"Threshold: {little} Keep the mode's own ({DEFAULTS[mode]:.2f} for {WHAT[mode]})."
        return Advice(
            mode, dict.fromkeys(AIMS), None, (kept, f"Hold: {little} Keep {found.rules.hold_minutes:g} minutes."), ""
        )
    points = {mode: reaching(curve, aim) for mode, aim in AIMS.items()}
    thresholds = {mode: point.threshold if point else None for mode, point in points.items()}
    unheard = found.flat and waited.told < TOLD_SHARE * waited.questions  # in a thread silence is silence
    minutes = None if unheard else waited.recommended()
    sentences = (_threshold(curve, points, mode), _hold(waited, minutes))
    return Advice(mode, thresholds, minutes, sentences, _config(found, thresholds, mode, minutes))


def reaching(curve: Noise, aim: float) -> Point | None:
    """The lowest threshold at which both what triage expects and what people showed, less chance, reach the aim."""
    return next((point for point in curve.points if point.sure >= aim), None)


def _threshold(curve: Noise, points: Mapping[str, Point | None], mode: str) -> str:
    if all(point.estimate is None for point in curve.points):
        return (
            f"Threshold: who answers whom cannot be told here: of {curve.points[0].needs} needs, others spoke "
            f"recognisably to {curve.points[0].told}. Keep the mode's own ({DEFAULTS[mode]:.2f} for {WHAT[mode]})."
        )
    other = "private" if mode == "public" else "public"
    return f"Threshold {_reason(curve, points, mode)}; {_reason(curve, points, other)}."


def _reason(curve: Noise, points: Mapping[str, Point | None], mode: str) -> str:
    point, aim = points[mode], f"{AIMS[mode]:.0%}"
    if point is None:
        best = max(curve.points, key=lambda point: point.sure)
        return f"for {WHAT[mode]}: none reaches {aim} for sure (best {best.sure:.0%} at {best.threshold:.2f})"
    return (
        f"{point.threshold:.2f} for {WHAT[mode]}: it calls {curve.per_100(point.needs):.2g} in 100 messages a need, triage "
        f"expects {point.expected or 0:.0%} of them to be one, and people took up {point.cautious:.0%} or more ({aim} aimed at)"
    )


def _hold(waited: Waits, minutes: int | None) -> str:
    if minutes is None:
        return (
            f"Hold: who answers whom cannot be told here: of {waited.questions} questions, others spoke recognisably to "
            f"{waited.told}. Keep what you have."
        )
    first, left = waited.within(minutes), waited.questions - waited.within(minutes)
    at = f"get help {minutes} minutes later" if minutes else "get help at once"
    said = f"colleagues answer {first} of {waited.questions} questions first, {_gain(waited, minutes)}"
    return f"Hold {minutes} minutes: {said}; the other {left} {at}."


def _gain(waited: Waits, minutes: int) -> str:
    """Why not longer, or for the longest choice why not shorter."""
    *_, shorter, longest = CHOICES
    if minutes < longest:
        return f"and only {waited.within(longest) - waited.within(minutes)} more by minute {longest} (fewer than {FEW:.0%})"
    return (
        f"{waited.within(longest) - waited.within(shorter)} of them after minute {shorter} ({FEW:.0%} of all or more)"
    )


def _config(found: Found, thresholds: Mapping[str, float | None], mode: str, minutes: int | None) -> str:
    """For the one channel of the recording, else for all."""
    chosen, public = thresholds[mode], thresholds["public"]
    lines = []
    if chosen is not None:
        note = f'  # {public:g} once mode is "public"' if public not in (None, chosen) else ""
        lines.append(f"threshold = {chosen:g}{note}")
    if minutes is not None:
        lines.append(f"hold_minutes = {minutes}")
    return "\n".join([_section(found), *lines]) if lines else ""


def _section(found: Found) -> str:
    names = {turn.channel_id.rsplit(":", 1)[-1] for turn in found.turns}
    if len(names) > 1:
        return "[defaults]"
    name = names.pop()
    return f"[channels.{name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)}]"
