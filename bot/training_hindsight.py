"""What a history shows about each of its turns afterwards: signs that it stated a need, or that it did not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from bot.config import Rules
from bot.dialogue import signals
from bot.events import Turn
from bot.storage.base import HELPS_AFTER

SOON = 86_400.0  # seconds within which people answer, if they do
TAKEN_UP = ("eyes", "raised_hand", "raising_hand", "hand")
# How much oftener turns that stated a need came to this than other turns, rounded from 520 turns of one openly licensed
# community that were judged in context (the last is a guess). What is not here says nothing: above all an opening that
# nobody answered, and what usual helpers add in their own threads, where colleagues answer each other without any need.
ODDS = {
    "a newcomer's opening, answered": 20.0,
    "a usual helper's opening, answered": 5.0,
    "a newcomer's further word, answered": 4.0,
    "a newcomer's further word, the last of the talk": 0.2,
    "a usual helper's word in another's thread": 0.1,
    "waved off by a reaction": 0.1,
}


def odds(
    turns: Sequence[Turn], marks: Mapping[str, frozenset[str]], rules: Callable[[str], Rules]
) -> Mapping[str, float]:
    """For each turn of a person, by its id: how much oftener a need comes to the end that it came to than other turns.

    Above 1 this speaks for a need, below 1 against one. It is not known when the turn is said, and must not be shown to
    whoever scores it. `turns` are a recording's, in threads; `marks` its reactions; `rules` those of a channel by its id.
    """
    threads: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.human and turn.text.strip():
            threads[turn.thread_id].append(turn)
    learned = _usual_helpers(list(threads.values()))
    found: dict[str, float] = {}
    for talk in threads.values():
        rule = rules(talk[0].channel_id)
        signs = _signs(talk, marks, rule, learned | set(rule.helpers))
        found |= {turn.id: ODDS.get(sign, 1.0) for turn, sign in zip(talk, signs, strict=True)}
    return found


def _usual_helpers(threads: Sequence[Sequence[Turn]]) -> frozenset[str]:
    """Those who in all of the history spoke in enough threads of others; people answer what they say less than others'."""
    helped = Counter(name for turns in threads for name in {turn.author for turn in turns} - {turns[0].author})
    return frozenset(name for name, count in helped.items() if count >= HELPS_AFTER)


def _signs(
    talk: Sequence[Turn], marks: Mapping[str, frozenset[str]], rules: Rules, helpers: frozenset[str]
) -> Iterator[str]:
    """What came of each turn of a thread, "" where that says nothing."""
    root, refused = talk[0], set(rules.not_request_reactions)
    own = [marks.get(turn.id, frozenset()) for turn in talk]
    resolved = any(names & {*rules.resolved_reactions, "resolved"} for names in own)
    for place, turn in enumerate(talk):
        later = _others(turn, talk[place + 1 :], None if turn is root else 1)
        taken_up = bool(own[place] & set(TAKEN_UP))
        helper = turn.author in helpers
        if own[place] & refused:
            yield "waved off by a reaction"
        elif turn.author != root.author:
            yield "a usual helper's word in another's thread" if helper else ""
        elif turn is root:
            answered = taken_up or resolved or _answered(turn, later)
            yield f"a {'usual helper' if helper else 'newcomer'}'s opening, answered" if answered else ""
        elif helper:
            yield ""
        elif taken_up or _answered(turn, later):
            yield "a newcomer's further word, answered"
        else:
            yield "" if later else "a newcomer's further word, the last of the talk"


def _others(turn: Turn, rest: Sequence[Turn], most: int | None) -> list[Turn]:
    return list(islice((other for other in rest if other.author != turn.author), most))


def _answered(turn: Turn, later: Sequence[Turn]) -> bool:
    """Whether one of these turns of others came soon, and is more than a greeting or thanks."""
    return any(signals.of(other).substantive and other.sent_at - turn.sent_at < SOON for other in later)
