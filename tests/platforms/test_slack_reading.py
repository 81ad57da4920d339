"""Ids, aliases, history, redaction and permalinks agree, and nothing at all makes the readers raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import Event
from bot.platforms.base import Standing
from bot.platforms.slack_actions import blanks
from bot.platforms.slack_events import Heard, heard
from bot.platforms.slack_ids import linked
from bot.platforms.slack_messages import standing
from tests.platforms.payloads import ME, NAMES, payload

NOW, AT = 1_700_001_000.0, 1_700_000_000.0001
CHANNEL, ROOT = "slack:T0TEAM:C0HELP", "slack:T0TEAM:C0HELP:1700000000.000100"


def hear(name: str) -> Heard | None:
    return heard(payload(name), ME, str, NOW)


def event(name: str) -> Event:
    found = hear(name)
    assert found is not None
    return found.event


def test_a_message_is_known_by_its_place_and_by_every_id_it_may_come_again_under() -> None:
    message, mention = hear("message"), hear("app_mention")
    assert message == Heard(event("message"), ROOT, ("Ev0001", f"{CHANNEL}:U0BEN:11111111-2222-4333-8444-555555555555"))
    assert mention is not None
    assert (mention.raw_id, mention.aliases) == (ROOT, ("Ev0005", f"{CHANNEL}:U0BEN:aaaa"))


@pytest.mark.parametrize(
    ("name", "raw_id", "aliases"),
    [
        ("message_changed", "Ev0008", (f"{ROOT}:edit:1700000100.000000",)),
        ("message_deleted", "Ev0011", (f"{ROOT}:deleted",)),
        ("reaction_added", "Ev0018", (f"{ROOT}:+white_check_mark:U0ANA:1700000200.000400",)),
        ("member_joined_channel", "Ev0020", ()),
        ("block_actions_button", "slack:trigger:1.2.abc", ()),
        ("slash_command", "slack:trigger:1.5.abc", ()),
    ],
)
def test_everything_else_is_known_by_its_event(name: str, raw_id: str, aliases: tuple[str, ...]) -> None:
    found = hear(name)
    assert found is not None
    assert (found.raw_id, found.aliases) == (raw_id, aliases)


def test_history_tells_the_same_turn_as_the_live_event() -> None:
    live = payload("message_thread_reply")["event"]
    item = {key: value for key, value in live.items() if key not in ("channel", "channel_type", "event_ts")}
    assert standing(item, "C0HELP", ME, str) == Standing(event("message_thread_reply"))


def test_history_tells_edits_deletions_and_reactions_too() -> None:
    after = payload("message_changed")["event"]["message"]
    after["reactions"] = [
        {"name": "+1", "users": ["U0ANA", "U0CLEO"], "count": 2},
        {"name": "eyes", "users": ["U0ANA"], "count": 60},
    ]
    told = standing(after, "C0HELP", ME, str)
    assert told is not None
    assert (told.turn.text, told.turn.edited_at) == ("Deploys hang (staging only)", 1_700_000_100.0)
    assert told.reactions == {("U0ANA", "+1"), ("U0CLEO", "+1"), ("U0ANA", "eyes")}
    assert told.cut == {"eyes"}
    gone = standing(payload("message_changed_tombstone")["event"]["message"], "C0HELP", ME, str)
    assert gone is not None
    assert (gone.turn.deleted, gone.turn.text) == (True, "")


def test_everything_written_is_redacted() -> None:
    def redact(text: str) -> str:
        return text.replace("hunter2", "[secret]")

    for name, path in [
        ("message", ("event", "text")),
        ("message_changed", ("event", "message", "text")),
        ("slash_command", ("text",)),
        ("view_submission", ("view", "state", "values", "reason", "value", "value")),
    ]:
        shape: Any = payload(name)
        inner = shape
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = "search it is hunter2"
        found = heard(shape, ME, redact, NOW)
        assert found is not None
        assert "hunter2" not in repr(found)
        assert "[secret]" in repr(found)


def test_a_required_field_left_blank_is_named() -> None:
    shape = payload("view_submission")
    assert blanks(shape) == {}
    shape["view"]["state"]["values"]["reason"]["value"]["value"] = "  "
    del shape["view"]["state"]["values"]["kind"]
    assert blanks(shape) == {"reason": "Please fill this in."}


@pytest.mark.parametrize(
    ("link", "turn", "thread"),
    [
        ("https://x.slack.com/archives/C1/p1700000000000100", "1700000000.000100", "1700000000.000100"),
        (
            "<https://x.slack.com/archives/C1/p1700000050000200?thread_ts=1700000000.000100&amp;cid=C1|this>",
            "1700000050.000200",
            "1700000000.000100",
        ),
        (
            "http://127.0.0.1:8400/archives/C1/p1700000050000200?cid=C1&thread_ts=1700000000.000100",
            "1700000050.000200",
            "1700000000.000100",
        ),
    ],
)
def test_a_permalink_names_turn_and_thread(link: str, turn: str, thread: str) -> None:
    assert linked(f"look at {link} now", "T") == (f"slack:T:C1:{turn}", f"slack:T:C1:{thread}", "look at now")


def test_no_permalink_no_thread() -> None:
    assert linked("https://x.slack.com/files/F1 and https://example.com/archives/", "T") is None


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["message", "U0VIGIL", "C0HELP", "1700000000.000100", "\ud800", "<@U0VIGIL>", "message_changed"])
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), name=st.sampled_from(NAMES))
def test_no_payload_makes_it_raise(data: st.DataObject, name: str) -> None:
    shape = payload(name)
    for _ in range(data.draw(st.integers(1, 3))):
        spoil(shape, data)
    found = heard(shape, ME, str, NOW)
    if found is not None:
        json.dumps(repr(found)).encode()
        assert found.raw_id
        repr(found).encode("utf-8")


def spoil(inner: Any, data: st.DataObject) -> None:
    """Put anything at all in some place of a payload."""
    while isinstance(inner, dict | list) and inner:
        key = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.booleans()):
            inner[key] = data.draw(ANYTHING)
            return
        inner = inner[key]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=10), ANYTHING, max_size=5))
def test_nothing_known_is_nothing(shape: dict[str, Any]) -> None:
    assert heard(shape, ME, str, NOW) is None
