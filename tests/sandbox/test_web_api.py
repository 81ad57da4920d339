"""The Web API answers the stock client as Slack does: posts, pages of history, people and channels."""

from slack_sdk import WebClient

from bot.sandbox import Sandbox

BLOCK = {"type": "section", "text": {"type": "mrkdwn", "text": "try *that*"}}


def test_a_post_lives_through_update_and_delete(box: Sandbox, client: WebClient) -> None:
    metadata = {"event_type": "vigil_suggestion", "event_payload": {"decision": "d1"}}
    posted = client.chat_postMessage(channel="C0HELP", text="try &lt;this&gt;", metadata=metadata)
    ts = posted["ts"]
    client.chat_update(channel="C0HELP", ts=ts, text="try that", blocks=[BLOCK])
    plain = client.conversations_history(channel="C0HELP")["messages"][0]
    assert (plain["text"], plain["blocks"][0]["text"]["text"]) == ("try that", "try *that*")
    assert "metadata" not in plain
    full = client.conversations_history(channel="C0HELP", include_all_metadata=True)["messages"][0]
    assert full["metadata"] == metadata
    link = client.chat_getPermalink(channel="C0HELP", message_ts=ts)["permalink"]
    assert link == f"https://small.slack.com/archives/C0HELP/p{ts.replace('.', '')}"
    client.chat_delete(channel="C0HELP", ts=ts)
    assert client.conversations_history(channel="C0HELP")["messages"] == []


def test_history_leaves_replies_out_and_comes_in_pages(box: Sandbox, client: WebClient) -> None:
    roots = [box.say("C0HELP", "U0BEN", f"question {n}", at=1_700_000_000 + n) for n in range(5)]
    box.say("C0HELP", "U0ANA", "answer", thread=roots[0], at=1_700_000_100)
    shown = box.say("C0HELP", "U0ANA", "answer to all", thread=roots[0], broadcast=True, at=1_700_000_101)
    pages = [page["messages"] for page in client.conversations_history(channel="C0HELP", limit=2)]
    assert [[message["ts"] for message in page] for page in pages] == [
        [shown, roots[4]],
        [roots[3], roots[2]],
        [roots[1], roots[0]],
    ]
    assert pages[2][1]["reply_count"] == 2
    between = client.conversations_history(channel="C0HELP", oldest=roots[1], latest=roots[3])
    assert [message["ts"] for message in between["messages"]] == [roots[2]]
    around = client.conversations_history(channel="C0HELP", oldest=roots[1], latest=roots[3], inclusive=True)
    assert [message["ts"] for message in around["messages"]] == [roots[3], roots[2], roots[1]]


def test_replies_begin_with_the_root_and_come_in_pages(box: Sandbox, client: WebClient) -> None:
    root = box.say("C0HELP", "U0BEN", "question", at=1_700_000_000)
    answers = [box.say("C0HELP", "U0ANA", f"answer {n}", thread=root, at=1_700_000_010 + n) for n in range(4)]
    pages = [page["messages"] for page in client.conversations_replies(channel="C0HELP", ts=root, limit=2)]
    assert [message["ts"] for page in pages for message in page] == [root, *answers]
    late = client.conversations_replies(channel="C0HELP", ts=root, oldest=answers[2])
    assert [message["ts"] for message in late["messages"]] == [root, answers[3]]
    assert late["messages"][0]["latest_reply"] == answers[3]


def test_channels_people_and_groups(box: Sandbox, client: WebClient) -> None:
    public = client.conversations_list()["channels"]
    assert {channel["id"]: channel["is_member"] for channel in public}["C0RANDOM"] is False
    pages = [page["channels"] for page in client.conversations_list(types="public_channel,private_channel", limit=3)]
    assert [len(page) for page in pages] == [3, 1]
    mine = client.users_conversations(types="public_channel,private_channel")["channels"]
    assert {channel["id"] for channel in mine} == {"C0HELP", "C0HELPERS", "C0SECRET"}
    assert client.conversations_info(channel="C0SECRET")["channel"]["is_private"] is True
    assert "U0BEN" in client.conversations_members(channel="C0HELP")["members"]
    assert client.users_info(user="U0ANA")["user"]["profile"]["title"] == "Support engineer"
    assert client.bots_info(bot="B0ALERT")["bot"]["user_id"] == "U0ALERT"
    assert client.usergroups_users_list(usergroup="S0ONCALL")["users"] == ["U0ANA", "U0HUGO"]
    assert client.team_info()["team"]["id"] == "T0SMALL"


def test_a_direct_conversation_is_opened_once(box: Sandbox, client: WebClient) -> None:
    channel = client.conversations_open(users="U0BEN")["channel"]["id"]
    assert client.conversations_open(users=["U0BEN"])["channel"]["id"] == channel
    assert client.chat_postMessage(channel="U0BEN", text="hello")["channel"] == channel
    assert box.messages(channel)[0]["text"] == "hello"


def test_arguments_may_come_as_a_form(box: Sandbox, client: WebClient) -> None:
    client.api_call("chat.postMessage", params={"channel": "C0HELP", "text": "by form"})
    client.api_call("chat.postMessage", data={"channel": "C0HELP", "blocks": '[{"type": "divider"}]'})
    assert [message["text"] for message in box.messages("C0HELP")] == ["by form", ""]
