"""Checks a configuration as a whole: values that cannot be meant, each told in one line that says what to do."""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.config import AUTO, LLM, Config, Lark, Output, Rules
from bot.config_hours import hours
from bot.llm.base import Task
from bot.models import Mode, VigilError
from bot.outgoing_links import SCHEMES, misspelt
from knowledge.models import KnowledgeError
from knowledge.redaction_keep import keep_list

EFFORTS = ("low", "medium", "high", "xhigh", "max")
LEVELS = ("debug", "info", "warning", "error")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ConfigError(VigilError):
    """The configuration is unusable; the message names the file, the key and the remedy."""


def check(config: Config, where: str) -> None:
    """Raise ConfigError for the first thing that is wrong; `where` names the file."""
    for name, rules in {"defaults": config.defaults, **config.channels}.items():
        _check_rules(rules, f"{where}: [{name}]")
    _check_llm(config.llm, where)
    _check_rest(config, where)


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
    try:
        keep_list(config.redaction.keep)
    except KnowledgeError as wrong:
        raise ConfigError(f"{where}: [redaction] keep: {wrong}") from None
    _check_output(config.output, f"{where}: [output]")
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
    _check_lark(config.lark, f"{where}: [lark]")
    if low or config.slack.timeout_seconds <= 0 or config.embedding.threads < 0 or config.store.retention_days < 0:
        raise ConfigError(f"{where}: {f'[jobs] {low}' if low else 'seconds, threads and days'} must be above 0")


def _check_lark(lark: Lark, where: str) -> None:
    if lark.pace <= 0 or lark.timeout_seconds <= 0:
        raise ConfigError(f"{where} pace and timeout_seconds must be above 0")
    if not lark.domain.startswith(("https://", "http://")):
        raise ConfigError(f"{where} domain must be https://open.feishu.cn or https://open.larksuite.com")


def _check_output(output: Output, where: str) -> None:
    wrong = next((host for host in output.link_hosts if misspelt(host)), None)
    if wrong is not None:
        raise ConfigError(
            f"{where} link_hosts: {wrong!r} is no host; write wiki.acme.io, *.acme.io or git.acme.io:8443"
        )
    if not output.link_schemes or not set(output.link_schemes) <= set(SCHEMES):
        raise ConfigError(f"{where} link_schemes must name some of {', '.join(SCHEMES)}")


def _check_rules(rules: Rules, where: str) -> None:
    if rules.mode not in set(Mode):
        raise ConfigError(f"{where}: mode must be one of {', '.join(Mode)}, not {rules.mode!r}")
    if rules.language not in ("en", "zh", AUTO):
        raise ConfigError(f"{where}: language must be en, zh or auto, not {rules.language!r}")
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
