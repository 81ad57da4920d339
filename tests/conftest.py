"""What the tests of the whole line share: the real embedding model, and a workspace with a listener."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import app
from bot.config import Config, Rules
from knowledge.embedding import Embedder
from tests.harness import Live, Town
from tests.script import Start, Talk


@pytest.fixture(scope="session")
def model() -> Embedder:
    """The model that ships with Vigil; loading it takes seconds, so it is loaded once."""
    return app.embedder(Config())


@pytest.fixture(scope="session")
def shared_town() -> Iterator[Town]:
    found = Town()
    yield found
    found.close()


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The shared workspace, empty."""
    shared_town.clear()
    yield shared_town
    shared_town.clear()


@pytest.fixture
def talk(town: Town, tmp_path: Path, model: Embedder) -> Start:
    """Starts a Vigil that knows five runbooks, with other rules for some channels if given, and a talk with it."""

    def start(channel: str = "help", **rules: Rules) -> Talk:
        return Talk(Live(town, tmp_path, model, rules), channel)

    return start
