"""An installation in a folder of its own, and the doctor that looks at it."""

from __future__ import annotations

import socket
from pathlib import Path

from bot.doctor import Check, examine
from bot.sandbox import Sandbox

CHANNELS = """
[channels.help]
mode = "private"
helpers = ["U0ANA", "S0ONCALL"]
helpers_channel = "helpers"
oncall = "S0ONCALL"
alert_bots = ["B0ALERT"]
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Clinic:
    """A folder with a configuration in it; `findings` examines it and gives the checks by name."""

    def __init__(self, folder: Path, box: Sandbox, channels: str = CHANNELS) -> None:
        self.store = folder / "vigil.db"
        self.path = folder / "vigil.toml"
        self.port = free_port()
        self.parts = {
            "slack": f'base_url = "{box.api_url}"\ntimeout_seconds = 5',
            "store": f'path = "{self.store}"',
            "embedding": 'model = "hashing"',
            "console": f"port = {self.port}",
        }
        self.channels = channels

    def write(self) -> Path:
        sections = "\n".join(f"[{name}]\n{body}" for name, body in self.parts.items())
        self.path.write_text(f"{sections}\n{self.channels}", encoding="utf-8")
        return self.path

    def findings(self) -> dict[str, Check]:
        found = list(examine(self.write()))
        assert all(check.say and "\n" not in check.say for check in found)
        assert not any(secret in check.say for check in found for secret in ("xoxb-sandbox", "xapp-sandbox"))
        return {check.what: check for check in found}

    def sick(self) -> dict[str, str]:
        return {what: check.say for what, check in self.findings().items() if not check.well}
