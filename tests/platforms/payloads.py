"""Reads the payload shapes that the tests of Slack's adapter share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.platforms.slack_ids import Identity

ME = Identity("T0TEAM", "U0VIGIL", "B0VIGIL", "A0VIGIL")
FOLDER = Path(__file__).parent.parent / "payloads" / "slack"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def payload(name: str) -> dict[str, Any]:
    """One payload by the name of its file."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read
