"""Reads the prompts, which are prose in bot/prompts: the first line is the version, the rest goes to the model."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.llm.base import Prompt, Task

FOLDER = Path(__file__).parent.parent / "prompts"


@cache
def prompt(task: Task) -> Prompt:
    """The prompt of a task, with what all prompts begin with; its version names both."""
    common, own = _read("common"), _read(task)
    return Prompt(f"{own.version}+{common.version}", f"{common.text}\n\n{own.text}")


def _read(name: str) -> Prompt:
    first, _, rest = (FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    return Prompt(first.removeprefix("<!--").removesuffix("-->").strip(), rest.strip())
