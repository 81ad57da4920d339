"""Every payload shape of Lark's reads as the event it is, whatever is missing from it or wrong in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.events import FOREIGN, FORM, WHISPER, Click, Command, Deletion, Edit, Event, Membership, Reaction, Turn
from bot.platforms.lark_events import EVENTS, Heard, Known, heard
from bot.platforms.lark_ids import place
from bot.platforms.lark_origin import foreign
from tests.platforms.lark_payloads import ME, NAMES, kind_of, payload

NOW, AT = 1_700_001_000.0, 1_700_000_000.123
CHANNEL, ROOT = "lark:t0team:oc_help", "lark:t0team:oc_help:om_1"
DIRECT = "lark:t0team:oc_ben"


def clean(text: str) -> str:
    return text.replace("hunter2", "[secret]")


def read(item: dict[str, Any], known: Known | None = None) -> Heard | None:
    return heard(kind_of(item), item, ME, clean, NOW, known or Known("oc_help"))


def said(**fields: Any) -> Turn:
    given = {"id": ROOT, "thread_id": ROOT, "channel_id": CHANNEL, "author": "ou_ben", "text": "", "sent_at": AT}
    return Turn(**{**given, **fields})


def asked(verb: str, argument: str = "", where: str = ROOT, **fields: Any) -> Command:
    channel = where.rsplit(":", 1)[0]
    address = f"{where}|ou_ben"
    return Command(verb, argument, "ou_ben", channel, AT, **{"reply_to": address, "trigger": address, **fields})


def clicked(action: str, value: str, **fields: Any) -> Click:
    address = "lark:t0team:oc_help:om_7|ou_ben"
    given = {"turn_id": "lark:t0team:oc_help:om_7", "reply_to": address, "trigger": address}
    return Click(action, value, "ou_ben", CHANNEL, AT, **{**given, **fields})


SECOND = "lark:t0team:oc_help:om_2"
TURNS: dict[str, Turn] = {
    "text": said(text="deploys hang & time out, see https://status.example.com/a and `kubectl get po`"),
    "text_mention": said(text="@ou_ana any idea? @all", addressed=True, mentions=("ou_ana",)),
    "text_reply": said(id=SECOND, author="ou_cleo", text="same here"),
    "text_in_topic": said(id="lark:t0team:oc_help:om_3", text="in a topic"),
    "text_topic_root": said(text="a new topic"),
    "text_direct": said(
        id=f"{DIRECT}:om_1",
        thread_id=f"{DIRECT}:om_1",
        channel_id=DIRECT,
        text="how do I raise my quota?",
        addressed=True,
    ),
    "text_stranger": said(author="ou_vera", text="we see it too"),
    "text_bot": said(author="ou_alert", text="disk 92 % on db-7", is_bot=True),
    "text_chinese": said(text="预发环境部署超时,怎么办?", addressed=True),
    "post": said(
        text="Outage\n@ou_vigil the vault is **sealed**\n[unseal (guide)](https://wiki.example.com/%28vault%29)[image]\n\n"
        "```bash\nvault status\nexit 2\n```\n\n:smile:---",
        addressed=True,
    ),
    "post_localised": said(text="磁盘满了"),
    "file": said(text="[file: ingester.log]", files=("ingester.log",)),
    "image": said(text="[image]"),
    "media": said(text="[video: screen.mp4]", files=("screen.mp4",)),
    "audio": said(text="[audio: 12 s]"),
    "sticker": said(text="[sticker]"),
    "location": said(text="[location: Data centre 2]"),
    "share_user": said(text="[contact card]"),
    "share_chat": said(text="[chat card]"),
    "system": said(text="Ben invited Ana, Hugo to this chat.", system=True, is_bot=True),
    "todo": said(text="[task: rotate the key]"),
    "vote": said(text="[vote: Roll back?]\n- yes\n- no"),
    "card": said(author="ou_alert", text="Alert\nCPU at 99 %\n[graph](https://grafana.example.com)", is_bot=True),
    "merge_forward": said(text="[forwarded messages]"),
    "unknown_kind": said(text="[hologram]"),
    "command_of_bot": said(author="ou_alert", text="/vigil forget", is_bot=True),
    "command_like": said(text="/vigilant people noticed"),
}
OTHERS: dict[str, Event | None] = {
    "command": asked("search", "password is [secret]"),
    "command_mention": asked("stats"),
    "command_empty": asked("help", where=f"{DIRECT}:om_1"),
    "command_in_thread": asked("why", where=SECOND, thread_id=ROOT),
    "updated": Edit(ROOT, "it hangs no more", 1_700_000_060.456, said()),
    "updated_command": None,
    "recalled": Deletion(ROOT, 1_700_000_070.0),
    "reaction_created": Reaction(ROOT, "ou_ana", "THUMBSUP", True, 1_700_000_080.0),
    "reaction_deleted": Reaction(ROOT, "ou_ana", "THUMBSUP", False, 1_700_000_080.0),
    "reaction_of_app": Reaction(ROOT, "cli_other", "THUMBSUP", True, 1_700_000_080.0),
    "reaction_of_vigil": Reaction(ROOT, "ou_vigil", "THUMBSUP", True, 1_700_000_080.0),
    "bot_added": Membership(CHANNEL, "ou_vigil", True, True, AT),
    "bot_deleted": Membership(CHANNEL, "ou_vigil", False, True, AT),
    "user_added": Membership(CHANNEL, "ou_cleo", True, False, AT),
    "user_deleted": Membership(CHANNEL, "ou_cleo", False, False, AT),
    "user_withdrawn": Membership(CHANNEL, "ou_cleo", False, False, AT),
    "chat_updated": Membership(CHANNEL, "", False, False, AT),
    "chat_disbanded": Membership(CHANNEL, "ou_vigil", False, True, AT),
    "menu": Command(
        "speak-less", "", "ou_ben", CHANNEL, AT, reply_to=f"{CHANNEL}|ou_ben", trigger=f"{CHANNEL}|ou_ben", via="menu"
    ),
    "chat_entered": None,
    "message_read": None,
    "click_button": clicked("vigil_helpful", "d1"),
    "click_select": clicked("vigil_pick_mute 2h", "lark:t0team:oc_help:om_1"),
    "click_whisper": clicked("vigil_helpful", "d1", via=WHISPER),
    "click_forwarded": clicked("vigil_helpful", "d1", via=FOREIGN),
    "click_text_value": clicked("vigil_why", "d1"),
    "click_foreign": None,
    "form": clicked(
        "vigil_not_helpful",
        "d1~seal",
        via=FORM,
        trigger="",
        fields=(
            ("reason", "the token [secret] is old"),
            ("more", "first half"),
            ("picked", "a,b"),
            ("empty", ""),
        ),
    ),
}


def test_every_shape_is_tried() -> None:
    assert sorted({*TURNS, *OTHERS}) == NAMES
    assert {kind_of(payload(name)) for name in NAMES} >= EVENTS


@pytest.mark.parametrize("name", sorted(TURNS))
def test_messages(name: str) -> None:
    found = read(payload(name))
    assert found is not None
    assert found.event == TURNS[name]
    assert (found.raw_id, found.aliases) == (TURNS[name].id, ("lark:event:ev0001",))


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_everything_else(name: str) -> None:
    found = read(payload(name))
    assert (found.event if found else None) == OTHERS[name]


def test_a_command_has_the_id_of_its_message_so_that_history_does_not_bring_it_again() -> None:
    found = read(payload("command"))
    assert found is not None
    assert (found.raw_id, found.aliases) == (ROOT, ("lark:event:ev0001",))


def test_what_history_tells_too_carries_the_key_that_it_has_there() -> None:
    for name, key in (
        ("updated", f"{ROOT}:edit:1700000060.456000"),
        ("recalled", f"{ROOT}:deleted"),
        ("reaction_created", f"{ROOT}:+THUMBSUP:ou_ana:1700000080.000000"),
    ):
        found = read(payload(name))
        assert found is not None
        assert (found.raw_id, found.aliases) == ("lark:event:ev0001", (key,))


def test_a_reaction_to_a_message_that_nobody_knows_says_nothing() -> None:
    assert read(payload("reaction_created"), Known("")) is None


def test_the_menu_answers_in_the_direct_chat_or_to_the_person() -> None:
    found = read(payload("menu"), Known("oc_ben"))
    assert found is not None
    assert (found.event.channel_id, found.event.reply_to) == (DIRECT, f"{DIRECT}|ou_ben")  # type: ignore[union-attr]
    alone = read(payload("menu"), Known())
    assert alone is not None
    assert alone.event.channel_id == "lark:t0team:ou_ben"  # type: ignore[union-attr]


def test_a_forward_is_quoted_without_names_and_bounded() -> None:
    def item(kind: str, content: Any) -> dict[str, Any]:
        return {
            "msg_type": kind,
            "body": {"content": json.dumps(content)},
            "mentions": [{"key": "@_user_1", "id": "ou_ana"}],
        }

    inside = [
        item("text", {"text": "it fails, @_user_1\nwith hunter2"}),
        item("merge_forward", "more"),
        item("file", {"file_name": "a.log"}),
    ]
    found = read(payload("merge_forward"), Known("oc_help", inside))
    assert found is not None
    assert found.event == said(
        text="[forwarded messages]\n> it fails, @ou_ana\n> with [secret]\n> [forwarded messages]\n> [file: a.log]"
    )
    huge = read(payload("merge_forward"), Known("oc_help", [item("text", {"text": "x" * 9_000})] * 200))
    assert huge is not None
    assert len(huge.event.text) < 21_000  # type: ignore[union-attr]
    assert huge.event.text.endswith("> …")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"app_id": "cli_other"}, "another app"),
        ({"app_id": ""}, "another app"),
        ({"tenant_key": "t0other"}, "another team"),
        ({"tenant_key": None}, "another team"),
    ],
)
def test_events_of_others_are_told_apart(header: dict[str, Any], why: str) -> None:
    for name in NAMES:
        item = payload(name)
        assert foreign(item, ME) is None
        item["header"] |= header
        stranger = foreign(item, ME)
        assert stranger is not None
        assert stranger.why == why
        assert stranger.kind == kind_of(item)
    item = payload("text")
    item["header"] |= {"app_id": "x", "event_type": "<script>\n"}
    item["event"]["sender"]["sender_id"]["open_id"] = "ou_ben\nforged line"
    assert foreign(item, ME) is not None
    assert (foreign(item, ME).actor, foreign(item, ME).kind) == ("unknown", "event")  # type: ignore[union-attr]


WRONG: tuple[Any, ...] = (
    None,
    7,
    -1,
    "",
    "x" * 300,
    "a:b",
    "ou_1|ou_2",
    "a\nb",
    "\x00",
    "\ud800",
    [],
    [None],
    {},
    {"a": {}},
    True,
    1e300,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a payload."""
    yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield from paths(part, (*here, key))


