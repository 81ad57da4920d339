"""A Vigil with a language model for tests: the real client over a socket, and a day in which every task is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import app
from bot.config import LLM, Config, Rules
from bot.llm.base import Voice
from bot.llm.scripted import Rule, plausible
from bot.sandbox import Sandbox
from knowledge.embedding import Embedder
from tests.hands import text_of
from tests.harness import PUBLIC, Live, Town
from tests.script import FULL, STUCK, Talk, kind_of

KEY = "sk-ant-api03-recognisable-4f1c9e77b2"
HELP = replace(PUBLIC, follow_up_cap=9, oncall="", repeat_days=0.0, per_channel_per_hour=99, cooldown_minutes=0.0)
WEBHOOKS = (
    "since Monday all webhooks from our bank are rejected: the HMAC signature does not match the body. What is it?"
)
CURE = "Switch the rewriting of bodies off with `nw edge route set NAME transform=off`, it is live in a minute."


def settings(url: str, **changes: Any) -> LLM:
    """A model at that address, waited for shortly and asked once."""
    quick = {"timeout_seconds": 0.5, "retries": 0, "thinking_tokens": 0}
    return LLM(enabled=True, base_url=url, api_key=KEY, **{**quick, **changes})


def claude(url: str, **changes: Any) -> Voice:
    """The client as a running Vigil has it."""
    found = app.voice(Config(llm=settings(url, **changes)))
    assert found is not None
    return found


def talk(
    town: Town, folder: Path, model: Embedder, voice: Voice | None, rules: Mapping[str, Rules] | None = None
) -> Talk:
    """A conversation with a Vigil that knows five runbooks and has that model, or none."""
    return Talk(Live(town, folder, model, {"help": HELP, **(rules or {})}, voice=voice))


def fresh(box: Sandbox, rule: Rule = plausible) -> None:
    """The endpoint obliges by that rule, and has been asked nothing."""
    box.llm.rule = rule
    box.llm.requests.clear()


def day(chat: Talk) -> Talk:
    """A question held and answered, a mention, a summary, a status, a follow-up, and a thread resolved and learned from."""
    chat.play(f"""
        amy: {STUCK}
        +6m
        ---
        bob: @vigil {FULL}
        bob: @vigil summary
        bob: @vigil status
        ---
        amy: {WEBHOOKS}
        kim: please send me the name of the edge route and one rejected body
        +5h
        amy: the route is called bank-in
        kim: {CURE}
        kim reacts :white_check_mark: to root
        +10m
    """)
    return chat


def said(chat: Talk, *kinds: str) -> list[tuple[str, str]]:
    """(kind, words) of Vigil's posts of these kinds, in order of time: what people read, without buttons and sources."""
    own = sorted(chat.live.own(), key=lambda message: float(message["ts"]))
    return [(kind_of(message), text_of([message])) for message in own if kind_of(message) in kinds]


def everything(chat: Talk) -> str:
    """All that Vigil said anywhere, to whomever."""
    return "\n".join([str(message) for message in [*chat.live.own(), *chat.box.ephemerals]])
