"""Examines the channels, people and groups that are configured, on whichever platforms Vigil is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.config import Config, Rules
from bot.doctor_check import Check, guarded
from bot.messages import Channel
from bot.models import Mode, VigilError
from bot.platforms.base import Platform


@dataclass(frozen=True, slots=True)
class Forms:
    """What a platform's ids look like, what they are called in words, and how Vigil is let into a channel."""

    person: re.Pattern[str]
    bot: re.Pattern[str]
    channel: re.Pattern[str]
    people: str
    groups: str
    bots: str
    invite: str


FORMS = {
    "slack": Forms(
        re.compile(r"[UW][A-Z0-9]{2,}"), re.compile(r"[BUW][A-Z0-9]{2,}"), re.compile(r"[CG][A-Z0-9]{5,}"), "U...",
        "S..., from the group's page in Slack", "B... or U...", "invite Vigil there with /invite @vigil",
    ),
    "lark": Forms(
        re.compile(r"ou_[0-9a-zA-Z]+"), re.compile(r"(?:cli|ou)_[0-9a-zA-Z]+"), re.compile(r"oc_[0-9a-zA-Z]+"), "ou_...",
        "g..., from Lark's admin console", "cli_...", "add the bot in Lark under the group's settings, Bots",
    ),
}  # fmt: skip


class Rooms:
    """The platforms that can be asked, and the channels that Vigil is in there; `all_asked` says that no other is enabled."""

    def __init__(self, platforms: Mapping[str, Platform], all_asked: bool) -> None:
        self.platforms, self._all = platforms, all_asked
        self.mine = [c for p in platforms.values() for c in p.channels() if not c.direct]
        self._forms = [FORMS[name] for name in platforms]

    def found(self, name: str) -> list[Channel]:
        """The channels with that name or id."""
        wanted = name.lstrip("#")
        return [c for c in self.mine if wanted in (c.id, c.id.rsplit(":", 1)[-1], c.name)]

    def check(self, name: str, rules: Rules) -> Check:
        """One section of the configuration."""
        what, found = f"[channels.{name}]", self.found(name)
        if not found and not self._all:
            return Check(
                what, True, f"not a channel of {', '.join(self.platforms)}; the other platform could not be asked"
            )
        if not found:
            return Check(what, False, self._absent(name))
        return self.rules(what, rules, ", ".join(f"#{c.name}" for c in found) + f", mode {rules.mode}")

    def _absent(self, name: str) -> str:
        """Why a channel is not among Vigil's; by its id a platform can be asked, a name is only known from inside."""
        native = name.rsplit(":", 1)[-1]
        for place, platform in self.platforms.items():
            here = next((c for c in self.mine if c.id.startswith(f"{place}:")), None)
            if here is not None and FORMS[place].channel.fullmatch(native):
                seen = platform.channel(
                    f"{here.id.rsplit(':', 1)[0]}:{native}"
                )  # raises VigilError with its own remedy
                return f"Vigil is not in #{seen.name}; {FORMS[place].invite}"
        return f"Vigil is in no channel called {name!r}; {self._invite()}, or correct the section's name"

    def _invite(self) -> str:
        return " or ".join(form.invite for form in self._forms)

    def rules(self, what: str, rules: Rules, well: str = "") -> Check:
        """The people, groups and the helpers' channel of a section."""
        wrong = [*self._desk(rules), *self._people(rules)]
        return Check(what, not wrong, "; ".join(wrong) or well or f"mode {rules.mode}")

    def _desk(self, rules: Rules) -> Iterator[str]:
        if rules.helpers_channel and not self.found(rules.helpers_channel) and self._all:
            yield f"helpers_channel {rules.helpers_channel!r} is no channel that Vigil is in; {self._invite()}"
        if rules.mode == Mode.PRIVATE and not (rules.helpers_channel or rules.helpers):
            yield "mode private needs helpers_channel or helpers, else drafts wait for somebody to help for the first time"

    def _people(self, rules: Rules) -> Iterator[str]:
        if rules.oncall and not self._group(rules.oncall) and self._all:
            yield f"oncall {rules.oncall!r} must be a user group's id ({self._words('groups')})"
        for name in sorted({name for name in (rules.oncall, *rules.helpers) if name}):
            yield from self._empty(name)
        odd = [name for name in rules.helpers if not self._group(name) and not self.person(name)]
        if odd and self._all:
            yield f"helpers {', '.join(odd)}: give ids of people ({self._words('people')}) or user groups"
        strange = [name for name in rules.alert_bots if not any(form.bot.fullmatch(name) for form in self._forms)]
        if strange and self._all:
            yield f"alert_bots {', '.join(strange)}: give the bots' ids ({self._words('bots')})"

    def _group(self, name: str) -> Platform | None:
        """The platform whose user group has that id."""
        return next((platform for platform in self.platforms.values() if platform.is_group(name)), None)

    def _empty(self, name: str) -> Iterator[str]:
        platform = self._group(name)
        try:
            if platform is not None and not platform.group(name):
                yield f"user group {name} is empty; add people to it"
        except VigilError as trouble:
            yield f"user group {name}: {trouble}"

    def person(self, name: str) -> bool:
        """Whether it looks like somebody's id, or names an owner or a group by its handle."""
        return any(form.person.fullmatch(name) for form in self._forms)

    def _words(self, what: str) -> str:
        return ", ".join(getattr(form, what) for form in self._forms)

    def administrators(self, names: Sequence[str]) -> Iterator[Check]:
        """Those who may do everything."""
        odd = [who for who in names if not self.person(who)]
        if odd and self._all:
            say = f"{', '.join(odd)}: give people's ids ({self._words('people')}), from their profile"
            yield Check("administrators", False, say)


def channel_checks(config: Config, platforms: Mapping[str, Platform]) -> Iterator[Check]:
    """Every section about channels; raises VigilError when a platform cannot say where Vigil is."""
    rooms = Rooms(platforms, set(platforms) == set(config.chats))
    for name, rules in config.channels.items():
        yield from guarded(f"[channels.{name}]", lambda n=name, r=rules: [rooms.check(n, r)])  # type: ignore[misc]
    yield from guarded("[defaults]", lambda: [rooms.rules("[defaults]", config.defaults)])
    yield from rooms.administrators(config.administrators)
