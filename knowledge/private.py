"""Makes files and folders that only their owner may read, whatever the umask."""

from __future__ import annotations

import os
from pathlib import Path


def opener(path: str, flags: int) -> int:
    """For `open(..., opener=opener)`: a file that is made thereby has mode 0600."""
    return os.open(path, flags, 0o600)


def make(path: Path) -> None:
    """Make an empty file with mode 0600 unless it is there."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def folder(path: Path) -> None:
    """Make a folder with mode 0700, and those above it with the same; what is there stays as it is."""
    missing = [path, *path.parents]
    for one in reversed([one for one in missing if not one.exists()]):
        one.mkdir(mode=0o700, exist_ok=True)
