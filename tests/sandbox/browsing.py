"""What the tests of the sandbox's page share: a headless Chromium, the page opened in it, and hands to use it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from slack_sdk import WebClient

from bot.sandbox import Sandbox
from tests.sandbox.bolt_bot import Bot

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"
)


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser, box: Sandbox) -> Iterator[Page]:
    """The page, speaking as Ben in #help; a script error or a breach of its content policy fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(box.url)
    page.get_by_test_id("speak-as").select_option("U0BEN")
    page.get_by_test_id("channel-C0HELP").click()
    yield page
    context.close()
    # A connection refused while a test has the sandbox down is no fault of the page.
    assert [text for text in complaints if "net::ERR" not in text] == []


def shown(page: Page, ts: str) -> Locator:
    return page.get_by_test_id(f"message-{ts}")


def send(page: Page, text: str, composer: str = "composer") -> None:
    page.get_by_test_id(composer).fill(text)
    page.get_by_test_id(composer).press("Enter")


def said(box: Sandbox, text: str, channel: str = "C0HELP", thread: str | None = None) -> dict[str, Any]:
    return box.wait_message(channel, thread=thread, where=lambda message: text in message["text"])


def menu(page: Page, ts: str, entry: str) -> None:
    shown(page, ts).hover()
    shown(page, ts).get_by_test_id("more").click()
    page.get_by_test_id(entry).click()


def button(action_id: str, label: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "value": "v1", "text": {"type": "plain_text", "text": label}}


def post_buttons(client: WebClient, text: str, *buttons: dict[str, Any], **more: Any) -> str:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    blocks: list[dict[str, Any]] = [section, {"type": "actions", "elements": [*buttons]}]
    return str(client.chat_postMessage(channel="C0HELP", text=text, blocks=blocks, **more)["ts"])


def kept_by(bot: Bot, listen: Any) -> list[dict[str, Any]]:
    """Acknowledge and keep the bodies that a Bolt listener decorator brings."""
    kept: list[dict[str, Any]] = []

    def listener(ack: Any, body: dict[str, Any]) -> None:
        ack()
        kept.append(body)
        with bot.box._core.changed:
            bot.box._core.changed.notify_all()

    listen(listener)
    return kept
