"""What the tests of the whole line share: the real embedding model, and a workspace with a listener."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot import app
from bot.config import Config
from knowledge.embedding import Embedder
from tests.harness import Town


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
