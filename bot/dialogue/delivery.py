"""Where a decision's words go: into the thread, to the helpers as a draft, or nowhere; and when the on-call is called."""

from __future__ import annotations

from bot.config import Rules
from bot.dialogue import compose, policy, proposals
from bot.dialogue.base import Directory
from bot.dialogue.wording import say
from bot.events import Turn
from bot.messages import Message, Post, Target
from bot.models import Action, Decision, Mark, Mode, Score, Thread
from knowledge.models import Entry, Kind, Status

CALLED = "oncall-called"


def of(
    decision: Decision, thread: Thread, score: Score, rules: Rules, directory: Directory, person: str = ""
) -> tuple[tuple[Post, ...], tuple[Mark, ...]]:
    """The posts and marks that a suggestion's decision leads to; `person` gets it alone, where it is not for the thread."""
    posts: list[Post] = []
    marks: list[Mark] = []
    if decision.suggestion is not None and decision.action in (Action.PUBLIC, Action.PRIVATE):
        posts.extend(_suggestion(decision, thread, rules, directory, person))
    if risky(thread, score, rules, decision) and not thread.marked(CALLED):
        posts.append(call(thread, rules, directory, decision.id, decision.at, say(rules.language, "reason_risky")))
        marks.append(Mark(CALLED, "vigil", decision.at))
    return tuple(posts), tuple(marks)


def _suggestion(decision: Decision, thread: Thread, rules: Rules, directory: Directory, person: str) -> list[Post]:
    key = f"{decision.id}/suggestion"
    if person or decision.action is Action.PRIVATE:
        return draft(decision, thread, rules, directory, person)
    message = compose.suggestion(decision, rules, decision.at)
    return [Post(key, Target.THREAD, thread.channel_id, message, thread.id, decision_id=decision.id)]


def draft(decision: Decision, thread: Thread, rules: Rules, directory: Directory, person: str = "") -> list[Post]:
    """The suggestion as a draft: to one person, to the helpers' channel, or to the thread's helper; else nowhere."""
    key = f"{decision.id}/draft"
    if person and not _may_publish(decision, thread, person):
        alone = compose.suggestion(decision, rules, decision.at)
        return [Post(f"{decision.id}/alone", Target.DIRECT, thread.channel_id, alone, person=person,
                     decision_id=decision.id)]  # fmt: skip
    message = compose.draft(decision, thread, directory.permalink(thread.id), rules, decision.at)
    desk = None if person else helpers_channel(rules, directory, thread.channel_id)
    if desk and directory.may_pass(thread.channel_id, desk):
        return [Post(key, Target.CHANNEL, desk, message, event_type="vigil_draft", decision_id=decision.id,
                     tells=(thread.channel_id,))]  # fmt: skip
    someone = person or helper_of(thread, directory)
    if not someone:
        return []
    return [Post(key, Target.DIRECT, thread.channel_id, message, person=someone, event_type="vigil_draft",
                 decision_id=decision.id)]  # fmt: skip


def _may_publish(decision: Decision, thread: Thread, person: str) -> bool:
    return person in thread.helpers and decision.suggestion is not None and decision.suggestion.enough


def helpers_channel(rules: Rules, directory: Directory, home: str) -> str | None:
    """The id of the helpers' channel that is configured for the channel `home`, None when there is none or it is unknown."""
    return directory.resolve(rules.helpers_channel, home) if rules.helpers_channel else None


def helper_of(thread: Thread, directory: Directory) -> str:
    """Who helps in this thread: the last to have spoken, else a configured helper who can read the channel; "" if none."""
    spoke = [
        turn.author for turn in thread.human_turns() if turn.author in thread.helpers and turn.author != thread.asker
    ]
    here = next((p for p in dict.fromkeys(reversed(spoke)) if directory.open_to(thread.channel_id, p)), "")
    if here:
        return here
    able = (p for p in sorted(directory.helpers(thread.channel_id)) if directory.open_to(thread.channel_id, p))
    return next((p for p in able if p != thread.asker), "")


def risky(thread: Thread, score: Score, rules: Rules, decision: Decision) -> bool:
    """A need in a public-mode channel that touches data loss, security, billing: people must know at once."""
    if not rules.oncall or rules.mode != Mode.PUBLIC or score.need < decision.threshold:
        return False
    return policy.risky(" ".join(turn.text for turn in thread.human_turns() if turn.author == thread.asker), rules)


def call(thread: Thread, rules: Rules, directory: Directory, key: str, now: float, why: str) -> Post:
    """The one mention of the on-call group, with a summary of the thread."""
    group = directory.group(rules.oncall, thread.channel_id) or ""
    message = compose.escalation(thread, why, group, rules, now)
    return Post(f"{key}/oncall", Target.THREAD, thread.channel_id, message, thread.id, event_type="vigil_escalation")


def taken_back(turn: Turn) -> Post:
    """The deletion of an own message that came out after its question had been deleted."""
    return Post(f"remove-{turn.id}/delete", Target.DELETE, turn.channel_id, Message(""), address=turn.id)


def case_posts(
    entry: Entry,
    thread: Thread,
    rules: Rules,
    directory: Directory,
    helpers: frozenset[str],
    intro: str = proposals.LEARNED,
    shown: Message | None = None,
) -> tuple[Post, ...]:
    """The card that shows a proposed case: in the helpers' channel, else to a helper who did not write it; else nowhere.

    `intro` is one of proposals.LEARNED and LEFT; `shown` is the card where it is made already.
    """
    if entry.status is not Status.PROPOSED or entry.case.kind is not Kind.CASE or rules.mode == Mode.SHADOW:
        return ()
    message = shown or proposals.proposal(entry, rules, entry.updated_at, intro)
    key = f"case-{entry.id}/{entry.version}"
    desk = helpers_channel(rules, directory, thread.channel_id)
    if desk and directory.may_pass(thread.channel_id, desk):
        return (Post(key, Target.CHANNEL, desk, message, event_type="vigil_case", tells=(thread.channel_id,)),)
    able = sorted(p for p in helpers if directory.open_to(thread.channel_id, p))
    someone = next((p for p in able if p not in entry.case.authors), able[0] if able else "")
    if not someone:
        return ()
    return (Post(key, Target.DIRECT, thread.channel_id, message, person=someone, event_type="vigil_case"),)
