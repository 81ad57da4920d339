"""How to reach the chat platforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Slack:
    """How to reach Slack; tokens come from the environment or from the named files."""

    enabled: bool = True
    base_url: str = "https://slack.com/api/"
    bot_token_file: str = ""
    app_token_file: str = ""
    timeout_seconds: float = 10.0
    pace: float = 1.0
    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)

    def lacks(self) -> dict[str, str]:
        """What Slack cannot be reached without and is not set: what it is, and how to set it in one line."""
        tokens = (("bot token", "bot_token", self.bot_token), ("app token", "app_token", self.app_token))
        return {what: _unset(f"SLACK_{key.upper()}", f"[slack] {key}_file") for what, key, held in tokens if not held}


@dataclass(frozen=True, slots=True)
class Lark:
    """How to reach Lark or Feishu; `domain` says which, the secret comes from the environment or from the named file."""

    enabled: bool = False
    domain: str = "https://open.larksuite.com"
    app_id: str = ""
    app_secret_file: str = ""
    timeout_seconds: float = 10.0
    pace: float = 1.0
    app_secret: str = field(default="", repr=False)

    def lacks(self) -> dict[str, str]:
        """What Lark cannot be reached without and is not set: what it is, and how to set it in one line."""
        found = (
            {} if self.app_id else {"app id": "[lark] app_id is not set; it is on the app's page Credentials (cli_...)"}
        )
        return (
            found if self.app_secret else {**found, "app secret": _unset("LARK_APP_SECRET", "[lark] app_secret_file")}
        )


def slowest(chats: Mapping[str, Slack | Lark]) -> float:
    """How long one call to any of these may take, in seconds."""
    return max((chat.timeout_seconds for chat in chats.values()), default=Slack().timeout_seconds)


def _unset(variable: str, setting: str) -> str:
    return f"{variable} is not set; put it into the environment or name a file in {setting}"
