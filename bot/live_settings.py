"""Notes in the audit log when Vigil starts with other settings than the last time: a hash of them, and who started it."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from bot.config import Config
from bot.memory import Memory
from bot.outcomes import Act
from bot.outcomes_audit import SETTINGS


def note(config: Config, memory: Memory, now: float) -> bool:
    """Add the line where the settings differ; whether they do. Tokens and keys are no part of it."""
    text = json.dumps(_plain(config), sort_keys=True, ensure_ascii=False)
    found = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    if found == memory.audit.settings():
        return False
    memory.audit.append(Act(_starter(), SETTINGS, found, True), now)
    return True


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.repr}
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _starter() -> str:
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"
