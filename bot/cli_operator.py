"""The machine's operator at the command line: which verbs they may use, and the lines that these leave in the audit log."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.memory import Memory


class Verbs(click.Group):
    """A group of commands, each of which passes `authorize` before it runs: a verb that no table names is refused."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:  # fmt: skip
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not isinstance(command, click.Group):
            permit(verb_of(ctx, command.name or ""))
        return name, command, rest


def verb_of(ctx: click.Context, name: str) -> str:
    """A command by its path below `vigil`, such as `knowledge approve`."""
    above = [] if ctx.parent is None else [ctx.command.name or ""]
    return " ".join([*above, name])


def permit(verb: str) -> None:
    """Raise VigilError unless the operator may use the verb."""
    from bot.dialogue.authority import STORE, Object, authorize, operator
    from bot.models import VigilError

    if not authorize(operator(me()), verb, Object(STORE, STORE, STORE)):
        raise VigilError(f"`vigil {verb}` is none of the operator's verbs: it does nothing")


def me() -> str:
    """Who is at the command line, as the log and the audit name them."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"  # as the machine knows them, whatever the environment says
    except KeyError:
        return f"cli:{os.getuid()}"


def noted(memory: Memory, deed: str, thing: str, now: float, actor: str = "", allowed: bool = True) -> None:
    """A line in the audit log for a deed, or its refusal. Where the operator acts for somebody else, a line before says so."""
    from bot.outcomes import Act

    if actor and actor != me():
        memory.audit.append(Act(me(), "speak for another", f"next line: {deed} {thing}", allowed), now)
    memory.audit.append(Act(actor or me(), deed, thing, allowed), now)
