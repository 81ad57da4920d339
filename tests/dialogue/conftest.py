"""People's hands in front of a running Vigil, for the tests of commands, clicks and forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.embedding import Embedder
from tests.hands import Hands
from tests.harness import Live, Town


@pytest.fixture
def hands(town: Town, tmp_path: Path, model: Embedder) -> Hands:
    """A Vigil with five runbooks, in a workspace where nothing was said yet."""
    return Hands(Live(town, tmp_path, model))
