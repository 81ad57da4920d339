"""A sandbox workspace, an installation that points at it, and that installation's memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.memory import Memory, open_memory
from bot.sandbox import Sandbox, Workspace
from tests.doctor.clinic import Clinic


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small()) as box:
        yield box


@pytest.fixture
def clinic(tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-sandbox")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-sandbox")
    return Clinic(tmp_path, box)


@pytest.fixture
def memory(clinic: Clinic) -> Memory:
    return open_memory(clinic.store)
