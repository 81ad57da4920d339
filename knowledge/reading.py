"""The child that reads documents, with nothing at hand but the file in question; run by ReadingRoom."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from knowledge.confinement import MEMORY, allow_seconds, confine
from knowledge.models import Audience
from knowledge.reading_lines import case_line, line
from knowledge.sources import read_file

NOBODY = Audience(frozenset())  # the parent says who may read what was read


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends, and with it what is to be read
    _ready()
    confine()
    answers = sys.stdout.buffer
    for asked in sys.stdin.buffer:
        if not answer(json.loads(asked), answers):
            return


def _ready() -> None:
    """Load the readers while files may still be opened at will, and what they use of C code with them."""
    from knowledge import html as html
    from knowledge import jsonl as jsonl
    from knowledge import markdown as markdown
    from knowledge import pdf
    from knowledge import slack_export as slack_export

    pdf.ready()


def answer(asked: dict[str, Any], out: BinaryIO) -> bool:
    """Read one file and write what it holds; False when nothing more should be read by this process."""
    allow_seconds(float(asked["seconds"]))
    try:
        for told in _told(Path(asked["root"]), Path(asked["path"]), str(asked["base_url"])):
            out.write(told)
        out.write(line("done"))
    except MemoryError:
        out.write(line("failed", why=f"reading it takes more than {MEMORY // 1024**2} MB of memory"))
        return False
    except Exception as error:  # a parser may raise anything at all; which one it was is told, and not what it said
        out.write(line("failed", why=f"it cannot be read ({type(error).__name__})"))
        raise
    finally:
        out.flush()
    return True


def _told(root: Path, path: Path, base_url: str) -> Iterator[bytes]:
    skipped: list[str] = []
    for document in read_file(root, path, NOBODY, lambda _, why: skipped.append(why), base_url):
        yield from (line("skip", why=why) for why in skipped)
        skipped.clear()
        yield from map(case_line, document.cases)
        yield line("document", container=document.container, complete=document.complete)
    yield from (line("skip", why=why) for why in skipped)


if __name__ == "__main__":
    main()
