"""Who may do what: one function, asked at every entry point, that denies whatever it does not know."""

from __future__ import annotations

from dataclasses import dataclass

ANYONE = frozenset(
    {
        "read",
        "help",
        "suggest",
        "search",
        "status",
        "why",
        "summary",
        "handover",
        "feedback",
        "need_human",
        "teach",
        "stats",
    }
)
ASKERS = frozenset({"resolve", "reopen", "solved", "snooze", "not_request", "remove", "forget"})
HELPERS = ASKERS | {
    "mute",
    "unmute",
    "publish",
    "edit_draft",
    "dismiss",
    "speak_less",
}
CURATORS = frozenset({"approve", "edit", "reject", "undo", "retire", "confirm", "cases"})
"""What is for those alone who are entitled to decide what Vigil knows."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person before a channel and perhaps a thread: may they read it, did they ask, do they help, do they administer.

    `curates` says that they may decide on cases learned in the channel.
    """

    id: str
    reads: bool
    asks: bool = False
    helps: bool = False
    administers: bool = False
    curates: bool = False


def authorize(actor: Actor, action: str) -> bool:
    """Whether the actor may do this: nothing without reading rights, their own thread's state, helpers' and curators' work."""
    if not actor.id or not actor.reads:
        return False
    if action in CURATORS:
        return actor.administers or actor.curates
    if actor.administers or actor.helps:
        return action in ANYONE | HELPERS
    return action in (ANYONE | ASKERS if actor.asks else ANYONE)
