"""The page shows a Lark tenant as it shows Slack's, and people act through it."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from bot.sandbox import LarkSandbox, LarkWorkspace

BUTTON = {
    "tag": "button",
    "type": "primary",
    "text": {"tag": "plain_text", "content": "Helpful"},
    "behaviors": [{"type": "callback", "value": {"action": "helpful"}}],
}
CARD = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "**hi**"}, BUTTON]}}


@pytest.fixture
def box() -> Iterator[LarkSandbox]:
    with LarkSandbox(LarkWorkspace.small()) as box:
        yield box


def state(box: LarkSandbox) -> dict[str, Any]:
    with urlopen(f"{box.url}/sandbox/state", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def do(box: LarkSandbox, what: str, user: str, **fields: Any) -> dict[str, Any]:
    body = json.dumps({"do": what, "as": user, **fields}).encode()
    request = Request(f"{box.url}/sandbox/act", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def test_the_page_and_its_state_are_served(box: LarkSandbox) -> None:
    with urlopen(box.url, timeout=10) as page:
        assert b"<html" in page.read()
    shown = state(box)
    assert {channel["name"] for channel in shown["channels"]} == {"help", "helpers", "secret", "random", "topics"}
    assert shown["app_user"] == box.open_id("vigil")


def test_what_people_do_on_the_page_happens(box: LarkSandbox) -> None:
    chat, ben, ana = box.chat_id("help"), box.open_id("ben"), box.open_id("ana")
    assert do(box, "say", ben, channel=chat, text="@vigil is 1 < 2?") == {"ok": True}
    root = box.messages("help")[0]
    assert root.text == "@_user_1 is 1 < 2?"
    said = state(box)["messages"][chat][0]
    assert said["text"] == f"<@{box.open_id('vigil')}> is 1 &lt; 2?"
    assert do(box, "say", ana, channel=chat, text="yes", thread=said["ts"])["ok"]
    assert state(box)["messages"][chat][1]["thread_ts"] == said["ts"]
    assert do(box, "react", ana, channel=chat, ts=said["ts"], name="+1")["ok"]
    assert state(box)["messages"][chat][0]["reactions"] == [{"name": "+1", "users": [ana], "count": 1}]
    assert "only the author" in do(box, "edit", ana, channel=chat, ts=said["ts"], text="no")["error"]
    assert do(box, "edit", ben, channel=chat, ts=said["ts"], text="is it?")["ok"]
    assert do(box, "command", ben, channel=chat, text="help")["ok"]
    assert [m.text for m in box.all_messages("help")] == ["is it?", "yes", "/vigil help"]
    assert do(box, "delete", ben, channel=chat, ts=said["ts"])["ok"]
    assert state(box)["messages"][chat][0]["subtype"] == "tombstone"


def test_a_card_is_shown_as_blocks_and_its_button_works(box: LarkSandbox) -> None:
    message = box.say("help", "alerts", card=CARD)
    shown = state(box)["messages"][box.chat_id("help")][0]
    assert [block["type"] for block in shown["blocks"]] == ["markdown", "actions"]
    button = shown["blocks"][1]["elements"][0]
    assert (button["text"]["text"], button["style"]) == ("Helpful", "primary")
    click = {"channel": box.chat_id("help"), "ts": shown["ts"], "action_id": button["action_id"]}
    assert do(box, "click", box.open_id("ben"), **click)["ok"]
    box.wait_for(lambda box: box.dropped)
    event = box.dropped[0].payload["event"]
    assert (event["action"]["value"], event["context"]["open_message_id"]) == ({"action": "helpful"}, message)


def test_what_is_grey_as_a_whole_is_small_print(box: LarkSandbox) -> None:
    elements = [
        {"tag": "markdown", "content": f"<font color='grey'>{text}</font>"} for text in ("a &#40;b&#41;", "**c")
    ]
    box.say("help", "alerts", card={"schema": "2.0", "body": {"elements": elements}})
    blocks = state(box)["messages"][box.chat_id("help")][0]["blocks"]
    assert [block["type"] for block in blocks] == ["context", "context"]
    assert blocks[0]["elements"] == [{"type": "plain_text", "text": "a (b)"}]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"what": "fly"}, "fly"),
        ({"what": "say", "channel": "help"}, "missing field: text"),
        ({"what": "say", "channel": "nowhere", "text": "x"}, "nowhere"),
        ({"what": "say", "channel": "help", "text": " "}, "empty text"),
        ({"what": "delete", "channel": "help", "ts": "1.000000"}, "gone"),
        ({"what": "react", "channel": "help", "ts": "1.000000", "name": "x"}, "gone"),
    ],
)
def test_what_cannot_be_done_is_said(box: LarkSandbox, body: dict[str, str], why: str) -> None:
    what = body.pop("what")
    answer = do(box, what, "ben", **body)
    assert answer["ok"] is False
    assert why in answer["error"]
