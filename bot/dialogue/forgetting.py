"""The command `forget`: helpers have a whole thread forgotten, askers their own messages in it."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers, replies
from bot.dialogue.authority import Actor
from bot.events import Command
from bot.models import Thread
from bot.outcomes import Erasure, Outcome


def forget(command: Command, thread: Thread, actor: Actor, rules: Rules) -> Outcome:
    """What is to be erased, and a receipt for the actor alone; the eraser does the rest. Who may at all was asked before."""
    if actor.helps or actor.administers:
        erased: tuple[Erasure, ...] = (Erasure("thread", thread.id, "forgotten", actor.id),)
        said = "forget_thread"
    else:
        own = [turn for turn in thread.human_turns() if turn.author == actor.id]
        erased = tuple(Erasure("turn", turn.id, "forgotten", actor.id) for turn in own)
        said = "forget_own"
    if command.via == "mention":  # nothing new is said in a thread that goes
        command = replace(command, via="direct", reply_to="")
    return replace(
        replies.say(command, answers.receipt(said, rules)),
        thread_id=thread.id, channel_id=thread.channel_id, version=thread.version, erased=erased, cancel=True,
    )  # fmt: skip
