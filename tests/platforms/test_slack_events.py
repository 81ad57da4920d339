"""Every payload shape of Slack's reads as the event it is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events import FORM, WHISPER, Click, Command, Deletion, Edit, Event, Membership, Reaction, Turn
from bot.platforms.slack_events import heard
from tests.platforms.payloads import ME, NAMES, payload

NOW = 1_700_001_000.0
CHANNEL, ROOT = "slack:T0TEAM:C0HELP", "slack:T0TEAM:C0HELP:1700000000.000100"
AT = 1_700_000_000.0001


def said(**fields: Any) -> Turn:
    given_fields = {"id": ROOT, "thread_id": ROOT, "channel_id": CHANNEL, "author": "U0BEN", "text": "", "sent_at": AT}
    return Turn(**{**given_fields, **fields})


TURNS = {
    "message": said(
        text="Deploys to **staging** hang & time out, see [status](https://status.example.com/a) "
        "and `kubectl get po -o wide`"
    ),
    "message_private": said(
        id="slack:T0TEAM:G0OPS:1700000000.000100",
        thread_id="slack:T0TEAM:G0OPS:1700000000.000100",
        channel_id="slack:T0TEAM:G0OPS",
        text="The vault is sealed",
    ),
    "message_direct": said(
        id="slack:T0TEAM:D0BEN:1700000000.000100",
        thread_id="slack:T0TEAM:D0BEN:1700000000.000100",
        channel_id="slack:T0TEAM:D0BEN",
        text="how do I raise my quota?",
        addressed=True,
    ),
    "message_mention": said(text="@U0ANA any idea? @oncall @here", addressed=True, mentions=("U0ANA", "S0ONCALL")),
    "app_mention": said(text="any idea?", addressed=True),
    "message_thread_reply": said(
        id="slack:T0TEAM:C0HELP:1700000050.000200", author="U0CLEO", text="same here", sent_at=1_700_000_050.0002
    ),
    "thread_broadcast": said(id="slack:T0TEAM:C0HELP:1700000060.000200", text="fixed", sent_at=1_700_000_060.0002),
    "bot_message": said(author="B0ALERT", text="Disk 92% on db-7\nVolume **/data** fills up", is_bot=True),
    "own_message": said(
        thread_id="slack:T0TEAM:C0HELP:1700000000.000000",
        author="U0VIGIL",
        text="**Restart the ingester**",
        is_bot=True,
        own=True,
    ),
    "file_share": said(text="log attached\n[file: ingester.log]", files=("ingester.log",)),
    "me_message": said(text="is on it"),
    "channel_join": said(text="@U0BEN has joined the channel", system=True, mentions=("U0BEN",)),
    "channel_topic": said(text="@U0BEN set the channel topic: ask here", system=True, mentions=("U0BEN",)),
}
OTHERS: dict[str, Event] = {
    "message_changed": Edit(ROOT, "Deploys hang (staging only)", 1_700_000_100.0, said(text="")),
    "message_changed_tombstone": Deletion(ROOT, 1_700_000_100.0003, said(text="")),
    "message_deleted": Deletion(ROOT, 1_700_000_100.0003, said(text="")),
    "reaction_added": Reaction(ROOT, "U0ANA", "white_check_mark", True, 1_700_000_200.0004),
    "reaction_removed": Reaction(ROOT, "U0ANA", "+1", False, 1_700_000_200.0004),
    "member_joined_channel": Membership(CHANNEL, "U0VIGIL", True, True, 1_700_000_300.0005),
    "member_left_channel": Membership(CHANNEL, "U0BEN", False, False, 1_700_000_300.0006),
    "channel_left": Membership(CHANNEL, "U0VIGIL", False, True, 1_700_000_300.0007),
    "channel_shared": Membership(CHANNEL, "", False, False, 1_700_000_300.0008),
    "channel_convert_to_private": Membership(CHANNEL, "", False, False, 1_700_000_300.0009),
    "app_home_opened": Command("home", "", "U0BEN", "slack:T0TEAM:D0BEN", 1_700_000_400.0, via="home"),
    "block_actions_button": Click(
        "helpful",
        "decision-1",
        "U0ANA",
        CHANNEL,
        1_700_000_500.0001,
        turn_id="slack:T0TEAM:C0HELP:1700000010.000100",
        reply_to="https://hooks.slack.com/actions/T0TEAM/1/x",
        trigger="1.2.abc",
    ),
    "block_actions_select": Click(
        "pick_thread",
        ROOT,
        "U0ANA",
        CHANNEL,
        1_700_000_500.0002,
        turn_id="slack:T0TEAM:C0HELP:1700000010.000100",
        reply_to="https://hooks.slack.com/actions/T0TEAM/1/x",
        trigger="1.2.abd",
    ),
    "block_actions_ephemeral": Click(
        "publish",
        "decision-2",
        "U0ANA",
        CHANNEL,
        1_700_000_500.0003,
        turn_id="slack:T0TEAM:C0HELP:1700000010.000100",
        reply_to="https://hooks.slack.com/actions/T0TEAM/1/x",
        trigger="1.2.abe",
        via=WHISPER,
    ),
    "message_action": Command(
        "suggest",
        "",
        "U0ANA",
        CHANNEL,
        1_700_000_600.0001,
        thread_id=ROOT,
        turn_id="slack:T0TEAM:C0HELP:1700000050.000200",
        reply_to="https://hooks.slack.com/app/T0TEAM/2/y",
        trigger="1.3.abc",
        via="shortcut",
    ),
    "view_submission": Click(
        "why_not",
        "decision-1",
        "U0ANA",
        "",
        NOW,
        fields=(("reason", "It is out of date"), ("kind", "wrong")),
        via=FORM,
    ),
    "slash_command": Command(
        "search",
        "quota raise",
        "U0BEN",
        CHANNEL,
        NOW,
        reply_to="https://hooks.slack.com/commands/T0TEAM/3/z",
        trigger="1.5.abc",
    ),
    "slash_command_permalink": Command(
        "suggest",
        "please",
        "U0BEN",
        CHANNEL,
        NOW,
        thread_id="slack:T0TEAM:C0OTHER:1700000000.000100",
        turn_id="slack:T0TEAM:C0OTHER:1700000050.000200",
        reply_to="https://hooks.slack.com/commands/T0TEAM/3/z",
        trigger="1.5.abd",
    ),
    "slash_command_empty": Command(
        "help", "", "U0BEN", CHANNEL, NOW, reply_to="https://hooks.slack.com/commands/T0TEAM/3/z", trigger="1.5.abe"
    ),
}


@pytest.mark.parametrize(("name", "expected"), [*TURNS.items(), *OTHERS.items()], ids=[*TURNS, *OTHERS])
def test_reads_as(name: str, expected: Event) -> None:
    found = heard(payload(name), ME, str, NOW)
    assert found is not None
    assert found.event == expected


def test_every_recorded_shape_is_in_the_table() -> None:
    assert {*TURNS, *OTHERS, "message_changed_unfurl"} == set(NAMES)


def test_an_unfurl_is_no_edit() -> None:
    assert heard(payload("message_changed_unfurl"), ME, str, NOW) is None
