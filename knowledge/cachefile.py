"""What can be searched, on disk: written whole or not at all, and read only when its checksums fit."""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Callable, Collection, Mapping
from glob import escape
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from knowledge import private
from knowledge.index_rows import Blocks
from knowledge.models import KnowledgeError

FORMAT = b"VIGIL-SEARCH-6"
AT_ONCE = 1 << 22  # bytes
PLAIN = "biuf"  # truth values and numbers: arrays of anything else could hold what runs when it is read
SUM = 8  # hexadecimal digits of a checksum
Head = Mapping[str, Any]
Written = tuple[int, int] | None


class CacheRefused(KnowledgeError):
    """The disk does not take the cache: what it holds is in the store too, and the next start reads it from there."""


def save(path: Path, head: Head, blocks: Blocks) -> None:
    """Write the cache by a temporary file, fsync and rename; CacheRefused when the disk refuses (the old file stays).

    `head` is small and plain (JSON). Arrays may still be blotted out meanwhile: what counts is what gets written.
    """
    shapes = {name: [array.dtype.str, array.shape] for name, array in blocks.items()}
    line = json.dumps({**head, "blocks": shapes}).encode()
    try:
        private.folder(path.parent)
        sweep(path)
        _replace(path, line, blocks)
    except OSError as refused:
        raise CacheRefused(
            f"{path}: the index cannot be written ({refused.strerror}); free space or give write access; nothing is lost"
        ) from refused


def _replace(path: Path, line: bytes, blocks: Blocks) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb", opener=private.opener) as file:
            file.write(FORMAT + b"\n" + _digits(zlib.crc32(line)) + line + b"\n")
            for array in blocks.values():
                file.write(_digits(_write(file, array)))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Remove what processes that ended while they wrote `path` have left: it may hold texts that were erased since."""
    for litter in path.parent.glob(f"{escape(path.name)}.*.tmp"):
        process = litter.name.removesuffix(".tmp").rpartition(".")[2]
        if process.isdigit() and not _lives(int(process)):
            litter.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def written(path: Path | None) -> Written:
    """What changes whenever the file is written anew, by whomever; None when it is not there."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns) if found is not None else None


def _write(file: BinaryIO, array: NDArray[Any]) -> int:
    """Write the array's bytes; their checksum."""
    checksum, step = 0, max(1, AT_ONCE // max(1, array[:1].nbytes))
    for start in range(0, len(array), step):
        part = array[start : start + step].tobytes()
        checksum = zlib.crc32(part, checksum)
        file.write(part)
    return checksum


def load(path: Path, fits: Callable[[Head], bool], roomy: Collection[str] = ()) -> tuple[Head, Blocks] | None:
    """The head and the arrays by name; None unless whole, of this format and with a head that `fits`.

    Arrays named in `roomy` have half as many rows again after those that were saved, which take no memory until used.
    """
    try:
        with path.open("rb") as file:
            if file.readline() != FORMAT + b"\n":
                return None
            checksum, line = file.read(SUM), file.readline()[:-1]
            if checksum != _digits(zlib.crc32(line)) or not fits(head := json.loads(line)):
                return None
            blocks = {n: _read(file, kind, shape, n in roomy) for n, (kind, shape) in head["blocks"].items()}
            if file.read(1):
                return None
    except OSError:
        return None  # missing: the caller rebuilds from the entries
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError, RecursionError):
        return None  # its checksums fit and its head makes no sense: somebody wrote it who is no Vigil
    whole = {name: array for name, array in blocks.items() if array is not None}
    return (head, whole) if len(whole) == len(blocks) else None


def _read(file: BufferedReader, kind: str, shape: list[int], roomy: bool) -> NDArray[Any] | None:
    held, plain = os.fstat(file.fileno()).st_size, np.dtype(kind)
    if plain.kind not in PLAIN or min(shape) < 0 or plain.itemsize * math.prod(shape) > held:
        return None
    array = np.empty([shape[0] * 3 // 2 if roomy else shape[0], *shape[1:]], dtype=plain)
    data = array[: shape[0]].reshape(-1).view(np.uint8)
    whole = file.readinto(data.data) == len(data)
    return array if whole and file.read(SUM) == _digits(zlib.crc32(data.data)) else None


def _digits(checksum: int) -> bytes:
    return b"%08x" % checksum
