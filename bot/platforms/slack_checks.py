"""Finds out what is wrong with the tokens, scopes and channels of a Slack app, and says how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.messages import Channel
from bot.models import VigilError
from bot.platforms.chat_fields import Table
from bot.platforms.slack_errors import INVITE
from bot.platforms.slack_manifest import scopes

Check = tuple[str, bool, str]
APP_TOKEN = (
    "make an app-level token with the scope connections:write in the app's settings, under Basic Information, "
    "and set SLACK_APP_TOKEN (xapp-...)"
)


class Call(Protocol):
    """One Web API call: the answer and its headers; raises VigilError."""

    def __call__(
        self, method: str, arguments: dict[str, Any], *, json: bool = False, token: str = ""
    ) -> tuple[Table, Mapping[str, Any]]: ...


def checks(call: Call, app_token: str, channels: Callable[[], Sequence[Channel]]) -> list[Check]:
    """Bot token, scopes, app token and membership, in this order; each a line with its remedy ("" when well)."""
    found: list[Check] = []
    try:
        _, headers = call("auth.test", {})
    except VigilError as error:
        return [("Slack bot token", False, str(error)), _app_token(call, app_token)]
    found += [("Slack bot token", True, ""), _scopes(headers), _app_token(call, app_token)]
    try:
        where = [channel for channel in channels() if not channel.direct]
    except VigilError as error:
        return [*found, ("Slack channels", False, str(error))]
    return [*found, (f"Slack channels ({len(where)})", bool(where), "" if where else f"Vigil is in none; {INVITE}")]


def _scopes(headers: Mapping[str, Any]) -> Check:
    given = {name.lower(): str(value) for name, value in headers.items()}.get("x-oauth-scopes", "")
    missing = sorted(scopes() - {scope.strip() for scope in given.split(",")})
    remedy = f"missing {', '.join(missing)}: add them as `vigil manifest slack` has them, and reinstall the app"
    return "Slack scopes", not missing, remedy if missing else ""


def _app_token(call: Call, app_token: str) -> Check:
    if not app_token:
        return "Slack app token", False, f"there is none; {APP_TOKEN}"
    try:
        call("apps.connections.open", {}, token=app_token)
    except VigilError as error:
        return "Slack app token", False, f"{error}; {APP_TOKEN}"
    return "Slack app token", True, ""
