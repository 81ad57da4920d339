"""Reads the app manifest that a team pastes into Slack to create its own Vigil."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def manifest_text() -> str:
    """The manifest as JSON text, ready to paste."""
    return resources.files(__package__).joinpath("slack_manifest.json").read_text(encoding="utf-8")


def manifest() -> dict[str, Any]:
    """The manifest as a dict; what each key means is in Slack's reference of app manifests."""
    loaded: dict[str, Any] = json.loads(manifest_text())
    return loaded


def scopes() -> frozenset[str]:
    """The bot scopes that Vigil asks for."""
    return frozenset(manifest()["oauth_config"]["scopes"]["bot"])


def events() -> frozenset[str]:
    """The bot events that Vigil subscribes to."""
    return frozenset(manifest()["settings"]["event_subscriptions"]["bot_events"])
