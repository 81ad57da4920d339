"""Cards: what Lark takes, how the app changes them, cards that one person sees; with the stock REST client."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import LarkSandbox, LarkWorkspace, SandboxError
from bot.sandbox.lark_card_checks import checked_card, seen_card
from bot.sandbox.lark_models import Denied
from bot.sandbox.lark_page_view import blocks
from tests.sandbox.lark.client import Json, Rest

KEYS = (
    "schema",
    "body",
    "elements",
    "header",
    "title",
    "tag",
    "text",
    "columns",
    "behaviors",
    "type",
    "content",
    "extra",
)
TEXT: Json = {"tag": "plain_text", "content": "Helpful"}
BUTTON: Json = {"tag": "button", "text": TEXT, "behaviors": [{"type": "callback", "value": {"action": "helpful"}}]}


def new(*elements: Json, **more: Json) -> Json:
    return {"schema": "2.0", "body": {"elements": list(elements)}, **more}


def old(*elements: Json, **config: bool) -> Json:
    return {"config": config, "elements": list(elements)}


@pytest.mark.parametrize(
    "card",
    [
        new({"tag": "markdown", "content": "**hi**"}, BUTTON, header={"title": TEXT, "template": "blue"}),
        new({"tag": "column_set", "columns": [{"tag": "column", "elements": [BUTTON]}]}),
        new({"tag": "form", "name": "f", "elements": [{"tag": "input", "name": "why"}, BUTTON]}),
        old({"tag": "div", "text": {"tag": "lark_md", "content": "x"}}, {"tag": "action", "actions": [BUTTON]}),
        old({"tag": "note", "elements": [{"tag": "plain_text", "content": "small"}]}),
    ],
)
def test_cards_that_lark_takes(card: Json) -> None:
    assert checked_card(json.dumps(card)) == card


@pytest.mark.parametrize(
    ("card", "why"),
    [
        ("no json", "200621"),
        ([], "200621"),
        ({}, "elements is required"),
        ({"schema": "2.0", "elements": []}, "body.elements is required"),
        ({"schema": "3.0", "body": {"elements": []}}, "unknown schema"),
        (new({"tag": "action", "actions": [BUTTON]}), "unsupported tag action"),
        (new({"tag": "note", "elements": []}), "unsupported tag note"),
        (new({"tag": "blink"}), "blink"),
        (new({"content": "x"}), "no tag"),
        (new({"tag": "markdown"}), "markdown has no content"),
        (new({**BUTTON, "text": "Helpful"}), "button.text"),
        (new({**BUTTON, "type": "huge"}), "huge"),
        (new({**BUTTON, "behaviors": [{"type": "explode"}]}), "behavior"),
        (new({**BUTTON, "element_id": "1st"}), "element_id"),
        (new({**BUTTON, "element_id": "b"}, {**BUTTON, "element_id": "b"}), "not unique"),
        (new({"tag": "img"}), "img_key"),
        (new(header={"template": "blue"}), "header.title"),
        (new(header={"title": TEXT, "template": "pink"}), "pink"),
        (new(*[{"tag": "hr"}] * 201), "exceeds"),
        (new({"tag": "column_set", "columns": [BUTTON]}), "columns only"),
    ],
)
def test_cards_that_lark_refuses(card: object, why: str) -> None:
    with pytest.raises(Denied, match=why) as caught:
        checked_card(card if isinstance(card, str) else json.dumps(card))
    assert caught.value.code == 230099


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["2.0", "button", "plain_text", "callback", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(KEYS), SCRAPS))
def test_odd_cards_are_refused_and_break_nothing(card: Json) -> None:
    with suppress(Denied):
        checked = checked_card(json.dumps(card))
        seen_card(checked)
        blocks(checked)


@pytest.mark.parametrize("content", ["[" * 30_000, '{"a":' * 5_000, '{"elements":[{"tag":"column","elements":' * 400])
def test_bottomless_cards_are_refused(content: str) -> None:
    with pytest.raises(Denied, match="200621"):
        checked_card(content)


def test_an_element_nested_too_deeply() -> None:
    inner: Json = {"tag": "hr"}
    for _ in range(400):
        inner = {"tag": "column", "elements": [inner]}
    with pytest.raises(Denied, match="nested too deeply"):
        checked_card(json.dumps(new(inner)))


def sent(rest: Rest, box: LarkSandbox, card: Json) -> str:
    answer = rest.send(box.chat_id("help"), msg_type="interactive", content=json.dumps(card))
    return str(answer["data"]["message_id"])


def test_a_card_is_patched_in_place_and_history_gives_its_words(box: LarkSandbox, rest: Rest) -> None:
    message = sent(rest, box, new(BUTTON, header={"title": {"tag": "plain_text", "content": "Answer"}}))
    changed = new({"tag": "markdown", "content": "thanks"})
    assert rest.call("PATCH", f"im/v1/messages/{message}", {"content": json.dumps(changed)})[1]["code"] == 0
    assert box.message(message).card == changed
    item = rest.call("GET", f"im/v1/messages/{message}")[1]["data"]["items"][0]
    assert json.loads(item["body"]["content"])["elements"] == [[{"tag": "text", "text": "thanks"}]]
    raw = rest.call("GET", f"im/v1/messages/{message}", card_msg_content_type="user_card_content")[1]
    assert json.loads(raw["data"]["items"][0]["body"]["content"]) == changed
    assert rest.call("PATCH", f"im/v1/messages/{message}", {"content": '{"schema": "2.0"}'})[1]["code"] == 230099
    assert box.message(message).card == changed


def test_what_cannot_be_patched(box: LarkSandbox, rest: Rest) -> None:
    shared, alone = old({"tag": "hr"}, update_multi=True), old({"tag": "hr"})
    for before, after, code in ((shared, shared, 0), (alone, shared, 230099), (shared, alone, 230099)):
        message = sent(rest, box, before)
        assert rest.call("PATCH", f"im/v1/messages/{message}", {"content": json.dumps(after)})[1]["code"] == code
    text = rest.send(box.chat_id("help"), "words")["data"]["message_id"]
    assert rest.call("PATCH", f"im/v1/messages/{text}", {"content": json.dumps(shared)})[1]["code"] == 230054
    theirs = box.say("help", "alerts", card=shared)
    assert rest.call("PATCH", f"im/v1/messages/{theirs}", {"content": json.dumps(shared)})[1]["code"] == 230012


def test_a_card_is_too_old_to_be_patched() -> None:
    with LarkSandbox(LarkWorkspace.small(card_window=-1.0)) as box:
        rest = Rest(box)
        message = sent(rest, box, new(BUTTON))
        assert rest.call("PATCH", f"im/v1/messages/{message}", {"content": json.dumps(new())})[1]["code"] == 230031


def test_a_card_that_one_person_sees(box: LarkSandbox, rest: Rest) -> None:
    body = {
        "chat_id": box.chat_id("help"),
        "open_id": box.open_id("ben"),
        "msg_type": "interactive",
        "card": new(BUTTON),
    }
    message = rest.call("POST", "ephemeral/v1/send", body)[1]["data"]["message_id"]
    assert [(m.id, m.visible_to) for m in box.whispers] == [(message, box.open_id("ben"))]
    where = {"container_id_type": "chat", "container_id": box.chat_id("help")}
    assert rest.call("GET", "im/v1/messages", **where)[1]["data"]["items"] == []
    assert rest.call("PATCH", f"im/v1/messages/{message}", {"content": json.dumps(new())})[1]["code"] == 230054
    assert rest.call("POST", "ephemeral/v1/delete", {"message_id": message})[1]["code"] == 0
    assert rest.call("POST", "ephemeral/v1/delete", {"message_id": message})[1]["code"] == 230001
    assert box.whispers == []
    topic = body | {"chat_id": box.chat_id("topics")}
    assert rest.call("POST", "ephemeral/v1/send", topic)[1]["code"] == 230018
    stranger = body | {"chat_id": box.chat_id("secret"), "open_id": box.open_id("cleo")}
    assert rest.call("POST", "ephemeral/v1/send", stranger)[1]["code"] == 230001


def test_a_clicked_card_is_changed_by_its_token_twice(box: LarkSandbox, rest: Rest) -> None:
    message = sent(rest, box, new(BUTTON))
    asked = box.click("help", message, "helpful", "ben")
    token = asked._envelope.payload["event"]["token"]
    codes = [
        rest.call("POST", "interactive/v1/card/update", {"token": token, "card": new()})[1]["code"] for _ in range(3)
    ]
    assert codes == [0, 0, 300090]
    assert box.message(message).card == new()


def test_what_is_not_there_cannot_be_clicked(box: LarkSandbox) -> None:
    message = box.say("help", "alerts", card=new(BUTTON))
    with pytest.raises(SandboxError, match=r"nothing to click: 'solved'; there is .*helpful"):
        box.click("help", message, "solved", "ben")
    with pytest.raises(SandboxError, match="is no card"):
        box.click("help", box.say("help", "ben", "words"), "solved", "ben")
    with pytest.raises(SandboxError, match="there is no message"):
        box.click("helpers", message, "helpful", "ben")
