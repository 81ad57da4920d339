"""Looking back gives the same turns as listening, page after page, oldest first."""

from __future__ import annotations

from bot.platforms.slack import SlackPlatform
from bot.sandbox import Sandbox

CHANNEL = "slack:T0SMALL:C0HELP"


def test_many_pages_oldest_first(box: Sandbox, slack: SlackPlatform) -> None:
    for number in range(450):
        box.say("help", "ben", f"message {number}", at=1_700_000_000 + number)
    told = list(slack.history(CHANNEL, 1_700_000_009.0))
    assert [one.turn.text for one in told] == [f"message {n}" for n in range(10, 450)]
    assert len([call for call in box.calls if call.method == "conversations.history"]) == 3


def test_edits_and_reactions_are_told(box: Sandbox, slack: SlackPlatform) -> None:
    root = box.say("help", "ben", "it hangs hunter2")
    box.edit("help", root, "it hangs, see hunter2")
    box.react("help", root, "white_check_mark", "ana")
    (one,) = slack.history(CHANNEL, 0.0)
    assert one.turn.text == "it hangs, see [secret]"
    assert one.turn.edited_at is not None
    assert (one.reactions, one.cut) == ({("U0ANA", "white_check_mark")}, frozenset())


def test_a_root_tells_of_its_replies(box: Sandbox, slack: SlackPlatform) -> None:
    root = box.say("help", "ben", "it hangs", at=1_700_000_000)
    box.say("help", "ana", "since when?", thread=root, at=1_700_000_001)
    box.say("help", "ben", "noon", thread=root, at=1_700_000_002)
    (one,) = slack.history(CHANNEL, 0.0)
    assert (one.replies, one.newest_reply) == (2, 1_700_000_002.0)


def test_a_thread_without_its_old_root(box: Sandbox, slack: SlackPlatform) -> None:
    root = box.say("help", "ben", "it hangs", at=1_700_000_000)
    for number in range(1, 4):
        box.say("help", "ana", f"reply {number}", thread=root, at=1_700_000_000 + number)
    thread = f"{CHANNEL}:{root}"
    assert [one.turn.text for one in slack.replies(thread, 0.0)] == [
        "it hangs",
        "reply 1",
        "reply 2",
        "reply 3",
    ]
    assert [one.turn.text for one in slack.replies(thread, 1_700_000_001.0)] == [
        "reply 2",
        "reply 3",
    ]
    assert {one.turn.thread_id for one in slack.replies(thread, 0.0)} == {thread}


def test_a_deleted_root_is_told(box: Sandbox, slack: SlackPlatform) -> None:
    lone, root = box.say("help", "ben", "never mind"), box.say("help", "ben", "it hangs")
    box.say("help", "ana", "looking", thread=root)
    box.delete("help", lone)
    box.delete("help", root)
    assert list(slack.replies(f"{CHANNEL}:{lone}", 0.0)) == []
    told = list(slack.replies(f"{CHANNEL}:{root}", 0.0))
    assert (told[0].turn.deleted, told[0].turn.text) == (True, "")


def test_a_direct_message_is_addressed_in_history_too(box: Sandbox, slack: SlackPlatform) -> None:
    channel = box.open_im("ben")
    box.say(channel, "ben", "help me")
    (one,) = slack.history(f"slack:T0SMALL:{channel}", 0.0)
    assert one.turn.addressed
