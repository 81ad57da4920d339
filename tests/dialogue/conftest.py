"""People's hands in front of a running Vigil, for the tests of commands, clicks and forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.llm.base import Task
from knowledge.embedding import Embedder
from tests.hands import Hands
from tests.harness import Live, Town
from tests.llm.voices import Told


@pytest.fixture
def hands(town: Town, tmp_path: Path, model: Embedder) -> Hands:
    """A Vigil with five runbooks, in a workspace where nothing was said yet."""
    return Hands(Live(town, tmp_path, model))


Voiced = Callable[[Mapping[Task, Any]], tuple[Hands, Told]]


@pytest.fixture
def voiced(town: Town, tmp_path: Path, model: Embedder) -> Voiced:
    """Starts the same with a language model that says what it is told to."""

    def start(says: Mapping[Task, Any]) -> tuple[Hands, Told]:
        voice = Told(says)
        return Hands(Live(town, tmp_path, model, voice=voice)), voice

    return start
