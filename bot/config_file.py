"""TOML and environment become one Config; an unknown key is an error that says where."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from bot.config import Config, Rules
from bot.config_file_checks import ConfigError as ConfigError
from bot.config_file_checks import check
from bot.config_file_secrets import NAMES, SECRETS, with_secrets
from knowledge.redaction import redact

T = TypeVar("T")


def load(
    path: Path | None, environment: Mapping[str, str] | None = None, wanted: Collection[str] = NAMES
) -> Config:  # fmt: skip
    """Read `path` (None: only `config.toml` if it exists, else defaults) and the `wanted` secrets; raises ConfigError."""
    env = os.environ if environment is None else environment
    chosen = path or Path("config.toml")
    if path is None and not chosen.exists():
        return with_secrets(Config(), env, Path(), wanted)
    try:
        data = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{chosen}: no such file; copy config.example.toml there or leave out --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(f"{chosen}: not valid TOML: {broken}") from None
    except OSError as trouble:
        raise ConfigError(f"{chosen}: cannot be read: {trouble.strerror}") from None
    return with_secrets(parse(data, str(chosen)), env, chosen.parent, wanted)


def parse(data: Mapping[str, Any], where: str = "config") -> Config:
    """A Config from TOML's plain values; raises ConfigError naming the first key that is unknown or ill-typed."""
    data = dict(data)
    defaults = _fill(Rules(), data.pop("defaults", {}), f"{where}: [defaults]")
    channels = {
        name: _fill(defaults, table, f"{where}: [channels.{name}]")
        for name, table in _table(data.pop("channels", {}), f"{where}: [channels]").items()
    }
    config = Config(defaults=defaults, channels=channels)
    for section in (
        "slack",
        "lark",
        "store",
        "embedding",
        "triage",
        "llm",
        "knowledge",
        "redaction",
        "output",
        "console",
        "jobs",
    ):
        filled = _fill(getattr(config, section), data.pop(section, {}), f"{where}: [{section}]")
        config = replace(config, **{section: filled})
    rest = _fill(config, data, where)
    check(rest, where)
    return rest


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} must be a table")
    return value


def _fill(default: T, table: Any, where: str) -> T:
    known = {f.name: getattr(default, f.name) for f in fields(default)}  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for key, value in _table(table, where).items():
        if key not in known or key in SECRETS:
            raise ConfigError(f"{where}: unknown key {key!r} ({_hint(key, list(known))})")
        changes[key] = _typed(value, known[key], f"{where}: {key}")
    return replace(default, **changes)  # type: ignore[type-var]


def _hint(key: str, known: list[str]) -> str:
    if key in SECRETS:
        return "put secrets in the environment, or in files"
    close = get_close_matches(key, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def _typed(value: Any, like: Any, where: str) -> Any:
    if isinstance(like, bool) or isinstance(value, bool):
        good = isinstance(like, bool) and isinstance(value, bool)
    elif isinstance(like, float):
        good, value = isinstance(value, (int, float)), float(value) if isinstance(value, (int, float)) else value
    elif isinstance(like, tuple):
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        value = tuple(value) if good else value
    elif isinstance(like, Mapping):
        return _mapping(value, where)
    else:
        good = isinstance(value, type(like))
    if not good:
        kind = {tuple: "a list of strings", float: "a number", str: "a string"}.get(
            type(like), f"of type {type(like).__name__}"
        )
        raise ConfigError(redact(f"{where} must be {kind}, not {value!r}"))
    return value


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    """A table of names, or of lists of four numbers."""
    for key, item in _table(value, where).items():
        prices = isinstance(item, list) and len(item) == 4 and all(type(n) in (int, float) and n >= 0 for n in item)
        if not (prices if where.endswith("prices") else isinstance(item, str)):
            wanted = "a list of four numbers" if where.endswith("prices") else "a string"
            raise ConfigError(f"{where}.{key} must be {wanted}, not {item!r}")
    return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
