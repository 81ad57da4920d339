#!/usr/bin/env python3
"""Plants seeded tokens in disguise: how many are wholly masked, and whether any can be read on disk after the real corridor."""

from __future__ import annotations

import argparse
import html
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import structlog
from redaction_world import Planted, planted

from bot.live_log import log_to_stderr
from bot.replay_progress import Progress
from knowledge.embedding import HashingEmbedder
from knowledge.redaction import findings
from tests.harness import CHANNELS, PEOPLE, Live, Town

SAMPLE = 400
"""Tokens that go through the corridor, unless told otherwise."""
GUIDES = 40  # in so many documents a part of them stands, the others are said


def main() -> int:
    """Run the trial and print one JSON line; 0 when nothing patterned is left anywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many of them go through the corridor")
    parser.add_argument("--json", action="store_true", help="only the JSON line")
    wanted = parser.parse_args()
    tokens = planted(wanted.tokens, wanted.seed)
    told = {"seed": wanted.seed, **masked(tokens)}
    with tempfile.TemporaryDirectory() as folder:
        told["store"] = corridor(Path(folder), planted(wanted.sample, wanted.seed + 1))
    if not wanted.json:
        for name, row in told["by_disguise"].items():
            print(f"{name:20}{row['recall']:7.3f} of {row['tokens']}", file=sys.stderr)
    print(json.dumps(told))
    return 0 if not told["readable"] and not told["store"]["tokens_found"] and told["store"]["control"] else 1


def masked(tokens: Sequence[Planted]) -> dict[str, Any]:
    """Recall over all and by disguise and kind; `readable` counts tokens that stand in the redacted text as they are."""
    whole, by_kind, readable = Counter[str](), Counter[str](), 0
    with Progress("tokens", len(tokens)) as progress:
        for number, one in enumerate(tokens, 1):
            found = findings(one.text)
            good = wholly(one, {place for mask in found for place in range(mask.start, mask.end)})
            whole[one.disguise] += good
            by_kind[one.kind] += good
            readable += not good and one.token in one.text
            progress(number)
    return {
        "tokens": len(tokens), "recall": _share(sum(whole.values()), len(tokens)), "readable": readable,
        "by_disguise": _rows(whole, Counter(one.disguise for one in tokens)),
        "by_kind": _rows(by_kind, Counter(one.kind for one in tokens)),
    }  # fmt: skip


def wholly(one: Planted, covered: set[int]) -> bool:
    """Whether no letter or digit of the planted token is left."""
    return all(place in covered for place in range(one.start, one.end) if one.text[place].isalnum())


def _rows(good: Counter[str], of: Counter[str]) -> dict[str, dict[str, Any]]:
    return {name: {"tokens": count, "recall": _share(good[name], count)} for name, count in of.items()}


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 4)


def corridor(folder: Path, tokens: Sequence[Planted]) -> dict[str, Any]:
    """Let the tokens be said, edited in, typed into commands and read from documents, then search every byte on disk and sent."""
    town = Town()
    try:
        with _logged(folder / "vigil.log"):
            live = Live(town, folder, HashingEmbedder(), knows=())
            structlog.get_logger().error("said", action="trial", error=f"quoted: {tokens[0].token}")
            _documents(live, folder / "docs", tokens[:GUIDES])
            _talk(live, tokens[GUIDES:])
            live.engine.librarian.run()
            live.knowledge.refresh()
        sent = json.dumps([*_sent(town)], ensure_ascii=False, default=str)
        return {"tokens": len(tokens), **left(folder, sent, tokens)}
    finally:
        town.close()


def _documents(live: Live, folder: Path, tokens: Sequence[Planted]) -> None:
    folder.mkdir()
    for number, one in enumerate(tokens):
        heading = f"## Token {one.token}\n\n" if number % 4 == 0 else ""
        (folder / f"guide-{number}.md").write_text(f"# Guide {number}\n\n{heading}{one.text}\n", encoding="utf-8")
    live.learn(folder)
    for path in folder.iterdir():
        path.unlink()


def _talk(live: Live, tokens: Sequence[Planted]) -> None:
    """Questions, answers, edits and commands, a token in each."""
    root = ""
    with Progress("messages", len(tokens)) as progress:
        for number, one in enumerate(tokens, 1):
            live.clock.move(40.0)
            text = html.escape(one.text, quote=False)  # as Slack hands on what people type
            if number % 4 == 1:
                root = live.box.say(CHANNELS["help"], PEOPLE["amy"], f"Why does the relay refuse me? {text}")
            elif number % 4 == 2:
                live.box.say(CHANNELS["help"], PEOPLE["kim"], f"Restart it, then it works. {text}", root)
            elif number % 4 == 3:
                live.box.edit(CHANNELS["help"], root, f"Why does the relay refuse me now? {text}")
            else:
                live.box.command(CHANNELS["help"], PEOPLE["amy"], "/vigil", f"search {text}")
            live.settle()
            progress(number)


def _sent(town: Town) -> Iterator[Any]:
    """What Vigil said to the platform, in every call and every answer."""
    yield from ([call.method, call.args] for call in town.box.calls)
    yield from town.box.responses


def left(folder: Path, sent: str, tokens: Sequence[Planted]) -> dict[str, Any]:
    """Which tokens can be read in any file (database, write-ahead log, index, log) or in what was sent; also in disguise."""
    files = {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    places = {**files, "sent": sent.encode()}
    plain = [(name, one) for name, data in places.items() for one in tokens if one.token.encode() in data]
    shown = [
        (name, one)
        for name, data in places.items()
        for one in tokens
        if any(form.encode() in data for form in (one.shown, json.dumps(one.shown)[1:-1]))
    ]
    return {
        "bytes_searched": {name: len(data) for name, data in places.items()},
        "control": sum(data.count(b"relay") for data in files.values()),  # what was said with them can be read
        "tokens_found": len(plain),
        "disguised_found": len(shown),
        "found_in": sorted({f"{name}: {one.kind}, {one.disguise}" for name, one in plain + shown})[:40],
    }


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Standard error goes to a file, as the log of a running Vigil does."""
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            log_to_stderr("debug")
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


if __name__ == "__main__":
    sys.exit(main())
