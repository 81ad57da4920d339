"""The load of a fault trial: stories of what people do, made from a seed alone, so that two runs get the very same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

NOW, HOLD, STALE, TALK = "C0NOW", "C0HOLD", "C0STALE", "C0TALK"
CHANNELS = {NOW: "now", HOLD: "hold", STALE: "stale", TALK: "talk"}
HELPERS = ("U0ANA", "U0HUGO")
ASKERS = tuple(f"U0ASK{number:02d}" for number in range(40))
QUESTION = "How do I raise the upload limit of {topic}? The upload of a large file to {topic} fails with error 413, case {case}."
SECTION = """## Upload limit of {topic}

If the upload of a large file to {topic} fails with error 413, raise the upload limit: set `{topic}_max_mb` to 4096 in
the settings of {topic} and restart {topic}.

"""
UNKNOWN = "How do I get the quarterly badge printer to accept the new ribbon? It refuses every one, case {}."
CHATTER = ("The room by the stairs is free this afternoon, note {}.", "Lunch is at noon on the terrace, note {}.",
           "Our guests from the other office arrive on Thursday, note {}.")  # fmt: skip
REMARKS = ("Nice, see you there, line {}.", "I shall bring the cake, line {}.", "The blue one, line {}.")
ADVICE = "You set {topic}_max_mb to 4096 in the settings of {topic} and restart {topic}, that is all, line {line}."
SYLLABLES = [
    "ba",
    "ke",
    "li",
    "mo",
    "nu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
    "da",
    "fe",
    "gi",
    "ho",
    "ju",
    "pa",
    "re",
    "wi",
    "xo",
    "yu",
]
EMOJI = ("eyes", "tada", "heart", "rocket")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does: say, reply, edit, delete, react, unreact, click or command.

    `name` is the message that it makes or is about ("q" the root, "a" Vigil's own), `text` the words, the emoji, the
    button's action or the command. `after` says what it waits for: "answer" Vigil's word in the thread, "heard" the
    acknowledgement of all that was done in the story, "" nothing.
    """

    kind: str
    who: str
    name: str
    text: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What happens in one thread. Where it is `raced`, the outcome rightly depends on who is quicker."""

    number: int
    kind: str
    channel: str
    acts: tuple[Act, ...]
    raced: bool = False


def stories(seed: int, events: int) -> list[Story]:
    """Stories that hold `events` acts or a few more; a longer trial of the same seed begins with the same ones."""
    found: list[Story] = []
    count = 0
    while count < events:
        dice = random.Random(f"{seed}/{len(found)}")
        write = dice.choices(list(KINDS), [weight for _, weight in KINDS.values()])[0]
        made = KINDS[write][0](dice, len(found))
        found.append(replace(made, kind=write))
        count += len(made.acts)
    return found


def topic(number: int) -> str:
    """The made-up name of what a story is about: each has its own, so that no answer depends on what was learned before."""
    return "".join(SYLLABLES[number // 20**place % 20] for place in range(3)) + "n"


def guide(load: Sequence[Story]) -> str:
    """A document with a section on everything that is asked about."""
    names = dict.fromkeys(topic(story.number) for story in load)
    return "# Uploads\n\n" + "".join(SECTION.format(topic=name) for name in names)


def _question(number: int, case: object = "") -> str:
    return QUESTION.format(topic=topic(number), case=case or number)


def _advice(number: int, line: str) -> str:
    return ADVICE.format(topic=topic(number), line=f"{number}{line}")


def _asker(dice: random.Random, number: int) -> str:
    """People ask in turn, so that nobody asks twice within a short time."""
    return ASKERS[number % len(ASKERS)]


def _asked(dice: random.Random, number: int, channel: str = NOW) -> Story:
    """A question, Vigil's answer, and what people then do with it, up to a resolved thread that teaches something."""
    asker, helper = _asker(dice, number), dice.choice(HELPERS)
    acts = [Act("say", asker, "q", _question(number))]
    more = [
        Act("react", asker, "a", "+1", "answer"),
        Act("click", asker, "a", "vigil_helpful", "answer"),
        Act("reply", helper, "r1", _advice(number, "r1"), "answer"),
        Act("edit", asker, "q", _question(number, f"{number} (a big one)"), "answer"),
    ]
    acts += [act for act in more if dice.random() < 0.5]
    ends = [
        Act("react", asker, "q", "white_check_mark", "answer"),
        Act("click", asker, "a", "vigil_solved", "answer"),
        Act("command", asker, "q", "resolve", "answer"),
        Act("click", asker, "a", "vigil_need_human", "answer"),
        Act("react", asker, "a", "wastebasket", "answer"),
    ]
    return Story(number, "", channel, (*acts, dice.choice(ends)))


