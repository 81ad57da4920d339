"""Names the likely cause of what moved: a changed model, a new topic, a source that people reject, or none that can be told."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Rules
from bot.dialogue.question import asked
from bot.dialogue.trends import Trend
from bot.dialogue.wording import age, percent, say
from bot.messages import Message
from bot.outcomes import Disliked, Opening
from knowledge.models import Entry, Kind
from knowledge.tokens import CJK, GENERIC, STOP, tokens

MODEL, TOPIC, DOCUMENT, UNKNOWN = "model", "topic", "document", "unknown"
BY_TOPIC = frozenset({"far", "spoke", "tier_case", "tier_section", "tier_precedent"})
BY_DOCUMENT = frozenset({"helpful_shown", "helpful_rated", "calibration", "age"})
SHARES = ("spoke", "helpful", "tier", "far")
REJECTED, SHOWN = 2, 3  # people who said that an entry did not help, and times it was shown, that make it a cause
THREADS, ASKERS = 3, 2  # that must say a word before it is told: one person's words are nobody else's business
COMMONER, COMMON = 3.0, 0.2  # times as common in far questions as in the others, and the share of them that hold it
MOST_WORDS = 5
AROUND = ".,;:!?()[]{}<>*_\"'`"
PAIR = re.compile(f"[{CJK}]{{2}}")


@dataclass(frozen=True, slots=True)
class Cause:
    """What moved together, and what is likely behind it; `text` says so in the channel's language, in words of `turns`."""

    name: str
    trends: tuple[Trend, ...]
    text: str
    turns: tuple[str, ...] = ()
    url: str = ""


def model(moved: Sequence[Trend], changed: Sequence[tuple[str, str, str]], rules: Rules) -> Cause:
    """Everything that moved after a model changed; `changed` as of trends.models."""
    said = [say(rules.language, f"watch_model_{name}", old=old, new=new) for name, old, new in changed]
    return Cause(MODEL, tuple(moved), say(rules.language, "watch_model", models="; ".join(said)))


def topic(moved: Sequence[Trend], far: Sequence[Opening], others: Sequence[Opening], rules: Rules) -> Cause:
    """More questions than before lie far from all that was known."""
    words = telling(far, others)
    told = ", ".join(f"“{word}”" for word in words)
    text = say(rules.language, "watch_topic" if words else "watch_topic_many", count=len(far), words=told)
    stems = {stem for word in words for stem in tokens(word)}
    saying = (opening.thread_id for opening in far if stems & {stem for stem, _ in _words(opening.text)})
    return Cause(TOPIC, tuple(moved), text, tuple(saying))


def document(moved: Sequence[Trend], entry: Entry, found: Disliked, named: bool, rules: Rules, now: float) -> Cause:
    """An entry that is shown and rejected; only a document that all readers may see is called by its title."""
    case = entry.case
    name = say(rules.language, "watch_entry", id=entry.id)
    if named and case.kind is Kind.SECTION:
        title = case.title.translate({ord("["): "(", ord("]"): ")"})
        name = f"[{title}]({case.url})" if case.url.startswith(("https://", "http://")) else f"“{title}”"
    passed = age(rules.language, now - (case.happened_at or entry.updated_at))
    text = say(rules.language, "watch_document", name=name, shown=found.shown, people=found.people, age=passed)
    return Cause(DOCUMENT, tuple(moved), text, url=case.url)


def unknown(moved: Sequence[Trend], rules: Rules) -> Cause:
    """Something moved, and nothing that is known explains it."""
    return Cause(UNKNOWN, tuple(moved), say(rules.language, "watch_unknown"))


def message(cause: Cause, rules: Rules) -> Message:
    """The post about a cause: what moved, then why."""
    lines = [f"- {line(trend, rules)}" for trend in cause.trends]
    language = rules.language
    return Message(
        "\n".join([*lines, "", cause.text]),
        say(language, "watch_title"),
        quiet=say(language, "watch_quiet"),
        vouched=(cause.url,) if cause.url else (),
    )


def line(trend: Trend, rules: Rules) -> str:
    """`name: now, before` in words."""
    name, now, before = say(rules.language, f"watch_{trend.name}"), shown(trend, trend.now), shown(trend, trend.before)
    return say(rules.language, "watch_line", name=name, now=now, before=before, count=trend.count)


def shown(trend: Trend, value: float | None) -> str:
    """A value of the measure, as people read it."""
    if value is None:
        return "–"
    if trend.name.startswith(SHARES):
        return percent(value)
    if trend.name == "calibration":
        return f"{100 * value:+.0f} %"
    return f"{value:.2f}" if trend.name == "nearest" else f"{value:.0f}"


def telling(far: Sequence[Opening], others: Sequence[Opening]) -> list[str]:
    """Words of several people's far questions that are rare in the others, the most telling first; no codes, no names."""
    inside, outside = _said(far), _said(others)
    said_by: dict[str, set[str]] = defaultdict(set)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for opening in far:
        for stem, form in _words(opening.text):
            said_by[stem].add(opening.asker)
            forms[stem][form] += 1
    found = []
    for stem, count in inside.items():
        rate = count / len(far) / ((outside[stem] + 0.5) / (len(others) + 1))
        if count >= max(THREADS, COMMON * len(far)) and len(said_by[stem]) >= ASKERS and rate >= COMMONER:
            found.append((-count * math.log(rate), forms[stem].most_common(1)[0][0]))
    return [word for _, word in sorted(found)[:MOST_WORDS]]


def _said(openings: Sequence[Opening]) -> Counter[str]:
    """In how many questions each stem stands."""
    return Counter(stem for opening in openings for stem in {stem for stem, _ in _words(opening.text)})


def _words(text: str) -> list[tuple[str, str]]:
    """(stem, word) of plain words, as often as they stand there; of Chinese each pair."""
    said = asked(text).text
    pairs = [(pair, pair) for pair in tokens(said) if PAIR.fullmatch(pair)]
    pieces = (piece.strip(AROUND) for piece in said.lower().split())
    plain = [word for word in pieces if word.isascii() and word.isalpha() and len(word) > 2]
    stems = [(stem, word) for word in plain if word not in STOP for stem in tokens(word)[:1]]
    return [(stem, word) for stem, word in (*stems, *pairs) if stem not in GENERIC]
