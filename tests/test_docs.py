"""Holds README.md to the code: commands, settings, scripts and links that it names exist, and nothing is left out."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from bot.cli import main
from bot.config import Config, Rules
from bot.config_file import ConfigError, parse

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SETTING = re.compile(r"\[([a-z_]+)(?:\.[^\]\s]+)?\](?:\s+([a-z_]+(?:,\s*[a-z_]+)*))?")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"(?:bot|knowledge|scripts|tests|\.ci)/[\w./\-]*[\w/]")
# Written in two halves, so that this file does not break its own rule.
HOSTS = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "crates" + ".io", "proxy." + "golang")
PLACES = re.compile(r"(?<![\w.:/])(?:/wo" + r"rk/|/ro" + r"ot/|/tmp/vi" + r"gil)")
TALK = re.compile(r"\b(?:age" + r"nts?|ses" + r"sions?)\b", re.IGNORECASE)
TEXT = {".py", ".md", ".toml", ".json", ".jsonl", ".sql", ".sh", ".js", ".css", ".html", ".txt", ".yml", ".yaml", ""}


def blocks(text: str, *kinds: str) -> Iterator[str]:
    yield from (body for kind, body in FENCE.findall(text) if not kinds or kind in kinds)


def prose(text: str) -> str:
    return FENCE.sub("", text)


def unknown_commands(text: str) -> Iterator[str]:
    """Lines of code blocks, and inline code, that call vigil in a way it does not understand."""
    lines = [line for body in blocks(text) for line in body.replace("\\\n", " ").splitlines()]
    inline = [code for code in INLINE.findall(prose(text)) if len(code.split()) > 1]
    for line in [*lines, *inline]:
        call = re.match(r"\s*(?:\$ )?(?:\.venv/bin/)?vigil (.*)", line)
        if call and (trouble := misunderstood(call[1])):
            yield f"{line.strip()}: {trouble}"


def misunderstood(line: str) -> str:
    """What is wrong with the arguments of one call of vigil, "" when nothing is."""
    words = shlex.split(re.split(r"\s(?:[|&>#;]|2>)", f"{line} ", maxsplit=1)[0])
    command: click.Command = main
    context = click.Context(main, info_name="vigil")
    try:
        while isinstance(command, click.Group):
            _, words, _ = command.make_parser(context).parse_args(words)
            if not words or words[0].isupper():  # COMMAND stands for any
                return ""
            found = command.get_command(context, words[0])
            if found is None:
                return f"there is no command {words[0]}"
            command, context, words = found, click.Context(found, context, info_name=words[0]), words[1:]
        return misfit(command, context, words)
    except click.UsageError as wrong:
        return wrong.format_message()


def misfit(command: click.Command, context: click.Context, words: list[str]) -> str:
    given, left, _ = command.make_parser(context).parse_args(words)
    if left:
        return f"what is {left[0]}?"
    for parameter in command.params if not given.get("help") else []:
        value = given.get(parameter.name or "")
        values = [v for v in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(v, str)]
        if isinstance(parameter, click.Argument) and parameter.required and not values:
            return f"{parameter.name} is missing"
        if isinstance(parameter.type, click.Choice):
            wrong = [v for v in values if v.isidentifier() and v.islower() and v not in parameter.type.choices]
            if wrong:
                return f"{wrong[0]} is none of {', '.join(map(str, parameter.type.choices))}"
    return ""


def unmentioned(text: str) -> Iterator[str]:
    """Commands, scripts and secrets that the text leaves out."""
    for name, command in main.commands.items():
        if not command.hidden and f"vigil {name}" not in text:
            yield f"vigil {name}"
        for inner in command.commands if isinstance(command, click.Group) else ():
            if not re.search(rf"\b{inner}\b", text):
                yield f"vigil {name} {inner}"
    for path in sorted((ROOT / "scripts").iterdir()):
        runs = os.access(path, os.X_OK) or (path.suffix == ".py" and "__main__" in path.read_text(encoding="utf-8"))
        if path.is_file() and runs and f"scripts/{path.name}" not in text:
            yield f"scripts/{path.name}"
    yield from (name for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "config.example.toml") if name not in text)


def unknown_settings(text: str) -> Iterator[str]:
    """`[section] key` in inline code, and whole TOML blocks, that the configuration does not know."""
    for code in INLINE.findall(prose(text)):
        for section, keys in SETTING.findall(code):
            for key in keys.split(",") if keys else [""]:
                if not is_setting(section, key.strip()):
                    yield f"[{section}] {key.strip()}".strip()
    for body in blocks(text, "toml"):
        try:
            parse(tomllib.loads(body), "README.md")
        except (ConfigError, tomllib.TOMLDecodeError) as wrong:
            yield str(wrong)


def is_setting(section: str, key: str) -> bool:
    holder = Rules() if section == "channels" else getattr(Config(), section, None)
    return holder is not None and (not key or key in {field.name for field in fields(holder)})


def dead_links(text: str) -> Iterator[str]:
    """Links, and paths in inline code, that lead to no file here or to no heading of the text."""
    heads = {
        re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    }
    for pair in LINK.findall(prose(text)):
        target, _, anchor = (pair[0] or pair[1]).partition("#")
        outside = target.startswith(("http://", "https://", "mailto:"))
        if (target and not outside and not (ROOT / target).exists()) or (not target and anchor not in heads):
            yield pair[0] or pair[1]
    for code in INLINE.findall(prose(text)):
        if PATH.fullmatch(code) and not (ROOT / code).exists():
            yield code


def forbidden(text: str) -> Iterator[str]:
    """Places of one machine, and hosts of package registries."""
    yield from (host for host in HOSTS if host in text)
    yield from (found[0] for found in PLACES.finditer(text))


def talk(text: str) -> Iterator[str]:
    yield from (found[0] for found in TALK.finditer(text))


CHECKS: list[Callable[[str], Iterator[str]]] = [
    unknown_commands, unmentioned, unknown_settings, dead_links, forbidden, talk,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_readme(check: Callable[[str], Iterator[str]]) -> None:
    assert list(check((ROOT / "README.md").read_text(encoding="utf-8"))) == []


def repository() -> Iterator[Path]:
    """The text files of the repository."""
    for name in ("bot", "knowledge", "scripts", "tests", ".ci"):
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
                yield path
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and path.suffix in TEXT)


def test_no_file_names_this_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in repository()
        for word in forbidden(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


SOUND = """# Vigil
## Set up
See [the settings](config.example.toml), [set up](#set-up), `bot/config.py` and `[channels.help-cloud] mode, threshold`.
```
$ .venv/bin/vigil --config my.toml run    # until stopped
vigil replay $DATA/x.jsonl.gz --knowledge docs \\
  --json --out report.html | tail -1
vigil knowledge approve 3 4 --as ana && vigil doctor
```
```toml
[channels.help-cloud]
mode = "public"
```
Also `vigil manifest slack` and `vigil search "disk full"`.
"""


@pytest.mark.parametrize("check", [check for check in CHECKS if check is not unmentioned], ids=lambda c: c.__name__)
def test_a_sound_text_passes(check: Callable[[str], Iterator[str]]) -> None:
    assert list(check(SOUND)) == []


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (unknown_commands, "```\nvigil rum\n```"),
        (unknown_commands, "```sh\nvigil run --fast\n```"),
        (unknown_commands, "```\nvigil replay --json\n```"),
        (unknown_commands, "```\nvigil doctor now\n```"),
        (unknown_commands, "```\nvigil manifest teams\n```"),
        (unknown_commands, "```\nvigil knowledge forget 3\n```"),
        (unknown_commands, "say `vigil serach words`"),
        (unmentioned, SOUND),
        (unknown_settings, "set `[slack] base_ulr`"),
        (unknown_settings, "set `[slak] base_url`"),
        (unknown_settings, "set `[channels.NAME] mood`"),
        (unknown_settings, "```toml\n[store]\npaht = 'x'\n```"),
        (dead_links, "[here](docs/none.md)"),
        (dead_links, "[here](#nowhere)"),
        (dead_links, "see `bot/none.py`"),
        (forbidden, "get it from " + HOSTS[0]),
        (forbidden, "see /wo" + "rk/shared"),
        (talk, "an " + "Age" + "nt"),
    ],
)
def test_what_is_wrong_is_found(check: Callable[[str], Iterator[str]], text: str) -> None:
    assert list(check(text)) != []
