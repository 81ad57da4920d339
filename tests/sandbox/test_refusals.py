"""The Web API refuses what Slack refuses, by Slack's codes, tokens, scopes, limits and pointers."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Sandbox, Workspace
from bot.sandbox.small import small_workspace
from tests.sandbox.bolt_bot import web_client

Block = dict[str, Any]


def words(kind: str, text: str) -> Block:
    return {"type": kind, "text": text}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": words("mrkdwn", text), **more}


def actions(*elements: Block) -> list[Block]:
    return [{"type": "actions", "elements": list(elements)}]


def button(text: str = "Press", **more: Any) -> Block:
    return {"type": "button", "text": words("plain_text", text), "action_id": "press", **more}


def refused(client: WebClient, method: str, args: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=args)
    reply = caught.value.response.data
    assert isinstance(reply, dict)
    return reply


OLD = "1700000000.000000"
POST = "chat.postMessage"


@pytest.mark.parametrize(
    ("method", "args", "code"),
    [
        (POST, {"channel": "C0HELP"}, "no_text"),
        (POST, {"channel": "C0HELP", "text": "  "}, "no_text"),
        (POST, {"text": "hi"}, "invalid_arguments"),
        (POST, {"channel": "C0NONE", "text": "hi"}, "channel_not_found"),
        (POST, {"channel": "C0HIDDEN", "text": "hi"}, "channel_not_found"),
        (POST, {"channel": "C0RANDOM", "text": "hi"}, "not_in_channel"),
        (POST, {"channel": "C0OLD", "text": "hi"}, "is_archived"),
        (POST, {"channel": "C0HELP", "text": "x" * 40_001}, "msg_too_long"),
        (POST, {"channel": "C0HELP", "text": "hi", "thread_ts": "1.0"}, "thread_not_found"),
        (POST, {"channel": "C0HELP", "text": "hi", "blocks": "[{"}, "invalid_blocks_format"),
        (POST, {"channel": "C0HELP", "text": "hi", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ("chat.update", {"channel": "C0HELP", "ts": "1.0", "text": "hi"}, "message_not_found"),
        ("chat.update", {"channel": "C0HELP", "ts": OLD, "text": "hi"}, "cant_update_message"),
        ("chat.delete", {"channel": "C0HELP", "ts": OLD}, "cant_delete_message"),
        ("chat.postEphemeral", {"channel": "C0HELPERS", "user": "U0BEN", "text": "hi"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": "C0HELP", "user": "U0NONE", "text": "hi"}, "user_not_found"),
        ("chat.getPermalink", {"channel": "C0HELP", "message_ts": "1.0"}, "message_not_found"),
        ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
        ("conversations.history", {"channel": "C0HELP", "cursor": "nonsense"}, "invalid_cursor"),
        ("conversations.history", {"channel": "C0HELP", "oldest": "yesterday"}, "invalid_arguments"),
        ("conversations.replies", {"channel": "C0HELP", "ts": "1.0"}, "thread_not_found"),
        ("conversations.info", {"channel": "C0HIDDEN"}, "channel_not_found"),
        ("conversations.list", {"types": "public_channel,rooms"}, "invalid_types"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("users.info", {"user": "U0NONE"}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("bots.info", {"bot": "B0NONE"}, "bot_not_found"),
        ("reactions.add", {"channel": "C0HELP", "timestamp": OLD, "name": "eyes"}, "already_reacted"),
        ("reactions.add", {"channel": "C0HELP", "timestamp": OLD, "name": "not a name"}, "invalid_name"),
        ("reactions.add", {"channel": "C0HELP", "timestamp": "1.0", "name": "eyes"}, "message_not_found"),
        ("reactions.remove", {"channel": "C0HELP", "timestamp": OLD, "name": "tada"}, "no_reaction"),
        ("views.open", {"trigger_id": "1.1.x", "view": {"type": "modal"}}, "invalid_arguments"),
        ("views.update", {"view_id": "V1", "view": {"type": "home", "blocks": []}}, "not_found"),
        ("views.publish", {"user_id": "U0NONE", "view": {"type": "home", "blocks": []}}, "user_not_found"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("chat.shout", {}, "unknown_method"),
    ],
)
def test_refusals(method: str, args: dict[str, Any], code: str) -> None:
    with Sandbox(Workspace.from_dict(workspace_with_hidden_corners())) as box:
        box.say("C0HELP", "U0BEN", "help", at=OLD)
        web_client(box).reactions_add(channel="C0HELP", timestamp=OLD, name="eyes")
        assert refused(web_client(box), method, args)["error"] == code


def workspace_with_hidden_corners() -> dict[str, Any]:
    data = small_workspace()
    data["channels"] += [
        {"id": "C0HIDDEN", "name": "hidden", "is_private": True, "members": ["U0ANA"]},
        {"id": "C0OLD", "name": "old", "members": ["U0VIGIL"], "is_archived": True},
    ]
    return data


@pytest.mark.parametrize(
    ("blocks", "pointer"),
    [
        ([{"type": "divider"}] * 51, "/blocks]"),
        ([section("x" * 3001)], "/blocks/0/text/text"),
        ([section("")], "/blocks/0/text/text"),
        ([{"type": "section"}], "/blocks/0]"),
        ([{"type": "section", "text": words("bold", "x")}], "/blocks/0/text/type"),
        ([section("ok", block_id="b"), section("ok", block_id="b")], "/blocks/1/block_id"),
        ([section("ok", block_id="b" * 256)], "/blocks/0/block_id"),
        ([{"type": "header", "text": words("plain_text", "x" * 151)}], "/blocks/0/text/text"),
        ([{"type": "header", "text": words("mrkdwn", "x")}], "/blocks/0/text/type"),
        ([{"type": "parade"}], "/blocks/0/type"),
        ([{"type": "markdown", "text": "x" * 12_001}], "/blocks/0/text"),
        ([{"type": "context", "elements": []}], "/blocks/0/elements"),
        ([{"type": "image", "image_url": "https://x.test/a.png"}], "/blocks/0/alt_text"),
        (actions(), "/blocks/0/elements"),
        (actions(*[button(action_id=f"a{n}") for n in range(26)]), "/blocks/0/elements"),
        (actions(button(), button()), "/blocks/0/elements/1/action_id"),
        (actions(button("x" * 76)), "/blocks/0/elements/0/text/text"),
        (actions(button(value="x" * 2001)), "/blocks/0/elements/0/value"),
        (actions(button(action_id="x" * 256)), "/blocks/0/elements/0/action_id"),
        (actions(button(style="loud")), "/blocks/0/elements/0/style"),
        (actions({"type": "overflow", "options": []}), "/blocks/0/elements/0/options"),
        (actions({"type": "lever"}), "/blocks/0/elements/0/type"),
    ],
)
def test_blocks_over_their_limits(box: Sandbox, client: WebClient, blocks: list[Block], pointer: str) -> None:
    reply = refused(client, POST, {"channel": "C0HELP", "text": "hi", "blocks": blocks})
    assert reply["error"] == "invalid_blocks"
    assert pointer in reply["response_metadata"]["messages"][0]
    assert box.messages("C0HELP") == []


def test_tokens_and_scopes() -> None:
    with Sandbox(Workspace.small(scopes=frozenset({"chat:write"}))) as box:
        assert refused(web_client(box, token=""), "auth.test", {})["error"] == "not_authed"
        assert refused(web_client(box, token="xoxb-other"), "auth.test", {})["error"] == "invalid_auth"
        reply = refused(web_client(box), "users.info", {"user": "U0BEN"})
        assert (reply["error"], reply["needed"], reply["provided"]) == ("missing_scope", "users:read", "chat:write")
        reply = refused(web_client(box), "conversations.history", {"channel": "C0SECRET"})
        assert reply["needed"] == "groups:history"
        assert web_client(box).auth_test().headers["x-oauth-scopes"] == "chat:write"
        assert web_client(box).auth_test(token="xoxb-sandbox")["user_id"] == "U0VIGIL"


def test_rate_limits_can_be_switched_on() -> None:
    with Sandbox(Workspace.small(rate_limits=True)) as box:
        client = web_client(box)
        client.chat_postMessage(channel="C0HELP", text="one")
        client.chat_postMessage(channel="C0HELPERS", text="another channel")
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C0HELP", text="two")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        assert len(box.messages("C0HELP")) == 1


def test_a_storm_refuses_and_counts_who_does_not_wait() -> None:
    with Sandbox(Workspace.small()) as box:
        client = web_client(box)
        box.limits.storm("chat.postMessage", 9.5, "C0HELP")
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel="C0HELP", text="now")
        assert (caught.value.response["error"], caught.value.response.headers["Retry-After"]) == ("ratelimited", "10")
        client.chat_postMessage(channel="C0HELPERS", text="another channel")
        assert box.limits.early == []
        while not box.limits.early:  # what comes at once may have been on its way
            with pytest.raises(SlackApiError):
                client.chat_postMessage(channel="C0HELP", text="too early")
        assert box.limits.early[0] == ("chat.postMessage", "C0HELP")
