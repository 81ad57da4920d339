"""What an app sends, answers, edits, recalls and reads over Lark's REST calls, with the stock client."""

import json

import lark_oapi as lark
import pytest

from bot.sandbox import LarkSandbox, LarkWorkspace
from tests.sandbox.lark.client import Json, Rest


def test_the_typed_client_sends_and_reads_back(box: LarkSandbox, rest: Rest) -> None:
    v1 = lark.im.v1 if hasattr(lark, "im") else __import__("lark_oapi.api.im.v1", fromlist=["v1"])
    body = v1.CreateMessageRequestBody.builder().receive_id(box.chat_id("help")).msg_type("text")
    body = body.content(json.dumps({"text": "hello"})).uuid("key-1").build()
    request = v1.CreateMessageRequest.builder().receive_id_type("chat_id").request_body(body).build()
    sent = rest.client.im.v1.message.create(request)
    assert sent.success()
    assert sent.data.message_id.startswith("om_")
    assert sent.data.sender.id == box.app_id
    asked = v1.ListMessageRequest.builder().container_id_type("chat").container_id(box.chat_id("help")).build()
    listed = rest.client.im.v1.message.list(asked)
    assert [json.loads(item.body.content)["text"] for item in listed.data.items] == ["hello"]
    assert [message.text for message in box.messages("help")] == ["hello"]


def test_the_same_uuid_sends_once(box: LarkSandbox, rest: Rest) -> None:
    root = box.say("help", "ben", "it is down")
    first = rest.reply(root, "look here", uuid="outbox-7", reply_in_thread=True)
    again = rest.reply(root, "look here", uuid="outbox-7", reply_in_thread=True)
    assert first["data"]["message_id"] == again["data"]["message_id"]
    assert len(box.messages("help", thread=root)) == 2
    other = rest.reply(root, "look here", uuid="outbox-8", reply_in_thread=True)
    assert other["data"]["message_id"] != first["data"]["message_id"]
    assert rest.reply(root, "too long", uuid="x" * 51)["code"] == 99992402


def test_a_uuid_is_forgotten_in_time() -> None:
    with LarkSandbox(LarkWorkspace.small(uuid_life=0.0)) as box:
        rest = Rest(box)
        sent = [rest.send(box.chat_id("help"), "twice", uuid="k")["data"]["message_id"] for _ in range(2)]
        assert len(set(sent)) == 2


def test_answers_make_chains_in_groups_and_threads_when_asked(box: LarkSandbox, rest: Rest) -> None:
    root = box.say("help", "ben", "it is down")
    chained = rest.reply(root, "which one?")["data"]
    assert (chained["root_id"], chained["parent_id"]) == (root, root)
    assert "thread_id" not in chained
    deeper = rest.reply(chained["message_id"], "still?")["data"]
    assert (deeper["root_id"], deeper["parent_id"]) == (root, chained["message_id"])
    threaded = rest.reply(root, "here", reply_in_thread=True)["data"]
    assert threaded["thread_id"].startswith("omt_")
    assert box.message(root).thread_id == threaded["thread_id"]
    chat = rest.call("GET", "im/v1/messages", container_id_type="chat", container_id=box.chat_id("help"))[1]["data"]
    assert [item["message_id"] for item in chat["items"]] == [root, chained["message_id"], deeper["message_id"]]
    query = {"container_id_type": "thread", "container_id": threaded["thread_id"]}
    thread = rest.call("GET", "im/v1/messages", **query)[1]["data"]
    assert [item["message_id"] for item in thread["items"]] == [root, threaded["message_id"]]


def test_each_message_of_a_topic_group_begins_a_thread(box: LarkSandbox, rest: Rest) -> None:
    root = box.say("topics", "ben", "it is down")
    thread = box.message(root).thread_id
    assert thread
    assert rest.reply(root, "here")["data"]["thread_id"] == thread
    assert rest.send(box.chat_id("topics"), "another")["data"]["thread_id"] not in ("", thread)
    assert [m.text for m in box.messages("topics")] == ["it is down", "another"]


