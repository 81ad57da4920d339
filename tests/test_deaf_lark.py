"""Every way in which Lark's long connection goes deaf is noticed within 30 seconds and healed within 90, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.platforms.lark_manifest import CALLBACK, EVENTS, scopes
from bot.sandbox import Drop, Hang, LarkSandbox, LarkWorkspace, Reconnect
from tests.processes import Processes

NOTICED, HEALED = 30.0, 90.0


class Tenant(Processes):
    """A Vigil on a Lark tenant alone."""

    def __init__(self, lark: LarkSandbox, folder: Path) -> None:
        super().__init__(lark, folder, console="deaf_seconds = 15\nprobe_seconds = 2")  # type: ignore[arg-type]
        self.lark = lark
        text = self.config.read_text()
        section = f'domain = "{lark.url}"\napp_id = "{lark.app_id}"\ntimeout_seconds = 3.0\npace = 1000.0\n'
        head, tail = text.split("[slack]")[0], text.split("[store]", 1)[1]
        self.config.write_text(f"{head}[slack]\nenabled = false\n[lark]\nenabled = true\n{section}[store]{tail}")

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "LARK_APP_SECRET": self.lark.app_secret}

    def heard(self, message: str) -> bool:
        """Whether a message stands in the store."""
        return bool(self.memory().database.value("SELECT 1 FROM turns WHERE id LIKE ?", (f"%:{message}",)))


class Lark(LarkSandbox):
    """A tenant as Processes asks for its address."""

    @property
    def api_url(self) -> str:
        return self.url


@pytest.fixture(scope="module")
def vigil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    granted = {"scopes": scopes(), "events": frozenset((*EVENTS, CALLBACK))}
    with Lark(LarkWorkspace.small(retry_after=(1.0,) * 120, reconnect=Reconnect(ping=3), **granted)) as box:
        found = Tenant(box, tmp_path_factory.mktemp("deaf"))
        found.start()
        try:
            found.until(found.healthy, "a healthy start", 90)
            yield found
        finally:
            found.stop()


def hangs(box: LarkSandbox) -> None:
    """The connection breaks, and Lark never says where the next one is to be had: the SDK waits for that for ever."""
    box.faults.next("endpoint", Hang(600))
    box.abort_sockets()


def twice(box: LarkSandbox) -> None:
    """The connection breaks while the one after it is made, in which the SDK loses its lock."""
    box.faults.next("endpoint", Hang(4))
    box.abort_sockets()
    box.wait_for(lambda box: any(point == "endpoint" for point, _ in box.faults.struck), 60)
    box.abort_sockets()


def pongs(box: LarkSandbox) -> None:
    for _ in range(200):
        box.faults.next("pong", Drop())


WAYS: dict[str, Callable[[LarkSandbox], object]] = {
    "the endpoint hangs": hangs,
    "cut again and again": twice,
    "half open": lambda box: box.mute_sockets(),
    "answers no ping of Lark's": lambda box: box.deafen_sockets(),
    "no pong": pongs,
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("way", WAYS)
def test_deafness_is_noticed_and_healed(vigil: Tenant, way: str) -> None:
    began, told = time.monotonic(), len(vigil.log.read_text())

    def noticed() -> bool:
        """What is mended within the grace of a reconnect is no reason to call Vigil unwell, but the log tells of it."""
        return not vigil.healthy() or "connecting anew" in vigil.log.read_text()[told:]

    WAYS[way](vigil.lark)
    vigil.until(noticed, f"word that {way}", NOTICED)
    vigil.lark.faults.clear()
    said = vigil.lark.say("help", "ben", f"can anybody hear me while {way}?")
    vigil.until(lambda: vigil.heard(said) and vigil.healthy(), "health", HEALED - (time.monotonic() - began))
