"""A sandbox whose model is as new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.sandbox import Sandbox, Workspace


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small()) as box:
        yield box