def test_history_comes_in_pages_and_within_times(box: LarkSandbox, rest: Rest) -> None:
    for number in range(5):
        box.say("help", "ben", f"question {number}", at=1_700_000_000 + number)
    where = {"container_id_type": "chat", "container_id": box.chat_id("help")}
    first = rest.call("GET", "im/v1/messages", **where, page_size=3, sort_type="ByCreateTimeDesc")[1]["data"]
    second = rest.call(
        "GET", "im/v1/messages", **where, page_size=3, sort_type="ByCreateTimeDesc", page_token=first["page_token"]
    )[1]["data"]
    texts = [json.loads(item["body"]["content"])["text"] for page in (first, second) for item in page["items"]]
    assert texts == [f"question {number}" for number in (4, 3, 2, 1, 0)]
    assert (first["has_more"], second["has_more"]) == (True, False)
    some = rest.call("GET", "im/v1/messages", **where, start_time=1_700_000_001, end_time=1_700_000_002)[1]["data"]
    assert len(some["items"]) == 2
    assert rest.call("GET", "im/v1/messages", **where, page_size=51)[1]["code"] == 99992402
    assert rest.call("GET", "im/v1/messages", **where, page_token="nonsense")[1]["code"] == 99992402


def test_mentions_leave_as_keys(box: LarkSandbox, rest: Rest) -> None:
    ben = box.open_id("ben")
    sent = rest.send(box.chat_id("help"), f'<at user_id="{ben}">Ben</at> and <at user_id="ou_nobody">Nobody</at>')
    assert json.loads(sent["data"]["body"]["content"])["text"] == "@_user_1 and Nobody"
    assert [(m["key"], m["id"], m["name"]) for m in sent["data"]["mentions"]] == [("@_user_1", ben, "Ben Okafor")]
    post = {"zh_cn": {"title": "标题", "content": [[{"tag": "at", "user_id": ben}, {"tag": "text", "text": "看"}]]}}
    rich = rest.send(box.chat_id("help"), msg_type="post", content=json.dumps(post))["data"]
    content = json.loads(rich["body"]["content"])
    assert (content["title"], content["content"][0][0]["user_id"]) == ("标题", "@_user_1")


def test_a_text_is_edited_twenty_times_and_no_more(box: LarkSandbox, rest: Rest) -> None:
    sent = rest.send(box.chat_id("help"), "draft 0")["data"]["message_id"]
    codes = []
    for number in range(21):
        content = json.dumps({"text": f"draft {number + 1}"})
        codes.append(rest.call("PUT", f"im/v1/messages/{sent}", {"msg_type": "text", "content": content})[1]["code"])
    assert codes == [0] * 20 + [230072]
    assert box.message(sent).text == "draft 20"


def test_only_its_own_messages_are_edited_and_recalled(box: LarkSandbox, rest: Rest) -> None:
    theirs = box.say("help", "ben", "mine")
    body = {"msg_type": "text", "content": '{"text": "yours"}'}
    assert rest.call("PUT", f"im/v1/messages/{theirs}", body)[1]["code"] == 230012
    assert rest.call("DELETE", f"im/v1/messages/{theirs}")[1]["code"] == 230026
    own = rest.send(box.chat_id("help"), "hello")["data"]["message_id"]
    assert rest.call("DELETE", f"im/v1/messages/{own}")[1]["code"] == 0
    assert rest.call("DELETE", f"im/v1/messages/{own}")[1]["code"] == 230011
    assert rest.reply(own, "too late")["code"] == 230011
    item = rest.call("GET", f"im/v1/messages/{own}")[1]["data"]["items"][0]
    assert (item["deleted"], item["body"]["content"]) == (True, "This message was recalled")


def test_a_merged_forward_is_read_with_what_was_forwarded(box: LarkSandbox, rest: Rest) -> None:
    said = [box.say("help", "ben", text) for text in ("one", "two")]
    whole = box.forward("helpers", "ana", said)
    items = rest.call("GET", f"im/v1/messages/{whole}")[1]["data"]["items"]
    assert [item["msg_type"] for item in items] == ["merge_forward", "text", "text"]
    assert {item["upper_message_id"] for item in items[1:]} == {whole}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"receive_id": "oc_nowhere"}, 230001),
        ({"receive_id": ""}, 99992402),
        ({"msg_type": "song"}, 230001),
        ({"content": "hello"}, 230001),
        ({"content": '{"text": ""}'}, 230001),
        ({"content": json.dumps({"text": "x" * 160_000})}, 230025),
        ({"msg_type": "post", "content": json.dumps({"zh_cn": {"content": [[{"tag": "text", "text": "x" * 31_000}]]}})}, 230025),
        ({"msg_type": "post", "content": '{"title": "x", "content": []}'}, 230001),
        ({"msg_type": "post", "content": '{"zh_cn": {"content": [[{"tag": "blink"}]]}}'}, 230001),
        ({"msg_type": "interactive", "content": "{}"}, 230099),
    ],
)  # fmt: skip
def test_what_cannot_be_sent(box: LarkSandbox, rest: Rest, body: Json, code: int) -> None:
    answer = rest.send(box.chat_id("help"), "hello", **body)
    assert answer["code"] == code, answer
    assert answer["error"]["log_id"]
    assert box.all_messages("help") == []


