"""TOML and environment become one Config; an unknown key is an error that says where."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.config import LLM, Config, Rules, hours
from bot.llm.base import Task
from bot.models import Mode, VigilError

T = TypeVar("T")
SECRETS = ("bot_token", "app_token", "api_key")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
LEVELS = ("debug", "info", "warning", "error")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ConfigError(VigilError):
    """The configuration is unusable; the message names the file, the key and the remedy."""


def load(path: Path | None, environment: Mapping[str, str] | None = None) -> Config:
    """Read `path` (None: only `config.toml` if it exists, else defaults) and the secrets; raises ConfigError."""
    env = os.environ if environment is None else environment
    chosen = path or Path("config.toml")
    if path is None and not chosen.exists():
        return _with_secrets(Config(), env, Path())
    try:
        data = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{chosen}: no such file; copy config.example.toml there or leave out --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(f"{chosen}: not valid TOML: {broken}") from None
    except OSError as trouble:
        raise ConfigError(f"{chosen}: cannot be read: {trouble.strerror}") from None
    return _with_secrets(parse(data, str(chosen)), env, chosen.parent)


def parse(data: Mapping[str, Any], where: str = "config") -> Config:
    """A Config from TOML's plain values; raises ConfigError naming the first key that is unknown or ill-typed."""
    data = dict(data)
    defaults = _fill(Rules(), data.pop("defaults", {}), f"{where}: [defaults]")
    channels = {
        name: _fill(defaults, table, f"{where}: [channels.{name}]")
        for name, table in _table(data.pop("channels", {}), f"{where}: [channels]").items()
    }
    config = Config(defaults=defaults, channels=channels)
    for section in ("slack", "store", "embedding", "triage", "llm", "knowledge", "console", "jobs"):
        filled = _fill(getattr(config, section), data.pop(section, {}), f"{where}: [{section}]")
        config = replace(config, **{section: filled})
    rest = _fill(config, data, where)
    for name, rules in {"defaults": defaults, **channels}.items():
        _check_rules(rules, f"{where}: [{name}]")
    _check_llm(rest.llm, where)
    _check_rest(rest, where)
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
        return "put secrets in the environment"
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
        raise ConfigError(f"{where} must be {kind}, not {value!r}")
    return value


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    """A table of names, or of lists of four numbers."""
    for key, item in _table(value, where).items():
        prices = isinstance(item, list) and len(item) == 4 and all(type(n) in (int, float) and n >= 0 for n in item)
        if not (prices if where.endswith("prices") else isinstance(item, str)):
            wanted = "a list of four numbers" if where.endswith("prices") else "a string"
            raise ConfigError(f"{where}.{key} must be {wanted}, not {item!r}")
    return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}


def _check_llm(llm: LLM, where: str) -> None:
    unknown = next((name for name in llm.models if name not in set(Task)), None)
    if unknown is not None:
        raise ConfigError(f"{where}: [llm] models: unknown task {unknown!r} (known: {', '.join(Task)})")
    if not 0 <= llm.doubt_from <= llm.doubt_to <= 1:
        raise ConfigError(f"{where}: [llm] doubt_from and doubt_to must lie between 0 and 1, in that order")
    if llm.timeout_seconds <= 0 or llm.retries < 0 or llm.at_once < 1:
        raise ConfigError(f"{where}: [llm] timeout_seconds must be above 0, retries 0 or more, at_once 1 or more")
    if llm.effort not in ("", *EFFORTS) or llm.thinking_tokens < 0:
        raise ConfigError(
            f"{where}: [llm] effort must be empty or one of {', '.join(EFFORTS)}, thinking_tokens 0 or more"
        )
    if llm.base_url:
        _check_address(llm.base_url, f"{where}: [llm] base_url")
    if min(llm.tokens_per_day, llm.cost_per_day, llm.channel_tokens_per_day, llm.channel_cost_per_day) < 0:
        raise ConfigError(f"{where}: [llm] budgets must not be negative; 0 is none")


