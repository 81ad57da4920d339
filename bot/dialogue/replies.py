"""Where an answer goes: back to the one who asked, into the thread where Vigil was mentioned, or onto a card."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue import answers
from bot.dialogue.base import Directory
from bot.dialogue.wording import say as words
from bot.events import Click, Command, channel_of
from bot.messages import Message, Post, Target
from bot.outcomes import Act, Outcome


def say(
    command: Command, message: Message, acts: tuple[Act, ...] = (), event_type: str = "vigil_answer"
) -> Outcome:  # fmt: skip
    """Answer where the command came from: only to its actor, or in the thread where Vigil was mentioned."""
    said = (command.verb, command.argument, command.actor, command.at, command.thread_id)
    key = hashlib.sha256(repr(said).encode()).hexdigest()[:20]
    post = Post(f"command-{key}/{event_type}", Target.DIRECT, command.channel_id, message, person=command.actor,
                event_type=event_type)  # fmt: skip
    if command.via == "mention":
        post = replace(post, target=Target.THREAD, thread_id=command.reply_to)
    elif command.reply_to:
        post = replace(post, target=Target.REPLY, address=command.reply_to)
    return Outcome(posts=(post,), acts=acts)


def refuse(command: Command, directory: Directory, why: str, *acts: Act) -> Outcome:
    """One line that says why something was not done (`error_WHY`)."""
    return say(command, answers.refusal(why, directory.rules(command.channel_id)), acts)


def command_of(click: Click, verb: str, argument: str, thread_id: str | None, channel_id: str = "") -> Command:
    """A click as the command that it stands for."""
    home = channel_id or click.channel_id or channel_of(thread_id or "")
    return Command(verb, argument, click.actor, home, click.at, thread_id, None, click.reply_to, click.trigger, "click")


def answer(click: Click, message: Message, channel_id: str, *acts: Act) -> Outcome:
    """An answer that only the one who clicked sees; none where nothing tells on which platform that is."""
    command = command_of(click, click.action, click.value, None, channel_id)
    return say(command, message, acts) if command.channel_id else Outcome(acts=acts)


def turned_down(click: Click, why: str, directory: Directory, channel_id: str, *acts: Act) -> Outcome:
    """One line to the one who clicked: why nothing was done (`error_WHY`); none where no channel is known."""
    if not channel_id:
        return Outcome(acts=acts)
    return answer(click, answers.refusal(why, directory.rules(channel_id)), channel_id, *acts)


def telling(outcome: Outcome, *channels: str) -> Outcome:
    """The outcome, its posts marked as telling what was said in these channels."""
    posts = (replace(post, tells=tuple(dict.fromkeys((*post.tells, *channels)))) for post in outcome.posts)
    return replace(outcome, posts=tuple(posts))


def show(
    click: Click, cards: Sequence[str], message: Message, key: str, channel_id: str, tells: str
) -> tuple[Post, ...]:  # fmt: skip
    """Posts that make the cards (own turn ids) say what came of them; without a card the one who clicked is told.

    `tells` is the channel whose words are in the message.
    """
    known = tuple(dict.fromkeys([*cards, *([click.turn_id] if click.turn_id and click.turn_id in cards else [])]))
    if not known:
        return telling(answer(click, message, channel_id), tells).posts
    return tuple(
        Post(
            f"{key}/{number}",
            Target.UPDATE,
            channel_of(card),
            message,
            address=card,
            event_type="vigil_answer",
            tells=(tells,),
        )
        for number, card in enumerate(known)
    )


def name_of(person: str, channel_id: str, directory: Directory) -> str:
    """A person's name for a sentence."""
    return directory.name(person, channel_id) or words(directory.rules(channel_id).language, "somebody")
