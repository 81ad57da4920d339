"""The sandbox's page in headless Chromium: people talk, react, edit and switch places."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from slack_sdk import WebClient

from bot.sandbox import Sandbox
from tests.sandbox.browsing import (
    button,
    menu,
    needs_chromium,
    open_browser,
    open_page,
    post_buttons,
    said,
    send,
    shown,
)

HOSTILE = '<img src=x onerror="window.pwned=1"> <script>window.pwned=2</script> <javascript:window.pwned=3|click>'

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, box: Sandbox) -> Iterator[Page]:
    with open_page(browser, box) as page:
        yield page


def test_an_asker_speaks(page: Page, box: Sandbox) -> None:
    send(page, "Restore fails with `E4012` & <nothing>, @ana see https://a.example/x?y=1&z=2.")
    message = said(box, "E4012")
    assert message["user"] == "U0BEN"
    assert "&amp; &lt;nothing&gt;, <@U0ANA> see <https://a.example/x?y=1&amp;z=2>." in message["text"]
    expect(shown(page, message["ts"]).locator("code")).to_have_text("E4012")
    expect(shown(page, message["ts"])).to_contain_text("& <nothing>, @Ana Ruiz see https://a.example/x?y=1&z=2.")
    expect(page.get_by_test_id("composer")).to_have_value("")


def test_shift_enter_makes_a_line(page: Page, box: Sandbox) -> None:
    composer = page.get_by_test_id("composer")
    composer.fill("one")
    composer.press("Shift+Enter")
    composer.press_sequentially("two")
    composer.press("Enter")
    assert said(box, "one")["text"] == "one\ntwo"


def test_hostile_text_stays_text(page: Page, box: Sandbox, client: WebClient) -> None:
    send(page, HOSTILE)
    typed = said(box, "pwned")["ts"]
    posted = client.chat_postMessage(channel="C0HELP", text=HOSTILE)["ts"]
    blocked = post_buttons(client, HOSTILE, button("x", HOSTILE[:60]))
    rendered = {"type": "markdown", "text": f"{HOSTILE} [go](javascript:window.pwned=4)"}
    marked = client.chat_postMessage(channel="C0HELP", text="-", blocks=[rendered])["ts"]
    for ts in (typed, posted, blocked, marked):
        expect(shown(page, ts)).to_contain_text('<img src=x onerror="window.pwned=1"> <script>window.pwned=2</script>')
        expect(shown(page, ts).locator("img, script, a, iframe")).to_have_count(0)
    assert page.evaluate("window.pwned") is None


def test_a_thread_opens_and_refuses_commands(page: Page, box: Sandbox) -> None:
    root = box.say("C0HELP", "U0CLEO", "Deploy is stuck")
    box.say("C0HELP", "U0ANA", "Which region?", thread=root)
    page.get_by_test_id(f"thread-{root}").click()
    pane = page.get_by_test_id("thread-pane")
    expect(pane).to_contain_text("Which region?")
    send(page, "/vigil why", "thread-composer")
    expect(pane).to_contain_text("Slash commands do not work in threads")
    send(page, "eu-west", "thread-composer")
    assert said(box, "eu-west", thread=root)["user"] == "U0BEN"
    expect(pane).to_contain_text("eu-west")
    expect(page.get_by_test_id(f"thread-{root}")).to_contain_text("2 replies")
    pane.get_by_test_id("thread-composer").press("Escape")
    expect(pane).to_be_hidden()


def test_reactions_edits_and_deletions(page: Page, box: Sandbox) -> None:
    ts = box.say("C0HELP", "U0BEN", "A first try")
    shown(page, ts).hover()
    shown(page, ts).get_by_test_id("react-white_check_mark").click()
    pill = shown(page, ts).get_by_test_id("reaction-white_check_mark")
    expect(pill).to_have_attribute("aria-pressed", "true")
    pill.click()
    expect(pill).to_have_count(0)
    menu(page, ts, "edit")
    page.get_by_test_id("editor").fill("A second try")
    page.get_by_test_id("editor").press("Enter")
    expect(shown(page, ts)).to_contain_text(re.compile(r"A second try\s*\(edited\)"))
    menu(page, ts, "delete")
    page.get_by_test_id("confirm-yes").click()
    expect(shown(page, ts)).to_have_count(0)
    assert box.messages("C0HELP") == []


def test_private_channels_are_for_members(page: Page, box: Sandbox) -> None:
    expect(page.get_by_test_id("channel-C0SECRET")).to_be_visible()
    page.get_by_test_id("channel-C0SECRET").click()
    page.get_by_test_id("speak-as").select_option("U0CLEO")
    expect(page.get_by_test_id("channel-C0SECRET")).to_have_count(0)
    expect(page.get_by_test_id("composer")).not_to_have_attribute("placeholder", "Message #secret")
    box.join("C0SECRET", "U0CLEO")
    expect(page.get_by_test_id("channel-C0SECRET")).to_be_visible()


def test_an_unread_channel_is_marked(page: Page, box: Sandbox) -> None:
    box.say("C0RANDOM", "U0ANA", "Lunch?")
    expect(page.get_by_test_id("channel-C0RANDOM").locator(".dot")).to_be_visible()
    page.get_by_test_id("channel-C0RANDOM").click()
    expect(page.get_by_test_id("channel-C0RANDOM").locator(".dot")).to_have_count(0)


def test_a_permalink_opens_its_message(page: Page, box: Sandbox, client: WebClient) -> None:
    root = box.say("C0HELPERS", "U0ANA", "Egress quota is per project")
    link = client.chat_getPermalink(channel="C0HELPERS", message_ts=root)["permalink"]
    ts = client.chat_postMessage(channel="C0HELP", text=f"See <{link}|an earlier thread>")["ts"]
    shown(page, ts).get_by_role("link").click()
    expect(shown(page, root)).to_be_focused()
    assert page.url.startswith(box.url)


def test_the_page_comes_back_after_an_outage(page: Page, box: Sandbox) -> None:
    box.stop()
    expect(page.get_by_test_id("connection")).to_contain_text("Reconnecting")
    ts = box.say("C0HELP", "U0CLEO", "Said while the page was deaf")
    box.start()
    expect(shown(page, ts)).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("connection")).to_have_text("Vigil is not connected")