def _check_address(address: str, where: str) -> None:
    """An address may hold a password: it is never repeated."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or address != address.strip():
        raise ConfigError(f"{where} must be an address such as http://127.0.0.1:8080")
    if parts.username is not None or parts.password is not None:
        raise ConfigError(f"{where} must hold no name or password; put the key into ANTHROPIC_API_KEY")
    if parts.path.rstrip("/").endswith("/v1"):
        raise ConfigError(f"{where} must end before /v1, which is added to it")


def _check_rest(config: Config, where: str) -> None:
    if config.llm.enabled and config.llm.timeout_seconds * 2 >= config.console.stuck_seconds:
        raise ConfigError(f"{where}: [llm] timeout_seconds must be less than half of [console] stuck_seconds")
    if not 0 <= config.console.port <= 65535:
        raise ConfigError(f"{where}: [console] port must lie between 0 and 65535")
    if config.log_level not in LEVELS:
        raise ConfigError(f"{where}: log_level must be one of {', '.join(LEVELS)}, not {config.log_level!r}")
    if config.knowledge.gaps_day not in ("", *DAYS) or config.knowledge.gaps_least < 1:
        raise ConfigError(
            f"{where}: [knowledge] gaps_day must be empty or one of {', '.join(DAYS)}, gaps_least 1 or more"
        )
    low = next((f.name for f in fields(config.jobs) if getattr(config.jobs, f.name) <= 0), None)
    soon = next(
        (f.name for f in fields(config.console) if f.name.endswith("_seconds") and getattr(config.console, f.name) < 1),
        None,
    )
    if soon:
        raise ConfigError(f"{where}: [console] {soon} must be 1 or more")
    ages = [f.name for f in fields(config.knowledge) if f.name.startswith("review_")]
    old = next((name for name in ages if getattr(config.knowledge, name) < 0), None)
    if old:
        raise ConfigError(f"{where}: [knowledge] {old} must not be negative")
    if config.slack.pace <= 0:
        raise ConfigError(f"{where}: [slack] pace must be above 0; 1.0 is what Slack allows")
    if low or config.slack.timeout_seconds <= 0 or config.embedding.threads < 0 or config.store.retention_days < 0:
        raise ConfigError(f"{where}: {f'[jobs] {low}' if low else 'seconds, threads and days'} must be above 0")


def _check_rules(rules: Rules, where: str) -> None:
    if rules.mode not in set(Mode):
        raise ConfigError(f"{where}: mode must be one of {', '.join(Mode)}, not {rules.mode!r}")
    if rules.language not in ("en", "zh"):
        raise ConfigError(f"{where}: language must be en or zh, not {rules.language!r}")
    for name in ("threshold", "evidence"):
        if not 0 <= getattr(rules, name) <= 1:
            raise ConfigError(f"{where}: {name} must lie between 0 and 1")
    if rules.hold_minutes < 0 or rules.cooldown_minutes < 0 or rules.follow_up_hours <= 0:
        raise ConfigError(f"{where}: minutes and hours must not be negative, follow_up_hours above 0")
    if rules.auto_approve_per_day < 0 or rules.cards_per_day < 0 or rules.digest_days < 0:
        raise ConfigError(f"{where}: auto_approve_per_day, cards_per_day and digest_days must not be negative")
    if rules.auto_approve_per_day and not rules.trusted:
        raise ConfigError(f"{where}: auto_approve_per_day needs trusted helpers: name them in trusted")
    if not set(rules.business_days) <= set(DAYS) or not rules.business_days:
        raise ConfigError(f"{where}: business_days must name some of {', '.join(DAYS)}")
    try:
        ZoneInfo(rules.time_zone)
        hours(rules.business_hours)
        hours(rules.quiet_hours)
    except (ValueError, OSError, KeyError) as wrong:
        raise ConfigError(f"{where}: time_zone must be an IANA name and hours like 09:00-18:00 ({wrong})") from None


def _with_secrets(config: Config, env: Mapping[str, str], folder: Path) -> Config:
    slack = config.slack
    bot = env.get("SLACK_BOT_TOKEN") or _secret(slack.bot_token_file, folder)
    app = env.get("SLACK_APP_TOKEN") or _secret(slack.app_token_file, folder)
    key = env.get("ANTHROPIC_API_KEY") or _secret(config.llm.api_key_file, folder)
    return replace(config, slack=replace(slack, bot_token=bot, app_token=app), llm=replace(config.llm, api_key=key))


def _secret(name: str, folder: Path) -> str:
    if not name:
        return ""
    try:
        return (folder / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as trouble:
        raise ConfigError(f"token file {name}: cannot be read ({trouble})") from None
