"""The vector index on disk: written whole or not at all, and read only when its checksum fits."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from knowledge.index import VectorIndex

FORMAT = b"VIGIL-VECTORS-1"


def save(index: VectorIndex, path: Path, model: str, change: int) -> None:
    """Write the cache by a temporary file, fsync and rename; OSError when the disk refuses (the old file stays)."""
    blocks = index.blocks()
    header = {"model": model, "dim": index.dim, "change": change, "sizes": [len(block) for block in blocks]}
    content = json.dumps(header).encode() + b"\n" + b"".join(blocks)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(FORMAT + b"\n" + _checksum(content) + b"\n" + content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, model: str, dim: int, newest: int) -> tuple[VectorIndex, int] | None:
    """(index, its change number); None unless whole, of this format and model, and not newer than change `newest`."""
    try:
        form, checksum, content = path.read_bytes().split(b"\n", 2)
    except (OSError, ValueError):
        return None  # missing or cut short: the caller rebuilds from the entries
    if form != FORMAT or _checksum(content) != checksum:
        return None
    head, body = content.split(b"\n", 1)
    header = json.loads(head)
    if header["model"] != model or header["dim"] != dim or header["change"] > newest:
        return None
    return VectorIndex.of(dim, list(_cut(body, header["sizes"]))), header["change"]


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=32).hexdigest().encode()


def _cut(body: bytes, sizes: list[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield body[start : start + size]
        start += size
