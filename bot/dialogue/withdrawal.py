"""What was posted from an entry that was taken back says so instead, wherever it stands."""

from __future__ import annotations

from bot.dialogue.base import Directory
from bot.dialogue.wording import say
from bot.events import channel_of
from bot.messages import Message, Post, Target
from bot.storage.base import Decisions, Outbox

SETTLED = "/settled/"
NO_ANSWER = ("/oncall", "/follow_up", "/delete")


def withdrawn(entry_id: int, decisions: Decisions, outbox: Outbox, directory: Directory) -> tuple[Post, ...]:
    """Updates of all answers and drafts that rest on an entry: its words go, a line stays. Each is made once, however often
    it is asked for."""
    found: list[Post] = []
    for decision_id, channel_id in decisions.citing(entry_id):
        message = Message(say(directory.rules(channel_id).language, "withdrawn"))
        keys: dict[str, list[str]] = {}
        for turn_id, key in outbox.messages_of(decision_id):
            keys.setdefault(turn_id, []).append(key)
        for turn_id, its in keys.items():
            if any(SETTLED in key or key.endswith(NO_ANSWER) for key in its):
                continue
            home = channel_of(turn_id)
            found.append(Post(f"{decision_id}/withdrawn/{turn_id}", Target.UPDATE, home, message, address=turn_id,
                              event_type="vigil_answer"))  # fmt: skip
    return tuple(found)
