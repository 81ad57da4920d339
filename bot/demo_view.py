"""What the demo prints: who says what, what Vigil does about it and why, and a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.demo_world import Said, plain

STYLES = {"silent": "dim", "hold": "yellow", "draft": "cyan", "private": "cyan", "public": "green"}
WORDS = {"silent": "silent", "hold": "waits", "draft": "records", "private": "drafts", "public": "speaks"}


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether what an act was to show was seen to happen, and how it showed."""

    title: str
    seen: bool
    how: str


class View:
    """Prints lines to a console."""

    def __init__(self, console: Console, names: Mapping[str, str], channels: Mapping[str, str]) -> None:
        """`names` are those of people, `channels` those of channels, by every id that they have."""
        self._console, self._names, self._channels = console, names, channels

    def act(self, number: int, title: str) -> None:
        """A new act begins."""
        self._console.print()
        self._console.print(Text(f"{number}. {title}", style="bold"))

    def said(self, channel: str, user: str, text: str) -> None:
        """Somebody says something."""
        where, who = self._channels.get(channel, channel), self._names.get(user, user)
        self._console.print(f"   [blue]#{where}[/blue] [bold]{escape(who)}[/bold]: {escape(text)}", highlight=False)

    def did(self, user: str, what: str) -> None:
        """Somebody reacts or clicks."""
        self._console.print(f"   [bold]{escape(self._names.get(user, user))}[/bold] {escape(what)}", highlight=False)

    def waits(self, why: str) -> None:
        """Time passes."""
        self._console.print(f"   … {escape(why)}", style="dim", highlight=False)

    def decided(self, record: Mapping[str, Any]) -> None:
        """Vigil decided something about a turn."""
        action, kind = record["action"], record["kind"]
        word = {"hold": "gives up its wait", "follow_up": "follows up"}.get(kind, WORDS[action])
        figures = f"{record['score']:.2f} of {record['threshold']:.2f}" if kind == "suggestion" else ""
        line = Text("     Vigil ", style="magenta").append(word, style=STYLES[action])
        line.append(f"  {figures}  " if figures else "  ", style="dim").append(
            "; ".join(record["reasons"][:2]), style=STYLES[action]
        )
        self._console.print(line)

    def spoke(self, said: Said, what: str) -> None:
        """Vigil posted a message; `what` is its key."""
        panel = Panel(Text(plain(said.text.strip(), self._names)), title="case" if what.startswith("case-") else what.rpartition("/")[2],
                      title_align="left", border_style="green", width=min(100, self._console.width - 6))  # fmt: skip
        self._console.print(Padding(panel, (0, 0, 0, 5)))

    def summary(self, seen: Sequence[Seen], stats: Mapping[str, float]) -> None:
        """The table at the end."""
        table = Table(title="What you saw", title_justify="left", show_header=False, box=None, padding=(0, 1))
        for row in seen:
            table.add_row(
                "[green]yes[/green]" if row.seen else "[red]NO[/red]",
                escape(row.title),
                Text(plain(row.how, self._names)[:160], style="dim"),
            )
        self._console.print()
        self._console.print(table)
        counted = {
            name: int(stats.get(name, 0)) for name in ("turns", "silent", "hold", "public", "follow_up", "resolved")
        }
        self._console.print(
            f"\n{counted['turns']} messages read (history included), {counted['silent']} decisions to stay silent, {counted['hold']} waits, "
            f"{counted['public']} answers, follow-ups: {counted['follow_up']}, threads resolved: {counted['resolved']}.",
            style="dim",
        )
