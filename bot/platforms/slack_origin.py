"""Tells envelopes that are for this app in this workspace from all others, before anything of them is read; pure."""

from __future__ import annotations

import re

from bot.platforms.base import Stranger
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.slack_ids import Identity
from bot.platforms.slack_json import native

APP_TOKEN = re.compile(r"xapp-[0-9]+-(A[A-Z0-9]+)-[0-9]+-[0-9a-fA-F]+")
KINDS = frozenset(("event_callback", "block_actions", "message_action", "view_submission"))


def app_of(app_token: str) -> str:
    """The app that an app-level token belongs to: its id stands in it; "" for a token of another form."""
    found = APP_TOKEN.fullmatch(app_token)
    return found[1] if found else ""


def foreign(payload: Table, me: Identity) -> Stranger | None:
    """Who sent an envelope that is not for this app in this workspace; None for one that is.

    In a channel shared with other workspaces (Slack Connect) an event may have happened elsewhere: then it counts through
    which workspace it is received. In an Enterprise Grid an installation for all of it speaks for its workspaces.
    """
    if me.app and text(payload, "api_app_id") != me.app:
        return _stranger(payload, "another app")
    if me.team not in _received_by(payload) and not _of_grid(payload, me):
        return _stranger(payload, "another team")
    if text(payload, "type") == "event_callback" and not _happened_here(payload, me):
        return _stranger(payload, "another team")
    return None


def _received_by(payload: Table) -> frozenset[str]:
    """The workspaces through which the envelope reached this app, by the most telling field that it has."""
    if text(payload, "type") == "event_callback":
        through = [text(row, "team_id") for row in rows(payload, "authorizations")]
        context = text(payload, "context_team_id")
        if context and any(through):
            return frozenset({context} & set(through))
        return frozenset(filter(None, through)) or frozenset(filter(None, [context or text(payload, "team_id")]))
    view = table(payload, "view")
    named = (
        text(view, "app_installed_team_id"),
        text(table(payload, "team"), "id"),
        text(payload, "team_id"),
        text(view, "team_id"),
    )
    first = next(filter(None, named), "")
    return frozenset({first} if first else ())


def _of_grid(payload: Table, me: Identity) -> bool:
    """Whether it came through an installation for the whole Grid that this workspace belongs to."""
    if not me.enterprise:
        return False
    if text(payload, "type") == "event_callback":
        wide = [row for row in rows(payload, "authorizations") if row.get("is_enterprise_install") is True]
        return any(text(row, "enterprise_id") == me.enterprise for row in wide)
    wide_install = payload.get("is_enterprise_install") in (True, "true")
    named = text(table(payload, "enterprise"), "id") or text(payload, "enterprise_id")
    return wide_install and named == me.enterprise


def _happened_here(payload: Table, me: Identity) -> bool:
    """Whether an event happened in this workspace, or in a channel that is shared with it."""
    where = text(payload, "team_id")
    return where == me.team or payload.get("is_ext_shared_channel") is True or bool(me.enterprise)


def _stranger(payload: Table, why: str) -> Stranger:
    """As it stands in the log: ids and names of Slack's own only, whatever somebody put there."""
    event, kind = table(payload, "event"), text(payload, "type")
    actor = native(table(payload, "user"), "id") or native(payload, "user_id") or native(event, "user") or "unknown"
    told = kind if kind in KINDS else "slash_command" if text(payload, "command") else "envelope"
    return Stranger(actor, why, told)