def spoilt(item: dict[str, Any], way: tuple[Any, ...], wrong: Any) -> dict[str, Any]:
    whole: Any = copy.deepcopy(item)
    part = whole
    for key in way[:-1]:
        part = part[key]
    part[way[-1]] = wrong
    return dict(whole)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_wrong_in_a_payload_it_is_read_or_left_and_what_is_read_can_be_kept(name: str) -> None:
    """Ids stay within their form, so that no part of an event can pass for another place or person."""
    item = payload(name)
    for way in paths(item):
        for wrong in WRONG if way else ():
            found = heard(kind_of(item), spoilt(item, way, wrong), ME, clean, NOW, Known("oc_help"))
            if found is not None:
                sound(found)


def sound(found: Heard) -> None:
    repr(found).encode()
    for name in ("id", "thread_id", "channel_id", "turn_id"):
        if known := getattr(found.event, name, None):
            assert place(known).tenant == "t0team"
    for name in ("author", "actor"):
        assert ":" not in getattr(found.event, name, "")
        assert "|" not in getattr(found.event, name, "")
    json.dumps(repr(found))


def test_contents_of_any_form_are_read() -> None:
    item = payload("text")
    deep = '{"text":' * 3000 + '"x"' + "}" * 3000
    nested: Any = {"tag": "markdown", "content": "deep"}
    for _ in range(100):
        nested = {"tag": "column_set", "columns": [{"tag": "column", "elements": [nested]}]}
    contents = [deep, "[]", "null", "7", '"words"', "{", "", json.dumps({"text": "\x00\ud800 \u202e"}), "[" * 100_000]
    contents += [json.dumps({"body": {"elements": [nested]}}), json.dumps({"elements": [[nested]] * 3, "title": 7})]
    contents += [
        json.dumps({"content": wrong, "title": wrong, "summary": wrong, "options": wrong})
        for wrong in (7, [7], [[7]], "x")
    ]
    contents += [json.dumps({"template": "{a}{b}{from_user}", "from_user": [7, {"name": 7}], "a": "x"})]
    for kind in {kind for name in NAMES if (kind := payload(name)["event"].get("message", {}).get("message_type"))}:
        for content in contents:
            item["event"]["message"] |= {"message_type": kind, "content": content}
            found = read(item)
            assert found is not None
            assert isinstance(found.event, Turn)
            sound(found)


def test_a_very_long_message_is_read_in_a_moment() -> None:
    item = payload("post")
    many = [
        [{"tag": "text", "text": "<at id=" * 40, "style": ["bold"] * 50}, {"tag": "md", "text": "<" * 2_000}]
        for _ in range(900)
    ]
    item["event"]["message"]["content"] = json.dumps({"title": "x", "content": many})
    assert read(item) is not None
    text = payload("text")
    text["event"]["message"]["content"] = json.dumps({"text": "@_user_1 " * 16_000 + "/vigil " * 3_000})
    assert read(text) is not None
