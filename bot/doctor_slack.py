"""Examines Slack: whether it can be reached, tokens and scopes, events, and the channels and groups that are configured."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot import app
from bot.config import Config, Rules
from bot.doctor_check import Check, guarded
from bot.messages import Channel
from bot.models import Mode, VigilError
from bot.platforms.base import Platform

PERSON, BOT, GROUP = re.compile(r"[UW][A-Z0-9]{2,}"), re.compile(r"[BUW][A-Z0-9]{2,}"), re.compile(r"S[A-Z0-9]{2,}")
CHANNEL = re.compile(r"[CG][A-Z0-9]{5,}")
INVITE = "invite Vigil there with /invite @vigil"


@runtime_checkable
class Examined(Protocol):
    """A platform that can say what is wrong with its tokens and scopes."""

    def check(self) -> list[tuple[str, bool, str]]:
        """(what, whether it is well, how to mend it)."""


def slack_checks(config: Config) -> Iterator[Check]:
    """All of Slack; nothing is asked of it without tokens, and no more than once when it cannot be reached."""
    missing = list(_missing(config))
    if missing:
        yield from missing
        return
    try:
        reached = _reach(config)
    except (OSError, ValueError) as dead:
        reason = dead.reason if isinstance(dead, urllib.error.URLError) else dead
        say = f"cannot reach {config.slack.base_url} ({reason}); check the network, the proxy and [slack] base_url"
        yield Check("Slack", False, say)
        return
    yield Check("Slack", True, reached)
    platform, works = app.platforms(config)["slack"], True
    for what, well, remedy in platform.check() if isinstance(platform, Examined) else []:
        works &= well or what != "Slack bot token"
        yield Check(what, well, remedy or "fine")
    yield _events()
    if works:
        yield from guarded("channels", lambda: _channels(config, platform))


def _missing(config: Config) -> Iterator[Check]:
    for what, build in (("bot", app.platforms), ("app", lambda given: app.listener(given, "slack"))):
        try:
            build(config)
        except VigilError as absent:
            yield Check(f"Slack {what} token", False, str(absent))


def _reach(config: Config) -> str:
    """Any answer will do; raises OSError or ValueError (not an address) when none comes."""
    request = urllib.request.Request(f"{config.slack.base_url.rstrip('/')}/api.test", data=b"")
    try:
        with urllib.request.urlopen(request, timeout=config.slack.timeout_seconds):
            pass
    except urllib.error.HTTPError as answered:
        answered.close()
    return f"{urlsplit(config.slack.base_url).netloc} answers"


def _events() -> Check:
    from bot.platforms.slack_manifest import manifest

    names = manifest()["settings"]["event_subscriptions"]["bot_events"]
    say = f"Slack does not tell which are switched on; under Event Subscriptions there must be: {', '.join(names)}"
    return Check("Slack events", True, say)


def _channels(config: Config, platform: Platform) -> Iterator[Check]:
    mine = [channel for channel in platform.channels() if not channel.direct]
    for name, rules in config.channels.items():
        yield from guarded(f"[channels.{name}]", lambda n=name, r=rules: [_channel(n, r, mine, platform)])  # type: ignore[misc]
    yield from guarded("[defaults]", lambda: [_rules("[defaults]", config.defaults, mine, platform, "")])
    odd = [who for who in config.administrators if not PERSON.fullmatch(who)]
    if odd:
        yield Check("administrators", False, f"{', '.join(odd)}: give people's ids (U...), from their Slack profile")


def _channel(name: str, rules: Rules, mine: Sequence[Channel], platform: Platform) -> Check:
    what = f"[channels.{name}]"
    channel = _found(name, mine)
    if channel is None:
        return Check(what, False, _absent(name, mine, platform))
    return _rules(what, rules, mine, platform, f"#{channel.name}, mode {rules.mode}")


def _found(name: str, mine: Sequence[Channel]) -> Channel | None:
    wanted = name.lstrip("#")
    return next((c for c in mine if wanted in (c.id, c.id.rsplit(":", 1)[-1], c.name)), None)


def _absent(name: str, mine: Sequence[Channel], platform: Platform) -> str:
    """Why a channel is not among Vigil's; by its id Slack can be asked, a name is only known from inside."""
    native = name.rsplit(":", 1)[-1]
    if CHANNEL.fullmatch(native) and mine:
        seen = platform.channel(f"{mine[0].id.rsplit(':', 1)[0]}:{native}")  # raises VigilError with its own remedy
        return f"Vigil is not in #{seen.name}; {INVITE}"
    return f"Vigil is in no channel called {name!r}; {INVITE}, or correct the section's name"


def _rules(what: str, rules: Rules, mine: Sequence[Channel], platform: Platform, well: str) -> Check:
    wrong = [*_desk(rules, mine), *_people(rules, platform)]
    return Check(what, not wrong, "; ".join(wrong) or well or f"mode {rules.mode}")


def _desk(rules: Rules, mine: Sequence[Channel]) -> Iterator[str]:
    if rules.helpers_channel and _found(rules.helpers_channel, mine) is None:
        yield f"helpers_channel {rules.helpers_channel!r} is no channel that Vigil is in; {INVITE}"
    if rules.mode == Mode.PRIVATE and not (rules.helpers_channel or rules.helpers):
        yield "mode private needs helpers_channel or helpers, else drafts wait for somebody to help for the first time"


def _people(rules: Rules, platform: Platform) -> Iterator[str]:
    if rules.oncall and not GROUP.fullmatch(rules.oncall):
        yield f"oncall {rules.oncall!r} must be a user group's id (S...), from the group's page in Slack"
    groups = {name for name in (rules.oncall, *rules.helpers) if GROUP.fullmatch(name)}
    for name in sorted(groups):
        try:
            if not platform.group(name):
                yield f"user group {name} is empty; add people to it"
        except VigilError as trouble:
            yield f"user group {name}: {trouble}"
    odd = [name for name in rules.helpers if name not in groups and not PERSON.fullmatch(name)]
    if odd:
        yield f"helpers {', '.join(odd)}: give ids of people (U...) or user groups (S...)"
    strange = [name for name in rules.alert_bots if not BOT.fullmatch(name)]
    if strange:
        yield f"alert_bots {', '.join(strange)}: give the bots' ids (B... or U...)"
