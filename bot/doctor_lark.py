"""Examines Lark, each step of the set-up: app and secret, bot, permissions, events, version, long connection and chats."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot import app
from bot.config import Config, Lark
from bot.doctor_check import Check, guarded
from bot.models import VigilError
from bot.platforms.base import Platform
from bot.platforms.lark_manifest import CALLBACK, EVENTS, EVERY_MESSAGE, ITSELF, scopes

GRANTED = 1
PUBLISH = "then publish a new version of the app (Version Management & Release) and have it approved"
ADD = 'under "Permissions & Scopes" (`vigil manifest lark` prints all of them, to be imported at once)'
SUBSCRIBE = 'under "Events & Callbacks"'


@runtime_checkable
class Examined(Protocol):
    """A platform that can say what is wrong with it, and that can be asked what it is granted."""

    def check(self) -> list[tuple[str, bool, str]]:
        """(what, whether it is well, how to mend it)."""

    def read(self, path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A call that changes nothing; raises VigilError."""


def lark_checks(config: Config, works: dict[str, Platform]) -> Iterator[Check]:
    """All of Lark, which is put into `works` when it does; nothing is asked of it without its secret."""
    lacking = config.lark.lacks()
    yield from (Check(f"Lark {what}", False, say) for what, say in lacking.items())
    if lacking:
        return
    try:
        yield Check("Lark", True, _reach(config.lark))
    except (OSError, ValueError) as dead:
        reason = dead.reason if isinstance(dead, urllib.error.URLError) else dead
        say = f"cannot reach {config.lark.domain} ({reason}); check the network, the proxy and [lark] domain"
        yield Check("Lark", False, say)
        return
    platform = app.platform(config, "lark")
    if not isinstance(platform, Examined):
        return
    (what, known, remedy), *rest = platform.check()
    yield Check(what, known, remedy or "fine")
    yield from (Check(name, well, say or "fine") for name, well, say in rest)
    if known:
        works["lark"] = platform
        yield from guarded("Lark permissions", lambda: _permissions(platform))
        yield from guarded("Lark events", lambda: _events(platform))
        yield from guarded("Lark long connection", lambda: _connection(config.lark))


def _reach(lark: Lark) -> str:
    """Any answer will do; raises OSError or ValueError (not an address) when none comes."""
    try:
        with urllib.request.urlopen(f"{lark.domain.rstrip('/')}/open-apis/bot/v3/info", timeout=lark.timeout_seconds):
            pass
    except urllib.error.HTTPError as answered:
        answered.close()
    return f"{urlsplit(lark.domain).netloc} answers"


def _permissions(platform: Examined) -> Iterator[Check]:
    rows = platform.read("application/v6/scopes").get("scopes")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    granted = {str(row.get("scope_name")) for row in found if row.get("grant_status") == GRANTED}
    missing = sorted(scopes() - granted - {EVERY_MESSAGE, ITSELF})
    well = f"all {len(scopes()) - 2} that Vigil needs are granted"
    yield Check(
        "Lark permissions", not missing, f"missing {', '.join(missing)}: add them {ADD}, {PUBLISH}" if missing else well
    )
    hears = EVERY_MESSAGE in granted
    say = f"without {EVERY_MESSAGE} Vigil hears of groups only what mentions it: add it {ADD}, {PUBLISH}"
    yield Check("Lark unmentioned messages", hears, "Vigil hears every message of its groups" if hears else say)


def _events(platform: Examined) -> Iterator[Check]:
    """What the app's own entry tells; where Lark does not show it, what there must be."""
    try:
        known = platform.read("application/v6/applications/me", {"lang": "en_us"}).get("app")
    except VigilError:
        say = f"Lark shows them only to apps with {ITSELF}; there must be those that `vigil manifest lark` names, {EVENTS[-2]} first"
        yield Check("Lark events", True, say)
        return
    entry = known if isinstance(known, dict) else {}
    version = bool(entry.get("online_version_id"))
    yield Check(
        "Lark version", version, "a version is in force" if version else f"no version is in force: {PUBLISH[5:]}"
    )
    yield _subscribed(entry, "event", "subscription_type", "subscribed_events", EVENTS)
    yield _subscribed(entry, "callback", "callback_type", "subscribed_callbacks", (CALLBACK,))


def _subscribed(entry: Mapping[str, Any], part: str, way: str, names: str, wanted: tuple[str, ...]) -> Check:
    """Whether all events, or callbacks, that Vigil lives by are subscribed to, and come by the long connection."""
    there = entry.get(part)
    told = there if isinstance(there, dict) else {}
    listed = told.get(names)
    missing = [name for name in wanted if name not in (listed if isinstance(listed, list) else [])]
    if missing:
        return Check(f"Lark {part}s", False, f"not subscribed to {', '.join(missing)}: add them {SUBSCRIBE}, {PUBLISH}")
    if told.get(way) != "websocket":
        return Check(
            f"Lark {part}s", False, f"they go to a web address: choose persistent connection {SUBSCRIBE}, {PUBLISH}"
        )
    return Check(f"Lark {part}s", True, f"{len(wanted)} by persistent connection")


def _connection(lark: Lark) -> Iterator[Check]:
    """Whether Lark says where to connect to; asking opens nothing."""
    body = json.dumps({"AppID": lark.app_id, "AppSecret": lark.app_secret}).encode()
    address = f"{lark.domain.rstrip('/')}/callback/ws/endpoint"
    request = urllib.request.Request(address, body, {"Content-Type": "application/json", "locale": "en"})
    with urllib.request.urlopen(request, timeout=lark.timeout_seconds) as answer:
        told = json.loads(answer.read(100_000))
    well = isinstance(told, dict) and told.get("code") == 0 and bool((told.get("data") or {}).get("URL"))
    why = f"{told.get('msg')} ({told.get('code')})" if isinstance(told, dict) else "no answer that can be read"
    yield Check(
        "Lark long connection", well, "Lark says where to connect to" if well else f"Lark gives no address: {why}"
    )
