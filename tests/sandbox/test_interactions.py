"""Commands, clicks, shortcuts and modals go through a real Bolt app and back."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Sandbox, SandboxError, Workspace
from tests.sandbox.bolt_bot import Bot, web_client

MODAL = {
    "type": "modal",
    "callback_id": "why",
    "title": {"type": "plain_text", "text": "Why not?"},
    "submit": {"type": "plain_text", "text": "Send"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def button(action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Press"}, **more}


def choice(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


BUTTONS = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Try this*"}},
    {
        "type": "actions",
        "block_id": "feedback",
        "elements": [
            button("helpful", value="s1"),
            {"type": "overflow", "action_id": "more", "options": [choice("snooze"), choice("less")]},
        ],
    },
]


def test_a_command_is_answered_in_the_ack_and_at_its_response_url(box: Sandbox, bot: Bot) -> None:
    @bot.app.command("/vigil")
    def vigil(ack, respond, command) -> None:  # type: ignore[no-untyped-def]
        ack(f"looking for {command['text']}")
        respond("found it", response_type="in_channel")

    bot.connect()
    assert box.command("C0HELP", "U0BEN", "/vigil", "search disk").wait(5) == {"text": "looking for search disk"}
    assert box.wait_message("C0HELP")["text"] == "found it"
    assert [whisper["text"] for whisper in box.ephemerals] == ["looking for search disk"]


def test_a_click_carries_the_message_and_may_replace_it(box: Sandbox, bot: Bot, client: WebClient) -> None:
    bodies: list[dict[str, Any]] = []

    @bot.app.action("helpful")
    def helpful(ack, respond, body) -> None:  # type: ignore[no-untyped-def]
        ack()
        bodies.append(body)
        respond(text="thanks", replace_original=True)

    bot.connect()
    ts = client.chat_postMessage(channel="C0HELP", text="try", blocks=BUTTONS)["ts"]
    box.click("C0HELP", ts, "helpful", "U0BEN").wait(5)
    box.wait_message("C0HELP", where=lambda message: message["text"] == "thanks")
    body = bodies[0]
    assert (body["actions"][0]["value"], body["actions"][0]["block_id"]) == ("s1", "feedback")
    assert (body["message"]["ts"], body["container"]["message_ts"]) == (ts, ts)
    assert (body["user"]["id"], body["channel"]["id"]) == ("U0BEN", "C0HELP")


def test_a_menu_sends_the_chosen_option(box: Sandbox, bot: Bot, client: WebClient) -> None:
    chosen: list[str] = []

    @bot.app.action("more")
    def more(ack, action) -> None:  # type: ignore[no-untyped-def]
        chosen.append(action["selected_option"]["value"])
        ack()

    bot.connect()
    ts = client.chat_postMessage(channel="C0HELP", text="try", blocks=BUTTONS)["ts"]
    box.click("C0HELP", ts, "more", "U0BEN", value="less").wait(5)
    assert chosen == ["less"]
    with pytest.raises(SandboxError, match="no option 'loud'"):
        box.click("C0HELP", ts, "more", "U0BEN", value="loud")
    with pytest.raises(SandboxError, match="nothing to click"):
        box.click("C0HELP", ts, "absent", "U0BEN")


def test_a_modal_opens_refuses_a_field_and_closes(box: Sandbox, bot: Bot, client: WebClient) -> None:
    @bot.app.action("helpful")
    def helpful(ack, body, client) -> None:  # type: ignore[no-untyped-def]
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @bot.app.view("why")
    def why(ack, view) -> None:  # type: ignore[no-untyped-def]
        text = view["state"]["values"]["reason"]["text"]["value"]
        ack(response_action="errors", errors={"reason": "Say more"}) if len(text) < 5 else ack()

    bot.connect()
    ts = client.chat_postMessage(channel="C0HELP", text="try", blocks=BUTTONS)["ts"]
    box.click("C0HELP", ts, "helpful", "U0BEN")
    view_id = next(iter(box.wait_for(lambda box: box.views)))
    with pytest.raises(SandboxError, match="must be filled in"):
        box.submit_view(view_id, "U0BEN")
    box.submit_view(view_id, "U0BEN", {"reason": {"text": "no"}}).wait(5)
    assert box.view_errors(view_id) == {"reason": "Say more"}
    box.submit_view(view_id, "U0BEN", {"reason": {"text": "it is about another cluster"}}).wait(5)
    assert box.views == {}


def test_a_submission_may_update_the_modal_and_closing_is_told(box: Sandbox, bot: Bot) -> None:
    closed: list[str] = []

    @bot.app.shortcut("vigil_teach")
    def teach(ack, shortcut, client) -> None:  # type: ignore[no-untyped-def]
        ack()
        client.views_open(trigger_id=shortcut["trigger_id"], view=MODAL | {"private_metadata": shortcut["message_ts"]})

    @bot.app.view("why")
    def why(ack) -> None:  # type: ignore[no-untyped-def]
        ack(response_action="update", view=MODAL | {"title": {"type": "plain_text", "text": "Thanks"}})

    @bot.app.view_closed("why")
    def why_closed(ack, view) -> None:  # type: ignore[no-untyped-def]
        closed.append(view["title"]["text"])
        ack()

    bot.connect()
    ts = box.say("C0HELP", "U0BEN", "help")
    box.shortcut("C0HELP", ts, "vigil_teach", "U0ANA")
    view_id, view = next(iter(box.wait_for(lambda box: box.views).items()))
    assert view["private_metadata"] == ts
    box.submit_view(view_id, "U0ANA", {"reason": {"text": "because"}}).wait(5)
    assert box.views[view_id]["title"]["text"] == "Thanks"
    asked = box.close_view(view_id, "U0ANA")
    assert asked is not None
    asked.wait(5)
    assert closed == ["Thanks"]


def test_a_click_that_nobody_acknowledges_is_not_sent_again(box: Sandbox, bot: Bot, client: WebClient) -> None:
    bot.connect()
    ts = client.chat_postMessage(channel="C0HELP", text="try", blocks=BUTTONS)["ts"]
    asked = box.click("C0HELP", ts, "helpful", "U0BEN")
    with pytest.raises(SandboxError, match="operation_timeout"):
        asked.wait(5)
    assert len(box.dropped[0].ids) == 1


def test_a_trigger_is_exchanged_once_and_not_too_late() -> None:
    with Sandbox(Workspace.small(trigger_life=0.0)) as late, Sandbox(Workspace.small()) as box:
        old = late._core.new_trigger("U0BEN")
        assert refusal(web_client(late), old) == "expired_trigger_id"
        trigger = box._core.new_trigger("U0BEN")
        web_client(box).views_open(trigger_id=trigger, view=MODAL)
        assert refusal(web_client(box), trigger) == "exchanged_trigger_id"


def refusal(client: WebClient, trigger: str) -> str:
    with pytest.raises(SlackApiError) as caught:
        client.views_open(trigger_id=trigger, view=MODAL)
    return str(caught.value.response["error"])


def test_the_home_is_published_for_one_user(box: Sandbox, client: WebClient) -> None:
    client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": BUTTONS})
    home = box.home("U0BEN")
    assert home is not None
    assert home["blocks"][1]["block_id"] == "feedback"
    assert box.home("U0ANA") is None


def test_a_response_url_serves_five_times(box: Sandbox) -> None:
    from slack_sdk.webhook import WebhookClient

    url = box._core.new_response_url("C0HELP", "U0BEN")
    codes = [WebhookClient(url).send(text=f"answer {number}").status_code for number in range(6)]
    assert codes == [200] * 5 + [404]
    assert len(box.ephemerals) == 5
