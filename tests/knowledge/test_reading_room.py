"""Documents made to harm their reader cost one line each: nothing else is lost, stalled, written, fetched or told."""

from __future__ import annotations

import gzip
import json
import os
import platform
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge import reading_room
from knowledge.confinement_kernel import MACHINES
from knowledge.ingest import ingest
from knowledge.models import Audience
from knowledge.reading_room import ReadingRoom
from tests.knowledge.test_ingest import Shelf
from tests.knowledge.test_sources import export, put, small_pdf
from tests.trap import Trap

READERS = Audience.of("workspace:slack:T1")
GOOD = "# Restart\n\nRestart the proxy twice.\n"


@pytest.fixture
def room() -> Iterator[ReadingRoom]:
    with ReadingRoom(seconds=3.0) as found:
        yield found


def read(room: ReadingRoom, path: Path) -> tuple[list[str], list[str]]:
    """Sources of what was read, and the reasons for what was skipped."""
    skipped: list[str] = []
    documents = list(room.read_file(path, path, READERS, lambda _, why: skipped.append(why)))
    assert all(case.audience == READERS for document in documents for case in document.cases)
    return [case.source for document in documents for case in document.cases], skipped


def pdf(stream: bytes, filters: str = "/FlateDecode") -> bytes:
    """A page whose content is packed, once for each filter."""
    whole = small_pdf("x")
    start, end = whole.index(b"<</Length"), whole.index(b"endstream")
    head = b"<</Length %d/Filter[%s]>>stream\n" % (len(stream), filters.encode())
    return whole[:start] + head + stream + b"\n" + whole[end:]


