"""A sandbox and a real Bolt app connected to it, for the tests of the protocol."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.sandbox import Sandbox, Workspace
from tests.sandbox.bolt_bot import Bot, web_client


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(retry_after=(0.2, 0.2, 0.2), ack_within=0.5)) as box:
        yield box


@pytest.fixture
def client(box: Sandbox) -> WebClient:
    return web_client(box)


@pytest.fixture
def bot(box: Sandbox) -> Iterator[Bot]:
    bot = Bot(box)
    yield bot
    bot.close()
