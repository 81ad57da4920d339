"""Who may do what to what: one function, asked at every entry point, that denies whatever it does not know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.messages import Standing
from bot.outcomes import Act

TOLD = frozenset({"help", "queue"})
"""What everybody who is somebody is told, wherever they ask: help holds nothing that anybody said, and of what waits for
approval (queue) each shows only what they may decide."""
VISITORS = frozenset(
    {"read", "suggest", "search", "status", "why", "summary", "handover", "feedback", "need_human", "home"}
)
"""What people from elsewhere may in a channel that is shared with them."""
ANYONE = VISITORS | {"teach", "stats"}
ASKERS = frozenset({"resolve", "reopen", "solved", "snooze", "not_request", "remove", "forget"})
HELPERS = ASKERS | {"mute", "unmute", "publish", "edit_draft", "dismiss", "speak_less", "correct"}
CURATORS = frozenset({"approve", "edit", "reject", "undo", "retire", "confirm", "cases"})
"""What is for those alone who are entitled to decide what Vigil knows."""
VOUCHING = frozenset({"approve", "confirm"})
"""What nobody does to a text that stands on their own word alone."""
OPERATORS = frozenset(
    {
        "run", "_listen", "_work", "manifest", "decisions", "ingest", "search", "forget", "stats", "demo", "replay",
        "train", "doctor", "eval triage", "eval retrieval", "eval growth", "eval faq", "eval redaction", "backup", "restore", "knowledge list", "knowledge show", "knowledge log",
        "knowledge refused", "knowledge gaps", "knowledge corrections", "knowledge approve", "knowledge edit",
        "knowledge reject", "knowledge retire", "knowledge confirm", "knowledge undo", "knowledge erase",
        "knowledge repair", "knowledge correct", "audit verify", "audit export",
    }
)  # fmt: skip
"""What is done at the command line, by whoever may read and write the store's file."""
NOBODY = frozenset({Standing.UNKNOWN, Standing.GONE, Standing.BOT})
STORE = "store"
"""Where the machine's operator acts."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person before one place (a channel's id): how they stand, may they read it, do they help, administer, curate there.

    `curates` says that they may decide on cases learned in the channel.
    """

    id: str
    place: str
    reads: bool
    helps: bool = False
    administers: bool = False
    curates: bool = False
    standing: Standing = Standing.MEMBER


@dataclass(frozen=True, slots=True)
class Object:
    """What something is done to: its `kind` and `id`, the `place` where it lives, and whose it is.

    `asker` opened the thread; `authors` are those on whose word alone a text stands, none where others stand behind it.
    """

    kind: str
    id: str
    place: str
    asker: str = ""
    authors: frozenset[str] = field(default_factory=frozenset)

    def __str__(self) -> str:
        return self.id if self.kind in ("thread", "channel") else f"{self.kind} {self.id}"


def authorize(actor: Actor, action: str, thing: Object) -> bool:
    """Whether the actor may do this to that.

    Nothing to what lives elsewhere than the actor was looked at, nothing by bots, the deactivated and the unknown, nothing
    without reading rights; and whoever stands alone behind a text does not vouch for it.
    """
    if not actor.id or not thing.id or actor.standing in NOBODY or actor.place != thing.place:
        return False
    if action in TOLD:
        return True
    if not actor.reads or (action in VOUCHING and actor.id in thing.authors):
        return False
    return action in _rights(actor, thing)


def ruled(actor: Actor, action: str, thing: Object) -> Act:
    """What `authorize` says, as the line of the audit log that every answer of it becomes."""
    return Act(actor.id, action, str(thing), authorize(actor, action, thing))


def only_own_word(actor: Actor, action: str, thing: Object) -> bool:
    """Whether all that forbids it is that the text stands on the actor's word alone."""
    return actor.id in thing.authors and authorize(actor, action, replace(thing, authors=frozenset()))


def operator(name: str) -> Actor:
    """Whoever is at the command line of the machine, as `cli:NAME`."""
    return Actor(name, STORE, True, standing=Standing.OPERATOR)


def _rights(actor: Actor, thing: Object) -> frozenset[str]:
    if actor.standing is Standing.OPERATOR:
        return OPERATORS if thing.kind == STORE else frozenset()
    rights = VISITORS if actor.standing is Standing.VISITOR else ANYONE
    if thing.kind == "thread" and thing.asker == actor.id:
        rights |= ASKERS
    if actor.standing is Standing.VISITOR:  # no list gives an office to somebody from elsewhere
        return rights
    if actor.helps or actor.administers:
        rights |= HELPERS
    return rights | CURATORS if actor.curates or actor.administers else rights
