"""The sandbox's page with a real Bolt app beside it: buttons, commands, modals and the home tab."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from slack_sdk import WebClient

from bot.sandbox import Sandbox
from tests.sandbox.bolt_bot import Bot
from tests.sandbox.browsing import (
    button,
    kept_by,
    needs_chromium,
    open_browser,
    open_page,
    post_buttons,
    said,
    send,
    shown,
)

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, box: Sandbox) -> Iterator[Page]:
    with open_page(browser, box) as page:
        yield page


def test_a_click_reaches_the_app(page: Page, bot: Bot, client: WebClient) -> None:
    clicks = kept_by(bot, bot.app.action("vigil_helpful"))
    expect(page.get_by_test_id("connection")).to_have_text("Vigil is not connected")
    bot.connect()
    expect(page.get_by_test_id("connection")).to_have_text("Vigil is listening")
    ts = post_buttons(client, "Raise the *quota* first.", button("vigil_helpful", "Helpful"))
    expect(shown(page, ts).locator(".badge")).to_have_text("APP")
    expect(shown(page, ts).locator("strong")).to_have_text("quota")
    page.get_by_test_id("button-vigil_helpful").click()
    body = bot.wait(clicks)[0]
    assert body["type"] == "block_actions"
    assert body["user"]["id"] == "U0BEN"
    assert (body["container"]["message_ts"], body["actions"][0]["value"]) == (ts, "v1")


def test_a_confirmed_button_waits_for_yes(page: Page, bot: Bot, client: WebClient) -> None:
    clicks = kept_by(bot, bot.app.action("vigil_human"))
    bot.connect()
    words = {key: {"type": "plain_text", "text": key} for key in ("title", "text", "confirm", "deny")}
    post_buttons(client, "Shall I call somebody?", button("vigil_human", "Need a human") | {"confirm": words})
    page.get_by_test_id("button-vigil_human").click()
    page.keyboard.press("Escape")
    page.get_by_test_id("button-vigil_human").click()
    page.get_by_test_id("confirm-yes").click()
    assert len(bot.wait(clicks)) == 1


def test_commands_and_private_notes(page: Page, bot: Bot, client: WebClient) -> None:
    commands = kept_by(bot, bot.app.command("/vigil"))
    bot.connect()
    expect(page.get_by_test_id("connection")).to_have_text("Vigil is listening")
    send(page, "/vigil search quota")
    body = bot.wait(commands)[0]
    assert (body["text"], body["user_id"], body["channel_id"]) == ("search quota", "U0BEN", "C0HELP")
    client.chat_postEphemeral(channel="C0HELP", user="U0BEN", text="Two hits")
    expect(page.get_by_test_id("ephemeral")).to_contain_text("Only visible to you")
    page.get_by_test_id("speak-as").select_option("U0CLEO")
    expect(page.get_by_test_id("ephemeral")).to_have_count(0)


def test_a_modal_shows_errors_and_closes(page: Page, bot: Bot, client: WebClient) -> None:
    text = {"type": "plain_text", "text": "Why?"}
    field = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    blocks = [{"type": "input", "block_id": "reason", "label": text, "element": field}]
    view = {"type": "modal", "callback_id": "why", "title": text, "submit": text, "blocks": blocks}
    submitted: list[str] = []

    def check(ack: Any, body: dict[str, Any]) -> None:
        value = body["view"]["state"]["values"]["reason"]["text"]["value"]
        submitted.append(value)
        ack() if len(value) > 5 else ack(response_action="errors", errors={"reason": "Say a little more."})

    def open_it(ack: Any, body: dict[str, Any]) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view)

    bot.app.action("vigil_not_helpful")(open_it)
    bot.app.view("why")(check)
    bot.connect()
    post_buttons(client, "An answer", button("vigil_not_helpful", "Not helpful"))
    page.get_by_test_id("button-vigil_not_helpful").click()
    modal = page.get_by_test_id("modal")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("Please fill in this field.")
    page.get_by_test_id("input-text").fill("no")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("Say a little more.")
    page.get_by_test_id("input-text").fill("it is out of date")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_have_count(0)
    assert submitted == ["no", "it is out of date"]


def test_home_and_direct_messages(page: Page, box: Sandbox, bot: Bot, client: WebClient) -> None:
    opened = bot.keep("app_home_opened")
    bot.connect()
    page.locator("[data-testid^=channel-D], [data-testid=channel-dm]").click()
    page.get_by_test_id("tab-home").click()
    assert bot.wait(opened)[0]["event"]["user"] == "U0BEN"
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Open questions"}}]
    client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": blocks})
    expect(page.get_by_test_id("home").get_by_role("heading")).to_have_text("Open questions")
    page.get_by_test_id("tab-messages").click()
    send(page, "hello")
    assert said(box, "hello", channel=box.open_im("U0BEN"))["user"] == "U0BEN"