def _held(dice: random.Random, number: int) -> Story:
    """A question that nobody answers: Vigil does, when its hold is over."""
    asker = _asker(dice, number)
    acts = [Act("say", asker, "q", _question(number))]
    if dice.random() < 0.5:
        acts.append(Act("react", dice.choice(HELPERS), "q", "eyes"))
    return Story(number, "", HOLD, (*acts, Act("react", asker, "a", "+1", "answer")))


def _raced(dice: random.Random, number: int) -> Story:
    """A question that a helper answers within the hold, or after it, as the faults will have it."""
    acts = (
        Act("say", _asker(dice, number), "q", _question(number)),
        Act("reply", dice.choice(HELPERS), "r1", _advice(number, "r1"), "heard"),
    )
    return Story(number, "", HOLD, acts, raced=True)


def _stale(dice: random.Random, number: int) -> Story:
    """A question that neither people nor Vigil can answer: one follow-up, then one call for the on-call group."""
    return Story(number, "", STALE, (Act("say", _asker(dice, number), "q", UNKNOWN.format(number)),))


def _withdrawn(dice: random.Random, number: int) -> Story:
    """A question that is deleted, after Vigil answered or before."""
    asker, after = _asker(dice, number), dice.choice(("answer", "answer", "heard", ""))
    acts = (Act("say", asker, "q", _question(number, f"gone-{number}-gone")), Act("delete", asker, "q", "", after))
    return Story(number, "", NOW, acts)


def _grown(dice: random.Random, number: int) -> Story:
    """A remark that its author turns into a question: Vigil answers what it has become."""
    asker = _asker(dice, number)
    acts = (
        Act("say", asker, "q", CHATTER[0].format(number)),
        Act("edit", asker, "q", _question(number), dice.choice(("heard", "heard", ""))),
        Act("react", asker, "a", "+1", "answer"),
    )
    return Story(number, "", NOW, acts)


def _asking(dice: random.Random, number: int) -> Story:
    """Commands with one answer each for one person's eyes; a mute is a helper's, as an asker becomes one in time."""
    asker = _asker(dice, number)
    acts = [Act("say", asker, "q", CHATTER[1].format(number))]
    words = ("help", "search upload limit", "status", "why", "mute")
    acts += [
        Act("command", HELPERS[0] if word == "mute" else asker, "q", word, "heard")
        for word in dice.sample(words, dice.randint(1, 3))
    ]
    return Story(number, "", TALK, tuple(acts))


def _talk(dice: random.Random, number: int) -> Story:
    """People among themselves: replies, edits, deletions and reactions, as quick as they come."""
    people = [_asker(dice, number), *dice.sample([*ASKERS, *HELPERS], 3)]
    acts = [Act("say", people[0], "q", dice.choice(CHATTER).format(number))]
    names = ["q"]
    for turn in range(dice.randint(1, 4)):
        names.append(f"r{turn}")
        acts.append(Act("reply", dice.choice(people), names[-1], dice.choice(REMARKS).format(f"{number}{names[-1]}")))
    acts += list(_touched(dice, number, names, people))
    return Story(number, "", TALK, tuple(acts))


def _touched(dice: random.Random, number: int, names: list[str], people: list[str]) -> Iterator[Act]:
    """Edits, reactions given and taken back, and at most one deletion, which comes last."""
    for turn in range(dice.randint(1, 4)):
        name, who, emoji = dice.choice(names), dice.choice(people), dice.choice(EMOJI)
        after = dice.choice(("", "", "heard"))
        match dice.randrange(4):
            case 0:
                yield Act("edit", who, name, f"Changed, and changed again, line {number}e{turn}.", after)
            case 1:
                yield Act("react", who, name, f"{emoji}_{turn}", after)
            case _:
                yield Act("react", who, name, f"{emoji}_{turn}", after)
                yield Act("unreact", who, name, f"{emoji}_{turn}", dice.choice(("", "heard")))
    if dice.random() < 0.4:
        name = dice.choice(names[1:])
        yield Act("edit", people[0], name, f"Forget this, gone-{number}-gone.", "")
        yield Act("delete", people[0], name, "", dice.choice(("", "heard")))


KINDS: dict[str, tuple[Callable[[random.Random, int], Story], float]] = {
    "asked": (_asked, 24), "held": (_held, 10), "raced": (_raced, 8), "stale": (_stale, 10),
    "withdrawn": (_withdrawn, 8), "grown": (_grown, 5), "asking": (_asking, 5), "talk": (_talk, 30),
}  # fmt: skip