def twice(size: int) -> bytes:
    return zlib.compress(zlib.compress(b"(a) Tj " * (size // 7), 9), 9)


def looped() -> bytes:
    """A page tree that is its own child."""
    return small_pdf("x").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")


def zipped(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


BOMBS = {
    "deep.html": b"<div>" * 400_000 + b"x",
    "quotes.html": b"<blockquote><ul><li>" * 100_000 + b"x",
    "entities.xhtml": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><html><body><p>&m;</p></body></html>",
    "outside.xhtml": b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><html><body><p>&a;</p></body></html>',
    "attributes.html": b"<p " + b"a=b " * 500_000 + b">x</p>",
    "deep.md": b">" * 200_000 + b" x\n",
    "lists.md": b"".join(b" " * n + b"- x\n" for n in range(2_000)),
    "brackets.md": b"# " + b"[" * 200_000 + b"\n\ntext\n" + b"![" * 200_000 + b"\n" + b"*_" * 200_000,
    "ticks.md": b"".join(b"`" * n + b"a" for n in range(2_000)),
    "headings.md": b"# a\nb\n" * 100_000,
    "links.md": b"[a]: /x\n" * 100_000 + b"[a]" * 100_000,
    "deep.jsonl": b"[" * 500_000 + b"\n" + b'{"title": "t", "text": "x", "a": ' + b'{"a": ' * 100_000 + b"\n",
    "number.jsonl": b'{"title": 1' + b"1" * 1_000_000 + b"}\n",
    "line.jsonl": b'{"title": "' + b"a" * 9_000_000 + b'"}\n',
    "bomb.jsonl.gz": gzip.compress(b" " * 300_000_000, 1),
    "twice.pdf": pdf(twice(200_000_000), "/FlateDecode/FlateDecode"),
    "loop.pdf": looped(),
    "deep.pdf": pdf(zlib.compress(b"[" * 3_000_000)),
    "names.pdf": small_pdf("x").replace(b"/Length", b"/" + b"A" * 5_000_000 + b" 1/Length"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_its_file_and_the_next_one_is_read(room: ReadingRoom, tmp_path: Path, name: str) -> None:
    sources, skipped = read(room, put(tmp_path, name, BOMBS[name]))
    assert sources or skipped
    assert all(why and "\n" not in why and len(why) < 300 for why in skipped)
    assert len(skipped) <= 6
    assert read(room, put(tmp_path, "good.md", GOOD)) == (["file:good.md#restart"], [])


def test_nothing_of_the_machine_is_read_through_an_entity(room: ReadingRoom, tmp_path: Path) -> None:
    shelf = Shelf()
    ingest([put(tmp_path, "outside.xhtml", BOMBS["outside.xhtml"] + b"<p>words</p>")], shelf, READERS, "cli", 1.0)
    assert not any("root:" in entry.case.resolution for entry in shelf.store.since(0))


def test_zips_that_unpack_without_end_are_refused(room: ReadingRoom, tmp_path: Path) -> None:
    zipped(tmp_path / "big.zip", "support/2026-01-01.json", b"0" * 100_000_000)
    zipped(tmp_path / "deep.zip", "channels.json", b"[" * 900_000)
    export(tmp_path / "many.zip", {f"support/x{n}/y": b"" for n in range(20_000)})
    assert "too big" in read(room, tmp_path / "big.zip")[1][0]
    assert "not a list in JSON" in read(room, tmp_path / "deep.zip")[1][0]
    assert read(room, tmp_path / "many.zip") == ([], [])


def test_what_takes_too_long_is_ended_and_what_was_stored_stays(
    room: ReadingRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, shelf = tmp_path / "docs", Shelf()
    put(folder, "guide.md", GOOD)
    put(folder, "other.md", GOOD)
    ingest([folder], shelf, READERS, "cli", 1.0)
    before = shelf.live()
    monkeypatch.setattr(reading_room, "PATIENCE", 0.0)  # the clock has run out before anything was read
    skipped: list[str] = []
    ingest([folder], shelf, READERS, "cli", 2.0, on_skip=lambda path, why: skipped.append(f"{path.name}: {why}"))
    assert [line.split(" takes")[0] for line in skipped] == ["guide.md: reading it", "other.md: reading it"]
    assert shelf.live() == before


def test_a_loop_in_a_reader_is_ended_by_its_processor_time(tmp_path: Path) -> None:
    with told(tmp_path, "while True:\n    pass") as room:
        assert "takes more than" in read(room, put(tmp_path, "a.md", GOOD))[1][0]


def test_memory_without_end_is_one_line(tmp_path: Path) -> None:
    with told(tmp_path, seconds=20.0, deed="held = [bytearray(50_000_000) for _ in range(100)]") as room:
        assert "MB of memory" in read(room, put(tmp_path, "a.md", GOOD))[1][0]


def test_a_crash_is_one_line(tmp_path: Path) -> None:
    with told(tmp_path, "import os\nos.abort()") as room:
        assert "ended over it" in read(room, put(tmp_path, "a.md", GOOD))[1][0]


def test_what_a_corrupted_reader_says_is_believed_of_its_own_file_only(tmp_path: Path) -> None:
    lie = json.dumps({"what": "document", "container": "file:other.md", "complete": True})
    with told(tmp_path, f"print({lie!r}, flush=True)") as room:
        assert "nonsense" in read(room, put(tmp_path, "a.md", GOOD))[1][0]


DEEDS = {
    "socket": "import socket\nsocket.socket()",
    "C code": "import ctypes\nctypes.CDLL(None)",
    "name": "import socket\nsocket.getaddrinfo('localhost', 80)",
    "program": "import subprocess\nsubprocess.run(['true'])",
    "fork": "import os\nos.fork()",
    "file": "open({path!r}, 'w').write('x')",
    "erase": "import os\nos.unlink({path!r})",
    "signal": "import os\nos.kill(os.getppid(), 0)",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_corrupted_reader_can_do_nothing(tmp_path: Path, deed: str) -> None:
    kept = put(tmp_path, "kept.txt", "kept")
    with told(tmp_path, DEEDS[deed].format(path=str(kept))) as room:
        sources, skipped = read(room, put(tmp_path, "a.md", GOOD))
    assert sources == []
    assert "a reader of documents " in skipped[0]
    assert kept.read_text() == "kept"


CALLS = {
    "socket": "libc.socket(2, 1, 0)",
    "program": "libc.execl(b'/bin/true', b'true', None)",
    "fork": "libc.fork()",
    "file": "libc.open({path!r}, 1)",
    "erase": "libc.unlink({path!r})",
}


@pytest.mark.skipif(platform.machine() not in MACHINES or sys.platform != "linux", reason="no such filter here")
@pytest.mark.parametrize("call", CALLS)
def test_c_code_of_a_corrupted_reader_can_do_nothing_either(tmp_path: Path, call: str) -> None:
    kept = put(tmp_path, "kept.txt", "kept")
    deed = CALLS[call].format(path=os.fsencode(kept))
    name = deed.partition("(")[0].removeprefix("libc.")
    before = f"import ctypes\nlibc = ctypes.CDLL(None)\nlibc.{name}, libc.open"
    after = f"assert {deed} == -1\nassert libc.open({os.fsencode(kept)!r}, 0) > 0\nraise KeyError"
    with told(tmp_path, after, before) as room:
        assert read(room, put(tmp_path, "a.md", GOOD)) == ([], ["it cannot be read (KeyError)"])
    assert kept.read_text() == "kept"


def test_no_token_is_in_the_readers_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "ANTHROPIC_API_KEY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "canary-4711")
    with told(tmp_path, "import os\nassert 'canary-4711' not in os.environ.values()\nraise KeyError") as room:
        assert read(room, put(tmp_path, "a.md", GOOD))[1] == ["it cannot be read (KeyError)"]


def told(folder: Path, deed: str, before: str = "", seconds: float = 1.0) -> ReadingRoom:
    """A room whose reader was taken over by a document: instead of reading Markdown it does this."""
    body = "\n    ".join(deed.split("\n"))
    code = f"{before}\nfrom knowledge import markdown\ndef read(place):\n    {body}\nmarkdown.read_markdown = read\n"
    (folder / "taken_over.py").write_text(code)

    class Told(ReadingRoom):
        def command(self) -> list[str]:
            start = f"import sys; sys.path.insert(0, {str(folder)!r}); import taken_over; from knowledge.reading import main; main()"
            return [sys.executable, "-P", "-c", start]

    return Told(seconds)


def test_no_address_in_a_document_is_looked_up_or_opened(tmp_path: Path) -> None:
    with Trap() as (port, visits):
        there = f"http://127.0.0.1:{port}/x"
        page = f'<html><head><link rel="stylesheet" href="{there}"/><base href="{there}"/></head><body><p>See it.'
        page += f'<img src="{there}"/><iframe src="{there}"></iframe><object data="{there}"></object></p></body></html>'
        put(tmp_path, "docs/a.html", page)
        put(tmp_path, "docs/b.xhtml", f'<!DOCTYPE html SYSTEM "{there}"><html><body><p>Words</p></body></html>')
        put(tmp_path, "docs/c.md", f"# A\n\n![x]({there}) <{there}> [y]({there})\n\n<!-- #include {there} -->\n")
        put(tmp_path, "docs/d.rst", f".. image:: {there}\n\n.. include:: {there}\n\nWords\n")
        put(tmp_path, "docs/e.jsonl", json.dumps({"title": "t", "text": "words", "url": there}).encode())
        put(tmp_path, "docs/f.pdf", small_pdf(there).replace(b"/Font<<", f"/URI({there})/Font<<".encode()))
        shelf = Shelf()
        ingest([tmp_path / "docs"], shelf, READERS, "cli", 1.0, base_url=there)
        assert len(shelf.live()) == 6
        assert visits == []


def test_names_that_no_terminal_should_see_are_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    put(folder, "good.md", GOOD)
    for name in (b"\xff.md", b"a\x1b[2J.md", b"b\nc.md"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(GOOD)
    shelf, skipped = Shelf(), list[str]()
    ingest([folder], shelf, READERS, "cli", 1.0, on_skip=lambda path, why: skipped.append(why))
    assert (shelf.live(), len(skipped)) == (["file:docs/good.md#restart"], 3)


def test_halves_of_characters_do_not_reach_the_store(room: ReadingRoom, tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", b'{"title": "a \\ud83d b", "text": "c \\udc00"}\n')
    (document,) = room.read_file(path, path, READERS, lambda *_: None)
    assert document.cases[0].title.encode() == b"a ? b"
