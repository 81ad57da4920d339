"""A memory on a file of its own."""

from tests.storage.conftest import memory as memory
