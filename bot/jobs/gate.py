"""The gate holds back what its readers may not see: posts wait, and meanwhile people come, go, and close doors."""

from __future__ import annotations

from bot.dialogue.base import Directory
from bot.events import channel_of
from bot.messages import Post, Target
from bot.storage.base import Decisions
from knowledge.base import EntryStore
from knowledge.models import EVERYONE, Case, Kind

ANSWERS = frozenset(("vigil_answer", "vigil_home", "vigil_ops"))
"""What somebody asked for, or what is no channel's affair; it tells of the channels that it names, and of no other."""
PERSONAL = (Target.DIRECT, Target.REPLY, Target.HOME)


class Gate:
    """Looks at posts as they are about to be sent: they may have waited, and readers come and go."""

    def __init__(self, directory: Directory, entries: EntryStore, decisions: Decisions) -> None:
        self._directory, self._entries, self._decisions = directory, entries, decisions

    def may(self, post: Post) -> bool:
        """Whether it may be sent; raises VigilError where nobody can be asked who its readers are."""
        if post.target is Target.DELETE:
            return True
        place = "" if post.target in PERSONAL else _place(post)
        tells, cases = self._tells(post, place), self._cases(post, place)
        if not tells and not cases:
            return True
        now = self._directory.at_this_moment({*tells, *([place] if place else []), *(_home(case) for case in cases)})
        if not all(now.may_pass(source, place) if place else now.open_to(source, post.person) for source in tells):
            return False
        known = [*tells, place or post.channel_id]
        return all(any(now.shows(case, now.readers(channel)) for channel in known) for case in cases)

    @staticmethod
    def _tells(post: Post, place: str) -> frozenset[str]:
        """The channels, besides the one it goes to, whose words are in it."""
        unasked = post.target in PERSONAL and post.event_type not in ANSWERS
        return frozenset((*post.tells, *([post.channel_id] if unasked else []))) - {place}

    def _cases(self, post: Post, place: str) -> list[Case]:
        """What it cites that not everybody may see who is there anyway."""
        record = self._decisions.get(post.decision_id) if post.decision_id else None
        ids = dict.fromkeys((*post.message.entries, *(record["entry_ids"] if record else ())))
        cases = [entry.case for entry in self._entries.get_many(list(ids))] if ids else []
        return [case for case in cases if EVERYONE not in case.audience.scopes and (not place or _home(case) != place)]


def _place(post: Post) -> str:
    """The channel that it goes to."""
    return channel_of(post.address) if post.target is Target.UPDATE else post.channel_id


def _home(case: Case) -> str:
    """The channel that a case came from, "" for a document."""
    return "" if case.kind is Kind.SECTION else case.container
