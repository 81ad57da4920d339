"""Posts go out once, come back when looked for, and every refusal says what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.config import Slack
from bot.messages import Button, Form, Message, Post, Source, Target
from bot.models import VigilError
from bot.platforms.base import SendLater, SendRefused, SendUnknown
from bot.platforms.slack import SlackPlatform
from bot.sandbox import Cut, Hang, RateLimit, Sandbox, ServerError, Workspace
from tests.platforms.conftest import slack_settings

CHANNEL = "slack:T0SMALL:C0HELP"
MESSAGE = Message(
    "Restart it:\n\n```\nsystemctl restart x\n```", sources=(Source("Restarts", "https://x.io", ""),), quiet="AI"
)


def post(target: Target = Target.CHANNEL, **fields: Any) -> Post:
    return Post("key-1", target, CHANNEL, MESSAGE, decision_id="d1", **fields)


def command(box: Sandbox) -> dict[str, Any]:
    """The payload of a command that nobody hears: its response_url and trigger are good all the same."""
    box.command("help", "ben", "/vigil", "help")
    return box.wait_for(lambda box: box.dropped)[-1].payload


def ts(turn_id: str) -> str:
    return turn_id.rpartition(":")[2]


def test_in_a_thread_and_in_a_channel(box: Sandbox, slack: SlackPlatform) -> None:
    root = box.say("help", "ben", "it hangs")
    turn = slack.post(post(Target.THREAD, thread_id=f"{CHANNEL}:{root}"))
    sent = box.wait_message("help", root)
    assert turn == f"{CHANNEL}:{sent['ts']}"
    assert sent["metadata"] == {"event_type": "vigil_suggestion", "event_payload": {"key": "key-1", "decision": "d1"}}
    assert sent["blocks"][0]["block_id"] == "key-1"
    assert "systemctl restart x" in sent["text"]
    other = slack.post(post())
    assert ts(other) in [message["ts"] for message in box.messages("help")]
    call = next(call for call in box.calls if call.method == "chat.postMessage")
    assert (call.args["unfurl_links"], call.args["unfurl_media"]) == (False, False)


def test_to_one_person(box: Sandbox, slack: SlackPlatform) -> None:
    turn = slack.post(post(Target.DIRECT, person="U0ANA"))
    assert slack.find(post(Target.DIRECT, person="U0ANA"), 0.0) == turn
    assert box.messages(box.open_im("ana"))[0]["ts"] == ts(turn)


def test_changed_and_deleted(box: Sandbox, slack: SlackPlatform) -> None:
    turn = slack.post(post())
    assert slack.post(post(Target.UPDATE, address=turn)) == turn
    changed = replace(post(Target.UPDATE, address=turn), message=Message("Done."))
    slack.post(changed)
    assert box.messages("help")[0]["text"] == "Done."
    assert slack.post(post(Target.DELETE, address=turn)) == turn
    assert box.messages("help") == []
    assert slack.post(post(Target.DELETE, address=turn)) == turn, "deleting what is gone is done"


def test_answered_to_one_person_only(box: Sandbox, slack: SlackPlatform) -> None:
    address = command(box)["response_url"]
    assert slack.post(post(Target.REPLY, address=address)) == ""
    assert box.ephemerals[0]["user"] == "U0BEN"
    assert "systemctl restart x" in box.ephemerals[0]["text"]
    assert box.messages("help") == []
    with pytest.raises(SendRefused, match="ask again"):
        slack.post(post(Target.REPLY, address="gopher://x"))


def test_an_answer_whose_fate_is_unknown_is_not_repeated(box: Sandbox, slack: SlackPlatform) -> None:
    address = command(box)["response_url"]
    box.faults.next("response_url", Cut())
    with pytest.raises(SendRefused, match="not sent again"):
        slack.post(post(Target.REPLY, address=address))
    assert len(box.ephemerals) == 1


@pytest.mark.parametrize("fault", [Cut(), ServerError(503, applied=True), Hang(2.0, applied=True)])
def test_a_lost_reply_is_unknown_and_looking_finds_the_post(box: Sandbox, slack: SlackPlatform, fault: Cut) -> None:
    root = box.say("help", "ben", "it hangs")
    sending = post(Target.THREAD, thread_id=f"{CHANNEL}:{root}")
    slack.auth()
    box.faults.next("chat.postMessage", fault)
    with pytest.raises(SendUnknown):
        slack.post(sending)
    sent = box.wait_message("help", root)
    assert slack.find(sending, float(sent["ts"]) + 30) == f"{CHANNEL}:{sent['ts']}"
    assert slack.find(replace(sending, key="key-2"), 0.0) is None
    assert len([call for call in box.calls if call.method == "chat.postMessage"]) == 1


def test_what_was_not_done_is_not_found(box: Sandbox, slack: SlackPlatform) -> None:
    slack.auth()
    box.faults.next("chat.postMessage", ServerError(500))
    with pytest.raises(SendUnknown):
        slack.post(post())
    assert slack.find(post(), 0.0) is None


def test_a_rate_limit_says_how_long_to_wait(box: Sandbox, slack: SlackPlatform) -> None:
    slack.auth()
    box.faults.next("chat.postMessage", RateLimit(7))
    with pytest.raises(SendLater) as caught:
        slack.post(post())
    assert caught.value.retry_after == 7.0
    assert box.messages("help") == []


def test_reads_are_tried_again(box: Sandbox, slack: SlackPlatform) -> None:
    box.faults.next("users.info", Cut(), times=2)
    assert slack.person("U0BEN").name == "ben"
    box.faults.next("conversations.info", RateLimit(1))
    assert slack.channel(CHANNEL).name == "help"
    box.faults.next("users.info", RateLimit(60))
    with pytest.raises(SendLater):
        slack.person("U0ANA")


def test_refused_blocks_go_as_text(box: Sandbox, slack: SlackPlatform) -> None:
    # An action id longer than Slack's 255 characters gets the blocks refused.
    turn = slack.post(replace(post(), message=replace(MESSAGE, buttons=(Button("a" * 300, "B", "v"),))))
    sent = box.messages("help")[0]
    assert ts(turn) == sent["ts"]
    assert "systemctl restart x" in sent["text"]
    assert not sent.get("blocks")
    assert slack.find(post(), 0.0) == turn
    assert [call.outcome for call in box.calls if call.method == "chat.postMessage"] == ["invalid_blocks", "ok"]


def test_what_slack_has_no_form_for_is_refused(box: Sandbox, slack: SlackPlatform) -> None:
    with pytest.raises(SendRefused, match="not an id"):
        slack.post(post(Target.THREAD, thread_id="lark:1"))
    too_long = replace(MESSAGE, buttons=(Button("b", "B", "v" * 2001),))
    with pytest.raises(SendRefused, match="2000"):
        slack.post(replace(post(), message=too_long))
    assert box.messages("help") == []


def test_a_secret_does_not_go_out(box: Sandbox, slack: SlackPlatform) -> None:
    slack.post(replace(post(), message=Message("log in with hunter2", title="hunter2")))
    assert "hunter2" not in str(box.messages("help"))


@pytest.mark.parametrize(("channel", "says"), [("C0RANDOM", "/invite @vigil"), ("C0NOWHERE", "/invite @vigil")])
def test_a_refusal_says_what_to_do(slack: SlackPlatform, channel: str, says: str) -> None:
    with pytest.raises(SendRefused, match=says):
        slack.post(replace(post(), channel_id=f"slack:T0SMALL:{channel}"))


def test_a_missing_scope_is_named() -> None:
    with Sandbox(Workspace.small(scopes=frozenset({"channels:read", "groups:read", "im:read"}))) as box:
        slack = SlackPlatform(slack_settings(box), str)
        with pytest.raises(SendRefused, match="lacks the scope chat:write"):
            slack.post(post())
        found = {what: (well, remedy) for what, well, remedy in slack.check()}
    assert found["Slack bot token"] == (True, "")
    assert found["Slack channels (3)"] == (True, "")
    well, remedy = found["Slack scopes"]
    assert not well
    assert "chat:write" in remedy
    assert "channels:read" not in remedy


def test_the_check_names_wrong_tokens(box: Sandbox) -> None:
    wrong = replace(slack_settings(box), bot_token="xoxb-wrong", app_token="")
    bot, app = SlackPlatform(wrong, str).check()
    assert (bot[1], app[1]) == (False, False)
    assert "SLACK_BOT_TOKEN" in bot[2]
    assert "SLACK_APP_TOKEN" in app[2]
    assert all(well for _, well, _ in SlackPlatform(slack_settings(box), str).check())


def test_nothing_listens_there() -> None:
    slack = SlackPlatform(Slack(base_url="http://127.0.0.1:9/api/", bot_token="xoxb-x", timeout_seconds=1), str)
    with pytest.raises(SendLater, match="cannot reach Slack"):
        slack.call("chat.postMessage", {})


def test_a_form_opens_for_a_trigger(box: Sandbox, slack: SlackPlatform) -> None:
    form = Form("why_not", "d1", "What was wrong?", "Send", ())
    slack.open_form(form, command(box)["trigger_id"])
    assert [view["callback_id"] for view in box.views.values()] == ["why_not"]
    with pytest.raises(VigilError, match="refuses views"):
        slack.open_form(form, "made up")


def test_who_is_who(box: Sandbox, slack: SlackPlatform) -> None:
    assert [channel.name for channel in slack.channels()] == ["help", "helpers", "secret"]
    assert slack.channel("slack:T0SMALL:C0SECRET").private
    assert slack.members("slack:T0SMALL:C0SECRET") == {"U0ANA", "U0HUGO", "U0BEN", "U0VIGIL"}
    assert slack.group("S0ONCALL") == {"U0ANA", "U0HUGO"}
    assert slack.person("U0BEN").time_zone == "Europe/Madrid"
    assert slack.person("U0NOBODY").guest
    assert slack.person("B0ALERT").is_bot
    slack.person("U0BEN")
    assert len([call for call in box.calls if call.args.get("user") == "U0BEN"]) == 1, "remembered"


def test_permalinks_cost_no_call(box: Sandbox, slack: SlackPlatform) -> None:
    root = box.say("help", "ben", "it hangs")
    link = f"https://small.slack.com/archives/C0HELP/p{root.replace('.', '')}"
    assert slack.permalink(f"{CHANNEL}:{root}") == link
    assert {call.method for call in box.calls} == {"auth.test"}
