"""Takes from this process what a reader of foreign files does not need: network, other programs, writing, memory without end."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from knowledge.confinement_kernel import forbid

MEMORY = 1024 * 1024 * 1024
"""Bytes that reading one file may take beyond what the process has when it begins."""
OPEN_FILES = 64
# What Python itself tells of before it happens, by the beginning of its name; a belt where the kernel has no braces.
_FORBIDDEN = (
    "socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "os.spawn", "pty.", "ctypes.",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate",
    "os.kill", "urllib.", "http.client.", "ftplib.", "smtplib.", "shutil.", "webbrowser.",
)  # fmt: skip
_WRITES = frozenset("wax+")


def confine() -> bool:
    """Give up for good: sockets, starting programs and processes, changing files, more than MEMORY; open files are few.

    True where the kernel holds to it (Linux on x86-64 and arm64); elsewhere only Python does, which C code can get round.
    """
    sys.dont_write_bytecode = True
    _limit(resource.RLIMIT_AS, _used() + MEMORY)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    held = forbid()
    sys.addaudithook(_watch)
    return held


def allow_seconds(seconds: float) -> None:
    """Let the kernel end this process when it has used so much more processor time."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime + seconds) + 1, hard))


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _used() -> int:
    """Bytes of address space in use; a guess where the kernel does not tell."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 512 * 1024 * 1024


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        writes = bool(_WRITES & set(mode)) if isinstance(mode, str) else bool(isinstance(flags, int) and flags & 3)
        if writes:
            raise PermissionError("a reader of documents writes no files")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError(f"a reader of documents may not do this: {event}")
