"""What a model may look up while it answers: all of it checked by code for everybody who will read the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.dialogue import extract, precedents
from bot.dialogue.base import Directory
from bot.dialogue.question import Asked, asked
from bot.dialogue.summarising import Transcript
from bot.dialogue.weighing import together
from bot.events import Turn, channel_of
from bot.llm.base import Tool, Use
from bot.models import Thread
from bot.storage.base import Threads
from knowledge.base import EntryStore
from knowledge.models import Entry, Hit, Kind, Status

NOTHING = "Nothing found."
"""The answer to every look-up that finds nothing, or nothing that may be shown here: the two cannot be told apart."""
FOUND, PASSAGE, ENTRY, THREAD = 5, 700, 4000, 6000  # hits of one search; characters of a passage, an entry, a thread
LETTERS = "abcdfghijk"  # of labels of threads that are read; e is for entries, t for the thread at hand
LABEL = re.compile(r"e(\d{1,12})")
ORIGIN = re.compile(r"(?:precedent|thread):(.+)")


@dataclass(frozen=True, slots=True)
class SearchKnowledge:
    """A few telling words, as one would type them into a search box."""

    query: str


@dataclass(frozen=True, slots=True)
class ReadThread:
    """A link to a message that stands in the thread, or the label of an earlier thread that was found, such as e12."""

    thread: str


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """The number of an entry that was found: 12 for e12."""

    id: int


TOOLS = (
    Tool("search_knowledge", "Search documents, approved cases and earlier threads.", SearchKnowledge),
    Tool("read_thread", "Read a thread that is linked here or was found.", ReadThread),
    Tool("read_entry", "Read the whole of a document's section or of an approved case that was found.", ReadEntry),
)

Search = Callable[[Asked, str, str, float], tuple[list[Hit], list[Hit]]]
"""Question, channel, thread and time in; (hits, what ratings hold back) out, of what every reader of the channel may see."""


class LookUps:
    """The look-ups of one answer, and what they found, by label: entries, and threads that the person who asks linked."""

    def __init__(
        self,
        thread: Thread,
        turn: Turn,
        search: Search,
        threads: Threads,
        entries: EntryStore,
        directory: Directory,
        now: float,
    ) -> None:
        self._thread, self._turn, self._search, self._now = thread, turn, search, now
        self._threads, self._entries, self._directory = threads, entries, directory
        self.hits: dict[str, Hit] = {}
        self.linked: list[Transcript] = []
        self._read: dict[str, str] = {}

    def use(self, use: Use) -> str:
        """What a look-up finds, as text for the model."""
        match use.takes:
            case SearchKnowledge(query):
                return self.search(query)
            case ReadThread(which):
                return self._thread_text(which)
            case ReadEntry(number):
                return self._entry_text(number)
        return NOTHING

    def search(self, query: str, opening: str = "") -> str:
        """The best hits, each with its label; of earlier threads only that they are there.

        A query that says little by itself is read together with the `opening` of its thread.
        """
        if not query.strip():
            return NOTHING
        found = together(*self._search(asked(query, opening), self._thread.channel_id, self._thread.id, self._now))[
            :FOUND
        ]
        return "\n\n".join(self._shown(hit) for hit in found) or NOTHING

    def _shown(self, hit: Hit) -> str:
        label, case = f"e{hit.entry.id}", hit.entry.case
        self.hits.setdefault(label, hit)
        if case.kind is Kind.PRECEDENT:
            return f"[{label}] earlier thread, {precedents.standing(hit)}, not approved: {_line(case.title)}"
        matched = passage_of(hit) or case.resolution  # what is told of a case that its problem found is its answer
        said = extract.clip(matched, PASSAGE)
        return f"[{label}] {case.kind}: {_line(case.title)}\n{_inside(said)}"

    def _entry_text(self, number: int) -> str:
        entry = self._entries.get(number) if 0 < number < 2**63 else None
        if entry is None or not self._readable(entry):
            return NOTHING
        hit = self.hits.get(f"e{number}") or Hit(entry, 0.0, 0.0, "", 0.0, 0.0)
        if entry.case.kind is Kind.PRECEDENT:
            return self._shown(hit)
        self.hits.setdefault(f"e{number}", hit)
        return f"[e{number}] {entry.case.kind}: {_line(entry.case.title)}\n{_inside(text_of(hit))}"

    def _readable(self, entry: Entry) -> bool:
        """Live, and open to everybody who reads the place where the answer will stand; the thread never cites itself."""
        own = (f"precedent:{self._thread.id}", f"thread:{self._thread.id}")
        readers = self._directory.readers(self._thread.channel_id)
        return (
            entry.status is Status.LIVE and entry.case.source not in own and self._directory.shows(entry.case, readers)
        )

    def _thread_text(self, which: str) -> str:
        thread_id = self._named(which.strip())
        if not thread_id or len(self._read) >= len(LETTERS):
            return NOTHING
        if thread_id not in self._read:
            self._read[thread_id] = self._read_thread(thread_id)
        return self._read[thread_id]

    def _named(self, which: str) -> str:
        """The id of the thread that a label or link names, "" for none."""
        label = LABEL.fullmatch(which)
        if label is None:
            return self._linked(which)
        hit = self.hits.get(which)
        origin = ORIGIN.fullmatch(hit.entry.case.source) if hit and hit.entry.case.kind is Kind.PRECEDENT else None
        return origin[1] if origin else ""

    def _read_thread(self, thread_id: str) -> str:
        place = channel_of(thread_id)
        if not self._directory.may_pass(place, self._thread.channel_id):
            return NOTHING
        thread = self._threads.load(thread_id, place, self._now, nearby=False)
        if not thread.human_turns() or thread.withdrawn:
            return NOTHING
        said = Transcript(thread, LETTERS[len(self._read)], THREAD)
        if thread_id in self._links():
            self.linked.append(said)
        return said.text

    def _links(self) -> frozenset[str]:
        """The threads to which the person who asks has pointed here: their words may be told, as words of that thread."""
        own = [turn.text for turn in self._thread.human_turns() if turn.author == self._turn.author]
        return frozenset(filter(None, map(self._linked, own)))

    def _linked(self, text: str) -> str:
        """The id of the thread of the first message that is linked there, "" without one."""
        found = self._directory.linked(text, self._thread.channel_id)
        return (self._threads.thread_of(found[0]) or found[1]) if found else ""


def text_of(hit: Hit) -> str:
    """A document's section or a case as it is read and as words are checked against it; its heading or problem is a title."""
    case = hit.entry.case
    head = " > ".join(dict.fromkeys(filter(None, (_line(case.title), _line(case.problem)))))
    return f"# {head}\n\n{case.resolution[:ENTRY]}"


def passage_of(hit: Hit) -> str:
    """The passage that matched, without the headings above it; "" where it is no more than the problem."""
    return hit.passage.removeprefix(hit.entry.case.problem).strip()


def _line(text: str) -> str:
    return " ".join(text.split())


def _inside(text: str) -> str:
    """Indented, so that no line of it looks like another entry."""
    return "\n".join(f"    {line}" for line in text.splitlines())
