"""No regular expression of Vigil's takes more than linear time over text that somebody made to be slow to search."""

from __future__ import annotations

import ast
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import FrameType

import pytest

from tests.tree import sources

LENGTH = 20_000
BUDGET = 0.5
"""Seconds of processor time (other work on the machine does not count) for what takes milliseconds when linear, and two seconds when not."""
PIECES = ("a", "1", " ", "\n", "_", "-", ".", "```", "**a ", "[", "<a|", "<@", "a:", "a1", "的", "[a](")
STAND_INS = ("bot.sandbox", "bot.llm.scripted", "bot.demo", "bot.evaluation", "bot.doctor")
"""What plays the platform and the model in trials, or only reads what its operator wrote."""


class Slow(Exception):
    """The budget is used up."""


def patterns() -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """(where, compiled pattern, whether it is only ever tried at one place of a text) of every constant of the product."""
    for module, tree in sources().items():
        if module.startswith(STAND_INS):
            continue
        for name, value in vars(import_module(module)).items():
            if isinstance(value, re.Pattern) and name in assigned(tree):
                yield f"{module}.{name}", value, anchored(module, name)


def assigned(tree: ast.Module) -> set[str]:
    targets = [t for n in tree.body if isinstance(n, ast.Assign) for t in n.targets]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


SEARCHES = frozenset(("search", "finditer", "findall", "sub", "subn", "split", "pattern"))


@cache
def searched() -> frozenset[tuple[str, str]]:
    """(module, name as written there) of all whose methods look through a text, rather than at one place of it."""
    return frozenset(
        (user, ast.unparse(node.value))
        for user, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in SEARCHES
        and isinstance(node.value, (ast.Name, ast.Attribute))
    )


def anchored(module: str, name: str) -> bool:
    """Whether nobody searches with the pattern: neither its own module, nor whoever imports it or its module."""
    short = f"{module.rsplit('.', 1)[-1]}.{name}"
    return not any(
        said == short or (said == name and (user == module or (module, name) in imported(user)))
        for user, said in searched()
    )


@cache
def imported(user: str) -> frozenset[tuple[str, str]]:
    found = (node for node in ast.walk(sources()[user]) if isinstance(node, ast.ImportFrom))
    return frozenset((str(node.module), one.name) for node in found for one in node.names)


@contextmanager
def budget() -> Iterator[None]:
    def spent(number: int, frame: FrameType | None) -> None:
        raise Slow

    former = signal.signal(signal.SIGVTALRM, spent)
    signal.setitimer(signal.ITIMER_VIRTUAL, BUDGET)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)


def slow(pattern: re.Pattern[str], once: bool) -> str:
    """The first piece over whose repetition the pattern needs too long, "" when there is none."""
    for piece in PIECES:
        text = (piece * LENGTH)[:LENGTH] + "\0"
        try:
            with budget():
                pattern.match(text) if once else all(True for _ in pattern.finditer(text))
        except Slow:
            return piece
    return ""


def test_this_test_can_fail() -> None:
    assert slow(re.compile(r"(?:[^\]]+)+\]"), once=False)


def test_every_pattern_is_linear() -> None:
    tried = {name: slow(pattern, once) for name, pattern, once in patterns()}
    assert len(tried) > 100
    assert {name: piece for name, piece in tried.items() if piece} == {}


@pytest.mark.parametrize("piece", PIECES)
def test_what_slack_sends_and_gets_is_rewritten_in_linear_time(piece: str) -> None:
    text_of = import_module("bot.platforms.slack_text")
    with budget():
        text_of.plain(piece * (LENGTH // len(piece)))
    with budget():
        text_of.mrkdwn(piece * (LENGTH // len(piece)))
