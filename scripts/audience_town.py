"""A made-up town for scripts/trial_audience.py: its people, its channels of every kind, and who can read what just now."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.messages import Channel, Message, Person, Post, Target
from bot.platforms.base import SendRefused, Standing
from bot.platforms.slack_ids import linked_turn

TEAM = "T0TOWN"
VIGIL = "U0VIGIL"
KINDS = (
    ("public", 14), ("private", 12), ("im", 5), ("group", 4), ("shared", 3), ("private_shared", 2),
)  # fmt: skip
"""How many channels there are of each kind; guests are in some of every kind."""


@dataclass(slots=True)
class Place:
    """A channel as it stands now, with those who are in it."""

    channel: Channel
    members: set[str] = field(default_factory=set)

    @property
    def walk_in(self) -> bool:
        """Whether every full member of the workspace can read it."""
        return not (self.channel.private or self.channel.direct)


Overhears = Callable[[str, str, frozenset[str]], None]
"""Where, what was said there, and who can read it there."""


class Town:
    """A platform without a network; `overhears` is told of everything that is posted."""

    name = "slack"
    history_per_minute = 40

    def __init__(self, dice: random.Random, people: int, overhears: Overhears) -> None:
        self.dice, self.overhears = dice, overhears
        names = [f"U{number:04}" for number in range(people)]
        self.guests = set(dice.sample(names, people // 5))
        self.strangers = {f"W{number:04}" for number in range(people // 20)}
        self.full = set(names) - self.guests
        self.places: dict[str, Place] = {}
        for kind, count in KINDS:
            for _ in range(count):
                self._build(kind)
        self._mingle()

    def _mingle(self) -> None:
        """Every third public channel and group talk holds only people of one private channel, guests of it too."""
        closed = [place for place in self.places.values() if place.channel.private and not place.channel.direct]
        others = [place for place in self.places.values() if place.walk_in or len(place.members) > 2]
        for place in others[::3]:
            circle = sorted(self.dice.choice(closed).members - {VIGIL})
            place.members = {VIGIL, *self.dice.sample(circle, min(3, len(circle)))}

    def _build(self, kind: str) -> None:
        number, dice = len(self.places), self.dice
        identity = f"slack:{TEAM}:C{number:04}"
        closed, direct = kind not in ("public", "shared"), kind in ("im", "group")
        channel = Channel(identity, f"{kind.replace('_', '-')}-{number}", closed, direct, "shared" in kind, True, TEAM)
        size = {"im": 1, "group": dice.randrange(2, 6)}.get(kind, dice.randrange(4, 40))
        place = Place(channel, {VIGIL, *dice.sample(sorted(self.full), size)})
        if dice.random() < 0.25 and kind != "im":
            place.members |= set(dice.sample(sorted(self.guests), 3))
        if "shared" in kind:
            place.members |= set(dice.sample(sorted(self.strangers), 2))
        self.places[identity] = place

    @property
    def everybody(self) -> set[str]:
        """Members, guests and strangers."""
        return self.full | self.guests | self.strangers

    def reads(self, channel_id: str, person: str) -> bool:
        """Whether somebody can read a channel at this moment."""
        place = self.places[channel_id]
        return person in place.members or (place.walk_in and person in self.full)

    def readers(self, channel_id: str) -> frozenset[str]:
        """Everybody who can read a channel at this moment, Vigil aside."""
        place = self.places[channel_id]
        return frozenset((place.members | (self.full if place.walk_in else set())) - {VIGIL})

    def change(self) -> tuple[str, str]:
        """One thing changes; (channel, who came or went, "" where the channel became another kind of place)."""
        place, dice = self.dice.choice(list(self.places.values())), self.dice
        channel = place.channel
        if channel.direct or dice.random() < 0.5:
            return channel.id, self._move(place)
        kind = dice.choice(("private", "shared"))
        flags = {"private": not channel.private} if kind == "private" else {"shared": not channel.shared}
        place.channel = replace(channel, **flags)
        if not place.channel.shared:
            place.members -= self.strangers
        return channel.id, ""

    def _move(self, place: Place) -> str:
        dice, pool = self.dice, sorted(self.full)
        if place.channel.direct and len(place.members) <= 2:
            return dice.choice(sorted(place.members - {VIGIL}))  # nobody enters a conversation of two
        if dice.random() < 0.25:
            pool = sorted(self.guests)
        if place.channel.shared and dice.random() < 0.3:
            pool = sorted(self.strangers)
        if len(place.members) > 4 and dice.random() < 0.5:
            gone = dice.choice(sorted(place.members - {VIGIL}))
            place.members.discard(gone)
            return gone
        came = dice.choice(pool)
        if dice.random() < 0.02:
            came = f"U9{dice.randrange(10**6)}"  # somebody whom nobody knew before
            self.guests.add(came)
        place.members.add(came)
        return came

    def post(self, post: Post) -> str:
        """See bot.platforms.base.Platform: it stands there from now on, for whoever can read it there now."""
        if post.target is Target.DELETE:
            return post.address
        person = post.target in (Target.DIRECT, Target.REPLY, Target.HOME)
        place = post.address.rsplit(":", 1)[0] if post.target is Target.UPDATE else post.channel_id
        readers = frozenset({post.person}) if person else self.readers(place)
        self.overhears(f"{post.target} {post.event_type} in {post.channel_id}", spoken(post.message), readers)
        self.dice.random()
        return f"{place}:{1_800_000_000 + self.dice.randrange(10**8)}.{self.dice.randrange(10**6):06}"

    def find(self, post: Post, since: float) -> str | None:
        return None

    def history(self, channel_id: str, since: float) -> Iterator[Standing]:
        return iter(())

    def replies(self, thread_id: str, since: float) -> Iterator[Standing]:
        return iter(())

    def channels(self) -> Sequence[Channel]:
        return [place.channel for place in self.places.values()]

    def channel(self, channel_id: str) -> Channel:
        if channel_id not in self.places:
            raise SendRefused("there is no such channel")
        return self.places[channel_id].channel

    def members(self, channel_id: str) -> frozenset[str]:
        return frozenset(self.places[channel_id].members)

    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(self.full | {VIGIL}), frozenset(self.guests | self.strangers)

    def forget(self, channel_id: str) -> None:
        """Nothing is remembered here."""

    def person(self, person_id: str) -> Person:
        return Person(person_id, person_id.lower(), guest=person_id in self.guests)

    def group(self, group_id: str) -> frozenset[str]:
        return frozenset()

    def is_group(self, name: str) -> bool:
        return False

    def group_named(self, handle: str) -> str | None:
        return None

    def permalink(self, turn_id: str) -> str:
        *_, channel, ts = turn_id.split(":")
        return f"https://town.slack.com/archives/{channel}/p{ts.replace('.', '')}"

    def linked(self, text: str) -> tuple[str, str] | None:
        return linked_turn(text, TEAM)


def spoken(message: Message) -> str:
    """Every word that somebody who sees the message can see."""
    parts = [message.title, message.text, message.quiet, message.source_label]
    parts += [part for source in message.sources for part in (source.title, source.url, source.note)]
    parts += [button.label for button in message.buttons]
    parts += [f"{choice.label} {label}" for choice in message.choices for label, _ in choice.options]
    return "\n".join(parts)
