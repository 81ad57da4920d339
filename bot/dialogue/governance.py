"""Who may decide what Vigil knows, and when people's agreement may count as an approval."""

from __future__ import annotations

from collections.abc import Iterable

from bot.config import Rules
from bot.dialogue import feedback, signals
from bot.dialogue.base import Directory
from bot.dialogue.feedback import Meaning
from bot.events import Turn
from bot.models import Thread


def curators(channel_id: str, helpers: frozenset[str], directory: Directory) -> frozenset[str]:
    """Ids of those who may approve, edit, reject and undo the cases of a channel.

    They are the configured approvers, else the configured helpers, else (`helpers`) whoever helps there. A group that
    cannot be asked for is nobody: nothing falls back to more people than were named.
    """
    rules = directory.rules(channel_id)
    if rules.approvers:
        return directory.people(rules.approvers, channel_id)
    return directory.helpers(channel_id) if rules.helpers else helpers


def agreement(thread: Thread, turns: Iterable[str], trusted: frozenset[str], rules: Rules) -> str:
    """How people agreed on a case that rests on these turns, "" when they did not, or not enough.

    The asker said that it helped, by a mark or in words, after the last of the answer; and every turn of the answer was
    written by somebody trusted, or checked by one who did not write it, and not edited since. What the asker wrote
    counts as the question alone: an answer of their own is nobody else's word.
    """
    resting = frozenset(turns)
    used = [turn for turn in thread.human_turns() if turn.id in resting]
    answer = [turn for turn in used if turn.author != thread.asker]
    if not answer or {turn.id for turn in used} != resting or thread.asker in trusted & {t.author for t in answer}:
        return ""
    if any(turn.author == thread.asker and turn.sent_at > answer[0].sent_at for turn in used):
        return ""
    behind = {who for turn in answer if (who := _behind(thread, turn, trusted, rules))}
    if not all(_behind(thread, turn, trusted, rules) for turn in answer) or not _confirmed(thread, answer[-1]):
        return ""
    return f"its asker confirmed it, and {len(behind)} trusted helper(s) wrote or checked all of it"


def _behind(thread: Thread, turn: Turn, trusted: frozenset[str], rules: Rules) -> str:
    """Who of the trusted stands behind a turn, "" when nobody does; the asker's own word does not count twice."""
    able = trusted - {thread.asker}
    if turn.author in able:
        return turn.author
    checks = {
        reaction.actor
        for reaction in thread.reactions
        if reaction.turn_id == turn.id
        and reaction.added
        and reaction.actor in able
        and reaction.at > (turn.edited_at or turn.sent_at)
        and feedback.meaning(reaction.name, rules) is Meaning.RESOLVED
    }
    return min(checks, default="")


def _confirmed(thread: Thread, answer: Turn) -> bool:
    """Whether the asker, a person, said after the answer as it now stands that it helped."""
    since = answer.edited_at or answer.sent_at
    mark = thread.marked("resolved")
    if thread.root.is_bot or thread.marked("reopened"):
        return False
    if mark is not None and mark.actor == thread.asker and mark.at > since:
        return True
    return any(
        turn.author == thread.asker and turn.sent_at > since and signals.of(turn).confirms
        for turn in thread.human_turns()
    )
