"""The page's own API: the state, the live stream, what a person does through it, and who is turned away."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient

from bot.sandbox import Sandbox, SandboxError
from bot.sandbox.page_api import typed


def request(
    box: Sandbox, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    connection = HTTPConnection(urlsplit(box.url).netloc, timeout=5)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def do(box: Sandbox, who: str, verb: str, **fields: Any) -> dict[str, Any]:
    _, _, text = request(box, "POST", "/sandbox/act", {"as": who, "do": verb, **fields})
    reply = json.loads(text)
    assert isinstance(reply, dict)
    return reply


def test_the_state_shows_the_whole_workspace(box: Sandbox, client: WebClient) -> None:
    ts = box.say("C0HELP", "U0BEN", "help")
    client.chat_postEphemeral(channel="C0HELP", user="U0BEN", text="psst")
    state = json.loads(request(box, "GET", "/sandbox/state")[2])
    assert state["messages"]["C0HELP"][0]["ts"] == ts
    assert state["ephemerals"][0]["text"] == "psst"
    assert {"id": "S0ONCALL", "handle": "oncall", "users": ["U0ANA", "U0HUGO"]} in state["usergroups"]
    assert (state["commands"], state["app_user"], state["connected"]) == (["/vigil"], "U0VIGIL", False)


def test_people_act_through_the_page(box: Sandbox) -> None:
    ts = do(box, "U0BEN", "say", channel="C0HELP", text="ask @ana, a < b")["ts"]
    do(box, "U0ANA", "say", channel="C0HELP", text="yes", thread=ts)
    do(box, "U0ANA", "react", channel="C0HELP", ts=ts, name=":eyes:")
    do(box, "U0BEN", "edit", channel="C0HELP", ts=ts, text="ask @ana again")
    root, answer = box.messages("C0HELP", ts)
    assert root["text"] == "ask <@U0ANA> again"
    assert root["reactions"] == [{"name": "eyes", "users": ["U0ANA"], "count": 1}]
    assert answer["text"] == "yes"
    channel = do(box, "U0BEN", "open_im")["channel"]
    assert do(box, "U0BEN", "say", channel=channel, text="hello")["ok"]


@pytest.mark.parametrize(
    ("who", "verb", "fields", "error"),
    [
        ("U0NONE", "say", {"channel": "C0HELP", "text": "hi"}, "user_not_found"),
        ("U0BEN", "say", {"channel": "C0NONE", "text": "hi"}, "channel_not_found"),
        ("U0BEN", "say", {"channel": "C0HELP", "text": " "}, "no_text"),
        ("U0BEN", "say", {"text": "hi"}, "missing field: channel"),
        ("U0BEN", "sing", {}, "the page asked for something unknown: 'sing'"),
        ("U0BEN", "delete", {"channel": "C0HELP", "ts": "1700000000.000000"}, "only the author can change a message"),
        ("U0BEN", "click", {"channel": "C0HELP", "ts": "1.0", "action_id": "x"}, "message_not_found"),
        ("U0BEN", "submit_view", {"view_id": "V1", "values": {}}, "no view V1 is open for U0BEN"),
    ],
)
def test_what_cannot_be_done_is_said(box: Sandbox, who: str, verb: str, fields: dict[str, Any], error: str) -> None:
    box.say("C0HELP", "U0ANA", "mine", at=1_700_000_000)
    assert do(box, who, verb, **fields) == {"ok": False, "error": error}


def test_the_stream_tells_of_changes(box: Sandbox) -> None:
    connection = HTTPConnection(urlsplit(box.url).netloc, timeout=5)
    connection.request("GET", "/sandbox/stream")
    response = connection.getresponse()
    assert response.getheader("Content-Type") == "text/event-stream"
    box.wait_for(lambda box: box._core.watchers)
    ts = box.say("C0HELP", "U0BEN", "live")
    line = response.readline().decode()
    change = json.loads(line.removeprefix("data: "))
    assert (change["kind"], change["channel"], change["message"]["ts"]) == ("message", "C0HELP", ts)
    connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"Host": "127.0.0.1.evil.test"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
    ],
)
def test_other_hosts_and_pages_are_turned_away(box: Sandbox, headers: dict[str, str]) -> None:
    body = {"as": "U0BEN", "do": "say", "channel": "C0HELP", "text": "hi"}
    assert request(box, "POST", "/sandbox/act", body, headers)[0] == 403
    assert request(box, "GET", "/sandbox/state", None, headers)[0] == 403
    assert box.messages("C0HELP") == []


def test_a_plain_form_from_elsewhere_does_nothing(box: Sandbox) -> None:
    assert request(box, "POST", "/sandbox/act", {}, {"Content-Type": "text/plain"})[0] == 415


def test_files_of_the_page_come_with_a_strict_policy(box: Sandbox) -> None:
    status, headers, text = request(box, "GET", "/")
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "<html" in text
    for path in ("/server.py", "/../server.py", "/..%2fserver.py", "/%2e%2e/small.py"):
        assert request(box, "GET", path)[0] == 404


def test_typed_text_is_stored_as_slack_stores_it(box: Sandbox) -> None:
    table = {
        "a < b && c": "a &lt; b &amp;&amp; c",
        "@vigil help": "<@U0VIGIL> help",
        "@oncall and @here": "<!subteam^S0ONCALL|@oncall> and <!here>",
        "see #help, @nobody": "see <#C0HELP|help>, @nobody",
        "<@U0ANA> &lt; already": "<@U0ANA> &lt; already",
        "look: https://x.test/a?b=1.": "look: <https://x.test/a?b=1>.",
        "https://x.test/@ana/#help?a&b": "<https://x.test/@ana/#help?a&amp;b>",
        "mail ben@x.test": "mail ben@x.test",
    }
    assert {text: typed(box.workspace, text) for text in table} == table


def test_it_listens_on_this_machine_only(box: Sandbox) -> None:
    with pytest.raises(SandboxError, match="this machine only"):
        Sandbox(host="0.0.0.0")
    with pytest.raises(SandboxError, match="cannot listen"):
        Sandbox(port=int(box.url.rpartition(":")[2])).start()
