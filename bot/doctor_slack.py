"""Examines Slack: whether it can be reached, its tokens, scopes and events."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot import app
from bot.config import Config
from bot.doctor_check import Check
from bot.platforms.base import Platform


@runtime_checkable
class Examined(Protocol):
    """A platform that can say what is wrong with its tokens and scopes."""

    def check(self) -> list[tuple[str, bool, str]]:
        """(what, whether it is well, how to mend it)."""


def slack_checks(config: Config, works: dict[str, Platform]) -> Iterator[Check]:
    """All of Slack, which is put into `works` when its token does; nothing is asked without tokens, nor twice in vain."""
    lacking = config.slack.lacks()
    yield from (Check(f"Slack {what}", False, say) for what, say in lacking.items())
    if lacking:
        return
    try:
        reached = _reach(config)
    except (OSError, ValueError) as dead:
        reason = dead.reason if isinstance(dead, urllib.error.URLError) else dead
        say = f"cannot reach {config.slack.base_url} ({reason}); check the network, the proxy and [slack] base_url"
        yield Check("Slack", False, say)
        return
    yield Check("Slack", True, reached)
    platform, known = app.platform(config, "slack"), True
    for what, well, remedy in platform.check() if isinstance(platform, Examined) else []:
        known &= well or what != "Slack bot token"
        yield Check(what, well, remedy or "fine")
    yield _events()
    if known:
        works["slack"] = platform


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