def test_where_the_app_is_not(box: LarkSandbox, rest: Rest) -> None:
    assert rest.send(box.chat_id("random"), "hello")["code"] == 230002
    message = box.say("random", "ben", "among us")
    assert rest.reply(message, "hello")["code"] == 230002
    assert rest.call("GET", f"im/v1/messages/{message}")[1]["code"] == 230002
    where = {"container_id_type": "chat", "container_id": box.chat_id("random")}
    assert rest.call("GET", "im/v1/messages", **where)[1]["code"] == 230002
    box.dissolve("help")
    assert rest.send(box.chat_id("help"), "hello")["code"] == 232009


def test_a_person_is_reached_by_their_open_id(box: LarkSandbox, rest: Rest) -> None:
    body = {"receive_id": box.open_id("ben"), "msg_type": "text", "content": '{"text": "psst"}'}
    sent = rest.call("POST", "im/v1/messages", body, receive_id_type="open_id")[1]["data"]
    assert sent["chat_id"] == box.open_im("ben")
    assert [m.text for m in box.messages(sent["chat_id"])] == ["psst"]
    assert rest.call("POST", "im/v1/messages", body, receive_id_type="union_id")[1]["code"] == 230001


def test_reactions_are_added_listed_and_taken_back(box: LarkSandbox, rest: Rest) -> None:
    message = box.say("help", "ben", "works now")
    box.react("help", message, "DONE", "ben")
    path = f"im/v1/messages/{message}/reactions"
    made = rest.call("POST", path, {"reaction_type": {"emoji_type": "THUMBSUP"}})[1]["data"]
    listed = rest.call("GET", path)[1]["data"]["items"]
    assert [item["reaction_type"]["emoji_type"] for item in listed] == ["DONE", "THUMBSUP"]
    assert [item["operator"]["operator_type"] for item in listed] == ["user", "app"]
    assert rest.call("DELETE", f"{path}/{listed[0]['reaction_id']}")[1]["code"] == 231007
    assert rest.call("DELETE", f"{path}/{made['reaction_id']}")[1]["code"] == 0
    assert rest.call("DELETE", f"{path}/{made['reaction_id']}")[1]["code"] == 231011
    assert rest.call("POST", path, {"reaction_type": {"emoji_type": "+1"}})[1]["code"] == 231001
    box.delete("help", message)
    assert rest.call("GET", path)[1]["code"] == 231003


def test_chats_members_people_and_groups(box: LarkSandbox, rest: Rest) -> None:
    chats = {chat["name"] for chat in rest.call("GET", "im/v1/chats")[1]["data"]["items"]}
    assert chats == {"help", "helpers", "secret", "topics"}
    details = rest.call("GET", f"im/v1/chats/{box.chat_id('topics')}")[1]["data"]
    assert (details["chat_mode"], details["chat_type"], details["user_count"]) == ("topic", "public", "4")
    path = f"im/v1/chats/{box.chat_id('secret')}/members"
    assert {m["name"] for m in rest.call("GET", path)[1]["data"]["items"]} == {"Ana Ruiz", "Hugo Lind", "Ben Okafor"}
    assert rest.call("GET", f"{path}/is_in_chat")[1]["data"]["is_in_chat"] is True
    assert rest.call("GET", f"im/v1/chats/{box.chat_id('random')}/members")[1]["code"] == 232011
    ben = box.open_id("ben")
    assert rest.call("GET", f"contact/v3/users/{ben}")[1]["data"]["user"]["name"] == "Ben Okafor"
    both = rest.call("GET", "contact/v3/users/batch", user_ids=[ben, box.open_id("ana")])[1]["data"]["items"]
    assert [person["name"] for person in both] == ["Ben Okafor", "Ana Ruiz"]
    group = rest.call("GET", "contact/v3/group/simplelist")[1]["data"]["grouplist"][0]
    members = rest.call("GET", f"contact/v3/group/{group['id']}/member/simplelist")[1]["data"]["memberlist"]
    assert {m["member_id"] for m in members} == {box.open_id("ana"), box.open_id("hugo")}
    mine = rest.call("GET", "contact/v3/group/member_belong", member_id=box.open_id("ana"))[1]["data"]
    assert mine["group_list"] == [group["id"]]
    assert rest.call("GET", "bot/v3/info")[1]["bot"]["open_id"] == box.open_id("vigil")
