"""A sandbox workspace, the platform that talks to it and a listener that hears it; the same of Lark without ears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from bot.config import Lark, Slack
from bot.platforms.slack import SlackPlatform
from bot.sandbox import LarkSandbox, Sandbox, Workspace
from tests.platforms.ears import Ear

if TYPE_CHECKING:
    from bot.platforms.lark import LarkPlatform

RETRIES = (0.3,) * 8


def slack_settings(box: Sandbox, timeout_seconds: float = 5.0) -> Slack:
    return Slack(
        base_url=box.api_url,
        timeout_seconds=timeout_seconds,
        pace=1000.0,
        bot_token="xoxb-sandbox",
        app_token="xapp-sandbox",
    )


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(retry_after=RETRIES)) as box:
        yield box


@pytest.fixture
def slack(box: Sandbox) -> SlackPlatform:
    return SlackPlatform(slack_settings(box, 1.0), lambda text: text.replace("hunter2", "[secret]"))


def lark_settings(box: LarkSandbox, timeout_seconds: float = 1.0, pace: float = 1000.0) -> Lark:
    return Lark(True, box.url, box.app_id, "", timeout_seconds, pace, box.app_secret)


@pytest.fixture
def tenant() -> Iterator[LarkSandbox]:
    with LarkSandbox() as box:
        yield box


@pytest.fixture
def lark(tenant: LarkSandbox) -> LarkPlatform:
    from bot.platforms.lark import LarkPlatform  # it takes seconds

    return LarkPlatform(lark_settings(tenant), lambda text: text.replace("hunter2", "[secret]"))


@pytest.fixture(scope="module")
def town() -> Iterator[Sandbox]:
    """One workspace for all tests of a module that only listen: starting and ending a listener takes seconds."""
    with Sandbox(Workspace.small(retry_after=RETRIES, ack_within=2.0)) as box:
        yield box


@pytest.fixture(scope="module")
def listening(town: Sandbox) -> Iterator[Ear]:
    ear = Ear(town, slack_settings(town))
    yield ear
    ear.close()


@pytest.fixture
def ear(listening: Ear) -> Iterator[Ear]:
    listening.clear()
    yield listening
    listening.fail_next = 0
    listening.form = None
    listening.box.wait_acked()
