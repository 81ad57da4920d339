"""A sandbox that speaks Lark's protocol, and an app's calls to it, for the tests of the protocol."""

from collections.abc import Iterator

import pytest

from bot.sandbox import LarkSandbox, LarkWorkspace
from tests.sandbox.lark.client import Rest


@pytest.fixture
def box() -> Iterator[LarkSandbox]:
    with LarkSandbox(LarkWorkspace.small()) as box:
        yield box


@pytest.fixture
def rest(box: LarkSandbox) -> Rest:
    return Rest(box)
