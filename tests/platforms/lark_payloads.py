"""Reads the payload shapes that the tests of Lark's adapter share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.platforms.lark_ids import Identity

ME = Identity("t0team", "cli_vigil", "ou_vigil")
FOLDER = Path(__file__).parent.parent / "payloads" / "lark"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def payload(name: str) -> dict[str, Any]:
    """One payload by the name of its file."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read


def kind_of(item: dict[str, Any]) -> str:
    return str(item["header"]["event_type"])
