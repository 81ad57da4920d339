"""A post mentions nobody but who is in its thread and may read it, and no group but the configured one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bot.config import Rules
from bot.events import Turn
from bot.jobs.mentions import Mentions, nobody
from bot.messages import Message, Post, Target
from bot.models import Thread

PLACE, ROOT = "slack:T0TEST:C0HELP", "slack:T0TEST:C0HELP:1.0"


def mentions(oncall: str = "S0ONCALL", readers: frozenset[str] = frozenset({"U0AMY", "U0KIM", "U0BOB"})) -> Mentions:
    """A thread in which amy writes and names kim."""
    turns = (Turn(ROOT, ROOT, PLACE, "U0AMY", "help, @U0KIM", 1.0, mentions=("U0KIM", "U0GONE")),)
    threads: Any = SimpleNamespace(load=lambda *_, **__: Thread(ROOT, PLACE, turns))
    directory: Any = SimpleNamespace(
        open_to=lambda _, who: who in readers, rules=lambda _: Rules(oncall=oncall), group=lambda name, _: name or None
    )
    return Mentions(threads, directory)


def post(people: tuple[str, ...], groups: tuple[str, ...] = (), **fields: Any) -> Post:
    message = Message("x", people=people, groups=groups)
    return Post("k", Target.THREAD, PLACE, message, **{"thread_id": ROOT, **fields})


def test_who_is_in_the_thread_and_may_read_it_is_mentioned() -> None:
    kept = mentions().allowed(post(("U0AMY", "U0KIM", "U0BOB", "U0GONE"))).message
    assert kept.people == ("U0AMY", "U0KIM")  # bob is not in the thread, and who is gone may not read it


def test_only_the_configured_group_is_called() -> None:
    assert mentions().allowed(post((), ("S0ONCALL", "S0ALL"))).message.groups == ("S0ONCALL",)
    assert mentions(oncall="").allowed(post((), ("S0ONCALL",))).message.groups == ()


def test_alone_one_is_mentioned_oneself() -> None:
    assert mentions().allowed(post(("U0BOB", "U0AMY"), thread_id=None, person="U0BOB")).message.people == ("U0BOB",)


def test_where_nobody_can_tell_nobody_is_mentioned() -> None:
    quiet = post(())
    assert nobody(quiet) is quiet
    assert mentions().allowed(quiet) is quiet
    assert nobody(post(("U0AMY",), ("S0ONCALL",))).message == Message("x")
