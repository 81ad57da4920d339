"""What every command needs: the configuration that the command line names, and a way to tell what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bot.outgoing_signs import visible

if TYPE_CHECKING:
    from bot.config import Config


def settings(ctx: click.Context) -> Config:
    """The configuration that the command line names."""
    from bot.config_file import load

    return load(ctx.obj)


def report(as_json: bool, value: Any, text: str) -> None:
    """Print a value as one line of JSON, or its text for people, in which what others wrote must not steer the terminal."""
    click.echo(json.dumps(value, ensure_ascii=False) if as_json else visible(text))
