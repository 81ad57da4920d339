"""The doctor and the console: a free port, one in use, and a Vigil that runs well or not."""

from __future__ import annotations

import fcntl
import socket

import pytest

from bot.supervisor_console import serve
from tests.doctor.clinic import Clinic


def test_a_port_in_use(clinic: Clinic) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", clinic.port))
        other.listen()
        assert "cannot be opened (Address already in use)" in clinic.sick()["console"]


HEALTHY = {"ok": True, "children": {"worker": {"alive": True, "silent_seconds": 1.0}}}
DEAF = {"ok": False, "why": ["the worker process has given no sign of life for 99 s"], "children": {}}
STARTING = {"ok": False, "why": ["the worker process is starting"], "starting": True, "children": {}}


@pytest.mark.parametrize(
    ("held", "health", "well", "part"),
    [
        (True, HEALTHY, True, "all is well"),
        (True, DEAF, False, "not well: the worker process has given no sign of life for 99 s"),
        (True, STARTING, True, "it is still starting"),
        (False, HEALTHY, False, "used by a Vigil on another store"),
        (True, None, False, "does not answer"),
    ],
)
def test_a_running_vigil(clinic: Clinic, held: bool, health: dict[str, object] | None, well: bool, part: str) -> None:
    server = serve("127.0.0.1", clinic.port, lambda: health, lambda: "") if health else None
    lock = clinic.store.with_suffix(".lock").open("w")
    try:
        if held:
            fcntl.flock(lock, fcntl.LOCK_EX)
        check = clinic.findings()["console"]
    finally:
        lock.close()
        if server:
            server.shutdown()
            server.server_close()
    assert check.well is well
    assert part in check.say
