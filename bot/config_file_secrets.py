"""Tokens and keys: from the environment, or from files that nobody but their owner can read; never repeated in an error."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from bot.config import Config
from bot.config_file_checks import ConfigError
from knowledge.redaction import redact

SECRETS = ("bot_token", "app_token", "app_secret", "api_key")
NAMES = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "LARK_APP_SECRET", "ANTHROPIC_API_KEY")
"""Variables of the environment that hold them; with `_FILE` behind, the name of a file that does."""
EARS = "SLACK_APP_TOKEN"  # opens the connection by which Slack is heard, and does nothing else
OF = {"slack": ("SLACK_BOT_TOKEN", EARS), "lark": ("LARK_APP_SECRET",)}
"""What the listener of each platform needs, and all that it gets."""
OF_WORKER = tuple(name for name in NAMES if name != EARS)
LONGEST = 4096


def spared(wanted: Collection[str]) -> tuple[str, ...]:
    """The variables that a process which needs only the `wanted` secrets is not to have in its environment."""
    return tuple(f"{name}{end}" for name in NAMES if name not in wanted for end in ("", "_FILE"))


def with_secrets(config: Config, env: Mapping[str, str], folder: Path, wanted: Collection[str] = NAMES) -> Config:
    """The configuration with its secrets; each from its variable, the file named by NAME_FILE, or the configured one.

    Those that are not `wanted` are not looked for. Raises ConfigError for a file that cannot be read or that group or
    others may read.
    """
    slack, lark, llm = config.slack, config.lark, config.llm
    named = (slack.bot_token_file, slack.app_token_file, lark.app_secret_file, llm.api_key_file)
    bot, app, secret, key = (
        _secret(env, name, file, folder) if name in wanted else "" for name, file in zip(NAMES, named, strict=True)
    )
    return replace(
        config,
        slack=replace(slack, bot_token=bot, app_token=app),
        lark=replace(lark, app_secret=secret),
        llm=replace(llm, api_key=key),
    )


def secrets_of(config: Config) -> tuple[str, ...]:
    """The tokens and keys that are set: what must not be shown in any line, however it got there."""
    return tuple(
        filter(None, (config.slack.bot_token, config.slack.app_token, config.lark.app_secret, config.llm.api_key))
    )


def _secret(env: Mapping[str, str], name: str, configured: str, folder: Path) -> str:
    if env.get(name):
        if name.startswith(("SLACK", "LARK")) and not _plain(
            env[name]
        ):  # the key of a model is looked at where it is used
            raise ConfigError(f"{name} holds spaces, line ends or letters that no token has; copy it again, alone")
        return env[name]
    if env.get(f"{name}_FILE"):
        return _read(Path(env[f"{name}_FILE"]))
    return _read(folder / configured) if configured else ""


def _read(path: Path) -> str:
    shown = f"token file {path.name}"
    if redact(path.name) != path.name:
        raise ConfigError("a token stands where the name of its file should; put it into a file, and name that")
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise ConfigError(f"{shown}: others may read it (mode {mode:o}); do: chmod 600 {path}")
            text = file.read(LONGEST + 1).decode("ascii").strip()
    except OSError as trouble:
        raise ConfigError(f"{shown}: cannot be read ({trouble.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{shown}: holds letters that no token has; copy it again, alone") from None
    if not text or len(text) > LONGEST or not _plain(text):
        raise ConfigError(f"{shown}: must hold the token alone, on one line")
    return text


def _plain(text: str) -> bool:
    return all(33 <= ord(character) <= 126 for character in text)
