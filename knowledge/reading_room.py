"""Has documents read by a child that can do nothing else: whatever is in a file, it costs one line and the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Timer
from typing import Any

from knowledge.documents import Document, OnSkip, Place
from knowledge.models import Audience, Case, KnowledgeError
from knowledge.reading_lines import NonsenseError, case_of, request, understood, within
from knowledge.sources import name_of

SECONDS, SECONDS_PER_MB = 20.0, 2.0
"""Processor time that one file may take to be read."""
PATIENCE = 4.0
"""How many times that, by the clock, is waited for a child before it is killed."""
LONGEST_LINE = 128 * 1024 * 1024
MOST_BYTES = 1024 * 1024 * 1024
"""Bytes that a child may say about one file."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")


class ReadingRoom:
    """Reads files in a child process without network, secrets, or rights to change anything; see `confinement`.

    Started at the first file, kept for the next ones, replaced when it dies. Used by one thread; a context manager.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ReadingRoom:
        return self

    def command(self) -> list[str]:
        """What runs the child; `-P` leaves the folder that Vigil was started in out of where modules come from."""
        return [sys.executable, "-P", "-m", "knowledge.reading"]

    def __exit__(self, *_: object) -> None:
        self._end()

    def read_file(
        self, root: Path, path: Path, audience: Audience, on_skip: OnSkip, base_url: str = ""
    ) -> Iterator[Document]:
        """As `sources.read_file`, whole documents only; what the child does not survive goes to `on_skip` in one line."""
        place = Place(path, name_of(root, path), audience, base_url)
        seconds = self._seconds + SECONDS_PER_MB * _megabytes(path)
        cases: list[Case] = []
        try:
            for said in self._said(request(root.absolute(), path.absolute(), base_url, seconds), seconds):
                if said["what"] == "case":
                    cases.append(case_of(said, place))
                elif said["what"] == "document":
                    yield _document(place, cases, said)
                    cases = []
                else:
                    on_skip(path, str(said.get("why")))
        except NonsenseError:
            self._end()
            on_skip(path, "what reads it answered nonsense and was ended")

    def _said(self, asked: bytes, seconds: float) -> Iterator[Mapping[str, Any]]:
        """What the child says about one file: cases, documents, parts that were skipped, and perhaps why it failed."""
        child, whole = self._running(), False
        late = Timer(PATIENCE * seconds, child.kill)
        late.start()
        try:
            assert child.stdin is not None
            os.write(child.stdin.fileno(), asked)
            yield from self._lines(child, seconds)
            whole = True
        except BrokenPipeError:
            yield {"what": "failed", "why": _why(child, seconds)}
        finally:
            late.cancel()
            if not whole:  # what it still says belongs to no file
                self._end()

    def _lines(self, child: subprocess.Popen[bytes], seconds: float) -> Iterator[Mapping[str, Any]]:
        assert child.stdout is not None
        total = 0
        while True:
            data = child.stdout.readline(LONGEST_LINE)
            total += len(data)
            if len(data) == LONGEST_LINE or total > MOST_BYTES:
                said: Mapping[str, Any] = {"what": "failed", "why": "it holds too much text"}
            elif not data.endswith(b"\n"):
                said = {"what": "failed", "why": _why(child, seconds)}
            else:
                said = understood(data)
            if said["what"] == "done":
                return
            if said["what"] == "failed":
                self._end()
                yield said
                return
            yield said

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = _started(self.command())
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with child:  # closes its pipes and waits for it
                return


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    """A child that knows where this very library lies, and nothing else of the environment: no token, no proxy."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    library = str(Path(__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (library, os.environ.get("PYTHONPATH", ""))))
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nothing, env=environment)
    except OSError as refused:
        raise KnowledgeError(f"documents cannot be read: no process can be started ({refused.strerror})") from refused


def _why(child: subprocess.Popen[bytes], seconds: float) -> str:
    code = child.wait()
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"reading it takes more than {seconds:.0f} s"
    return f"what reads it ended over it (code {code})"


def _document(place: Place, cases: list[Case], said: Mapping[str, Any]) -> Document:
    container = str(said.get("container"))
    if not within(place, container):
        raise NonsenseError
    return Document(container, tuple(cases), said.get("complete") is True)


def _megabytes(path: Path) -> float:
    try:
        return path.stat().st_size / 1e6
    except OSError:  # gone meanwhile: its reader will say so
        return 0.0
