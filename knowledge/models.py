"""The frozen values that cross the door of the knowledge library: Case, Entry, Query, Hit, Audience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from knowledge.paragraphs import paragraphs

EVERYONE = "everyone"


class KnowledgeError(Exception):
    """Something the library cannot do; the message is one line that says what to do about it."""


@dataclass(frozen=True, slots=True)
class Audience:
    """A set of scopes such as `everyone`, `workspace:slack:T1`, `channel:slack:T1:C1`, `user:slack:T1:U1`.

    On an entry: who may read it. On a query: the scopes that every reader of the destination holds. Empty denies.
    """

    scopes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *scopes: str) -> Audience:
        return cls(frozenset(scopes))

    @classmethod
    def everyone(cls) -> Audience:
        return cls(frozenset({EVERYONE}))

    def opens_to(self, readers: Audience) -> bool:
        """Whether every one of `readers` may see what carries this audience: they share at least one scope."""
        return not self.scopes.isdisjoint(readers.scopes)


class Kind(StrEnum):
    """Where an entry comes from: a document's section, an approved case, or a thread that got a helper's reply."""

    SECTION = "section"
    CASE = "case"
    PRECEDENT = "precedent"


class Status(StrEnum):
    """The life of an entry; only `live` is searchable."""

    PROPOSED = "proposed"
    LIVE = "live"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Link:
    """A titled address that a case points to."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence or code block of a case, as it stands there, and the id of a turn it came from; retold ones may have several."""

    turn: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """What was asked and what answered it, with where it comes from and who may read it.

    `problem` is the question as asked (a section's heading path); `resolution` is the answer (a section's text, plain
    Markdown, paragraphs parted by a blank line). `source` is the stable key of this very case
    (`file:guide.md#heading`, `thread:slack:T:C:ts`), `container` the file or channel it came from; `happened_at` is
    in epoch seconds; `turns` are the ids of the turns it rests on, `said` tells of each sentence of problem and
    resolution (and a retold cause or environment), in their order, which of them it came from; by hand: none.
    """

    kind: Kind
    title: str
    problem: str
    resolution: str
    audience: Audience
    source: str
    url: str = ""
    environment: str = ""
    cause: str = ""
    links: tuple[Link, ...] = ()
    authors: tuple[str, ...] = ()
    happened_at: float = 0.0
    turns: tuple[str, ...] = ()
    container: str = ""
    said: tuple[Said, ...] = ()

    def traced(self) -> Case:
        """The case naming the origin of those sentences only that still stand in it: texts are redacted, edited, erased."""
        texts = (self.problem, self.resolution, self.cause, self.environment)
        standing = tuple(said for said in self.said if any(said.text in text for text in texts))
        return self if standing == self.said else replace(self, said=standing)

    def passages(self) -> tuple[str, ...]:
        """The texts that are embedded and quoted, each by itself: the problem, then the answer's parts."""
        if self.kind is Kind.SECTION:
            return tuple(f"{self.problem}\n{part}" for part in paragraphs(self.resolution)) or (self.problem,)
        return tuple(part for part in (self.problem, *self.resolution.split("\n\n")) if part.strip())

    def redacted(self, redact: Callable[[str], str]) -> Case:
        """The case as it is stored: secrets and personal data out, also of an anchor, which repeats a heading."""
        return replace(
            self,
            title=redact(self.title),
            problem=redact(self.problem),
            resolution=redact(self.resolution),
            environment=redact(self.environment),
            cause=redact(self.cause),
            source="#".join(redact(part) if n else part for n, part in enumerate(self.source.split("#"))),
            url="#".join(redact(part) if n else part for n, part in enumerate(self.url.split("#"))),
            links=tuple(Link(redact(link.title), redact(link.url)) for link in self.links),
        ).traced()

    def text(self) -> str:
        """Everything a keyword search may find."""
        links = " ".join(f"{link.title} {link.url}" for link in self.links)
        return "\n".join((self.title, self.problem, self.environment, self.cause, self.resolution, links))


@dataclass(frozen=True, slots=True)
class Entry:
    """A Case as stored: with id, version, status, counts of feedback and a change number that only rises.

    `phrasings` are the problems of cases that turned out to be the same one: searched for, never shown.
    """

    id: int
    case: Case
    version: int
    status: Status
    change: int
    updated_at: float
    helpful: int = 0
    unhelpful: int = 0
    proposed_by: str = ""
    approved_by: str = ""
    phrasings: tuple[str, ...] = ()

    def passages(self) -> tuple[str, ...]:
        """The texts that are embedded: the case's own, then other people's ways to put the same problem."""
        return (*self.case.passages(), *self.phrasings)

    def text(self) -> str:
        """Everything a keyword search may find."""
        return "\n".join((self.case.text(), *self.phrasings))


@dataclass(frozen=True, slots=True)
class Query:
    """A question and who will read the answer; `exclude` holds sources never to return (the thread that asks).

    `views` put the same question in other words, or in fewer (the sentences that ask, a title): the meaning searched
    for is the middle of all of them, and what they say again counts for more.
    """

    text: str
    audience: Audience
    limit: int = 8
    now: float = 0.0
    exclude: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind))
    views: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """All that keyword search reads, the views first, since of a very long text it reads only the beginning."""
        return "\n".join((*self.views, self.text))


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that answers a query: rank score, calibrated P(helpful) in 0..1, the passage that matched, and why.

    `shared` holds the query's words (as knowledge.tokens cuts them) that stand in the entry, rarest first, each with
    its rarity: 1 for a word that one entry alone holds, near 0 for what every entry says. `remark` tells what people
    said of the entry; `doubted` ones are not to be said unasked.
    """

    entry: Entry
    score: float
    helpful: float
    passage: str
    cosine: float
    lexical: float
    why: tuple[str, ...] = ()
    shared: tuple[tuple[str, float], ...] = ()
    remark: str = ""
    doubted: bool = False


class Relation(StrEnum):
    """How a new case stands to what is known."""

    NEW = "new"
    DUPLICATE = "duplicate"
    SUCCESSOR = "successor"
    CONTRADICTION = "contradiction"
    THIN = "thin"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on a new case: its relation to `entry`, the known case it was compared with, and why."""

    relation: Relation
    entry: Entry | None = None
    why: str = ""
