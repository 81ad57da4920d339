"""What erasing asks of the storage, as verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.messages import Post
from bot.outcomes import Erasure
from knowledge.models import Case, Entry, Status


class Erasures(Protocol):
    """The list of erasures, and what was made of the words."""

    def open(self) -> list[Erasure]:
        """Some of the erasures that are not finished: first those not searched, of these persons and threads before turns."""

    def take_thread(self, erasure: Erasure, now: float) -> None:
        """Take the words of all its turns, each with an erasure of its own, and what waits for it."""

    def withdraw(self, thread_id: str, now: float) -> None:
        """The thread's question is gone: Vigil waits for nothing there and speaks unasked no more."""

    def own_since(self, at: float) -> list[tuple[str, str, str]]:
        """(turn id, channel id, text) of Vigil's own messages since then."""

    def own_in(self, thread_id: str) -> list[tuple[str, str, str]]:
        """The same of one thread."""

    def told_of(self, turn_ids: Sequence[str]) -> list[tuple[int, str, str]]:
        """(outbox id, own turn id or "", channel id) of posts about a new topic that tell words of these turns."""

    def said_in(self, thread_id: str) -> list[tuple[str, str, str, str]]:
        """(decision id, turn id, its suggestion with titles, its reasons) of a thread's decisions."""

    def remarks_in(self, thread_id: str) -> list[tuple[str, str, str]]:
        """(decision id, actor, reason) of the feedback on a thread's decisions that gives a reason."""

    def waiting_posts(self) -> list[tuple[int, Post]]:
        """(outbox id, post) of all that still holds words."""

    def renewed(self, own: Sequence[str]) -> None:
        """Blank own turns that are being worded anew; they stand, and their new words are heard from the platform."""

    def take_words(
        self, own: Sequence[str], suggestions: Sequence[str], reasons: Sequence[str], remarks: Sequence[tuple[str, str]],
        posts: Sequence[tuple[int, Post]],
    ) -> None:  # fmt: skip
        """Blank own turns, decisions' suggestions and reasons, feedback's reasons (decision, actor), and posts."""

    def taken_back(self) -> tuple[list[tuple[str, str]], bool]:
        """(turn id, channel id) of posts that came out after their words were erased; whether some are on their way."""

    def settled(self) -> None:
        """What came out is being deleted, what failed never came out."""

    def cases_on(self, turn_id: str) -> list[int]:
        """Ids of the cases that rest, in any version, on a turn."""

    def ever_on(self, source: str, turn_id: str) -> int | None:
        """The entry of this source, if any of its versions names the turn."""

    def versions(self, entry_id: int) -> list[Case]:
        """All versions of an entry, newest first."""

    def replace(self, entry_id: int, case: Case, status: Status, actor: str, now: float) -> Entry:
        """Erase an entry and store what is left of it as a new one, in one transaction."""

    def erased_since(self, at: float) -> list[int]:
        """Ids of the entries erased since then."""

    def trim(self, source: str) -> None:
        """Leave only the present version of an entry, and only its vectors."""

    def unshelve(self, thread_ids: Sequence[str]) -> None:
        """Their precedents are to be made anew."""

    def searched(self, ids: Sequence[int]) -> None:
        """All that held the words is seen to: the words go from the list too."""

    def remove_threads(self, ids: Sequence[str], whole: bool = True) -> None:
        """Remove all rows of threads; unless `whole`, those stay in which somebody has spoken since."""

    def done(self, ids: Sequence[int], now: float) -> None:
        """Nothing is left to do: only the tombstones stay."""

    def flush(self) -> bool:
        """Empty the write-ahead log, which holds former pages; False while somebody reads from it."""

    def scrub(self, words: Sequence[str]) -> None:
        """Leave nothing of these texts in the parts of the file that no row uses."""


class Persons(Protocol):
    """What is held of one person."""

    def take(self, erasure: Erasure, now: float) -> None:
        """Take the words of all the person's turns, each with an erasure of its own, of their feedback, and their events."""

    def written_by(self, person: str) -> list[int]:
        """Ids of the cases that name the person among their authors."""

    def rename(self, person: str, alias: str, now: float) -> None:
        """Write the alias for the person's id everywhere, whole or within a text; the audit log's chain stays whole."""
