"""Examines an installation from the configuration to the console and says in a line each what is wrong and how to mend it."""

from __future__ import annotations

import json
import math
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot import app
from bot.config import Config
from bot.config_file import ConfigError, load
from bot.config_file_secrets import secrets_of
from bot.dialogue.weights import weights_of
from bot.doctor_channels import channel_checks
from bot.doctor_check import Check as Check
from bot.doctor_check import guarded
from bot.doctor_lark import lark_checks
from bot.doctor_llm import llm_checks
from bot.doctor_slack import slack_checks
from bot.doctor_store import running, store_checks
from bot.platforms.base import Platform
from knowledge.embedding import CachedEmbedder
from knowledge.redaction import redact

CONSOLE_SECONDS = 3.0
LONGEST = 400


def examine(path: Path | None) -> Iterator[Check]:
    """Every check in order, as it is made; ends after the first when the configuration at `path` cannot be used."""
    try:
        config = load(path)
    except ConfigError as wrong:
        yield _shown(Check("configuration", False, str(wrong)), Config())
        return
    for check in _all(config, path):
        yield _shown(check, config)


def _shown(check: Check, config: Config) -> Check:
    """The check on one line of bearable length, with no secret in it."""
    say = " ".join(check.say.split())
    for token in secrets_of(config):
        say = say.replace(token, "[token]")
    say = redact(say)
    return replace(check, say=say if len(say) <= LONGEST else f"{say[: LONGEST - 1]}…")


def _all(config: Config, path: Path | None) -> Iterator[Check]:
    yield _configuration(config, path)
    yield from _chats(config)
    model = app.embedder(config)
    works = True
    for check in guarded("embedding model", lambda: _model(model)):
        works = check.well
        yield check
    yield from guarded("triage", lambda: _triage(config))
    yield from guarded("language model", lambda: llm_checks(config))
    yield from guarded("database", lambda: store_checks(config, model if works else None))
    yield from guarded("console", lambda: _console(config))


def _chats(config: Config) -> Iterator[Check]:
    """Every platform that is switched on, then the channels on all that work."""
    works: dict[str, Platform] = {}
    if not config.chats:
        yield Check("chat platform", False, "none is switched on; set [slack] or [lark] enabled = true")
    if config.slack.enabled:
        yield from guarded("Slack", lambda: slack_checks(config, works))
    if config.lark.enabled:
        yield from guarded("Lark", lambda: lark_checks(config, works))
    if works:
        yield from guarded("channels", lambda: channel_checks(config, works))


def _configuration(config: Config, path: Path | None) -> Check:
    chosen = path or Path("config.toml")
    where = str(chosen) if chosen.exists() else "no config.toml here: the defaults hold"
    if not config.channels and config.defaults.mode == "shadow":
        return Check(
            "configuration",
            True,
            f"{where}; every channel is in mode shadow, where Vigil records and never posts: "
            "to let it speak, set mode in a [channels.NAME] section",
        )
    return Check("configuration", True, f"{where}; {len(config.channels)} channel(s) with rules of their own")


def _model(model: CachedEmbedder) -> Iterator[Check]:
    begun = time.perf_counter()
    rows = model.embed(["a readiness check of the embedding model"])
    spent = time.perf_counter() - begun
    length = math.sqrt(float((rows * rows).sum()))
    if rows.shape != (1, model.dim) or not 0.99 < length < 1.01:
        yield Check("embedding model", False, f"{model.model} gives no usable vector; set another [embedding] model")
        return
    yield Check(
        "embedding model", True, f"{model.model} on {model.runs_on}, {model.dim} dimensions, loaded in {spent:.1f} s"
    )


def _triage(config: Config) -> Iterator[Check]:
    model = config.triage.model
    version = weights_of(model).version
    yield Check("triage", True, f"{model}, fitted to your history ({version})" if model else f"as shipped ({version})")


def _console(config: Config) -> Iterator[Check]:
    address = f"{config.console.host}:{config.console.port}"
    alive = running(Path(config.store.path))
    health = _health(config)
    if alive and health is None:
        yield Check("console", False, f"Vigil is running and {address} does not answer; look into its log")
    elif alive and health is not None:
        yield _condition(address, health)
    elif health is not None:
        yield Check("console", False, f"{address} is used by a Vigil on another store; set another [console] port")
    else:
        with socket.socket(socket.AF_INET6 if ":" in config.console.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            yield _bound(probe, config, address)


def _bound(probe: socket.socket, config: Config, address: str) -> Check:
    try:
        probe.bind((config.console.host, config.console.port))
    except (OSError, OverflowError) as taken:
        reason = taken.strerror if isinstance(taken, OSError) else "no such port"
        return Check("console", False, f"{address} cannot be opened ({reason}); set another [console] host or port")
    return Check("console", True, f"{address} is free; Vigil is not running")


def _condition(address: str, health: dict[str, object]) -> Check:
    if health["ok"] or health.get("starting"):
        state = "all is well" if health["ok"] else "it is still starting"
        return Check("console", True, f"Vigil is running and answers at {address}: {state}")
    why = health.get("why")
    reasons = "; ".join(map(str, why)) if isinstance(why, list) else "it does not say why"
    return Check("console", False, f"Vigil is running, but not well: {reasons}; see its log")


def _health(config: Config) -> dict[str, object] | None:
    """What a Vigil at the console's address says of itself; None when none answers there."""
    host = config.console.host if ":" not in config.console.host else f"[{config.console.host}]"
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}.get(host, host)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{host}:{config.console.port}/healthz", timeout=CONSOLE_SECONDS) as answer:
            body = answer.read(100_000)
    except urllib.error.HTTPError as unwell:  # 503 carries the same body
        body = unwell.read(100_000)
    except OSError:
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) and {"ok", "children"} <= set(found) else None
