"""Tells events that are for this app in this tenant from all others, before anything of them is read; pure."""

from __future__ import annotations

import re

from bot.platforms.base import Stranger
from bot.platforms.chat_fields import Table, table, text
from bot.platforms.lark_ids import Identity
from bot.platforms.lark_json import native

_KIND = re.compile(r"[a-z0-9_.]{1,80}")


def foreign(payload: Table, me: Identity) -> Stranger | None:
    """Who sent an event that is not for this app in this tenant; None for one that is.

    In an external chat people of other tenants speak: what counts is for which tenant Lark sends the event.
    """
    header = table(payload, "header")
    if text(header, "app_id") != me.app:
        return _stranger(payload, "another app")
    if text(header, "tenant_key") != me.tenant:
        return _stranger(payload, "another team")
    return None


def _stranger(payload: Table, why: str) -> Stranger:
    """As it stands in the log: ids and names of Lark's own only, whatever somebody put there."""
    event, kind = table(payload, "event"), text(table(payload, "header"), "event_type")
    named = (
        table(table(event, "sender"), "sender_id"),
        table(event, "operator_id"),
        table(event, "operator"),
        table(table(event, "operator"), "operator_id"),
        table(event, "user_id"),
    )
    actor = next(filter(None, (native(one, "open_id") for one in named)), "unknown")
    return Stranger(actor, why, kind if _KIND.fullmatch(kind) else "event")
