"""Spares the garbage collector what stays for as long as the process does: a loaded model and its libraries."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """Make objects meanwhile that are never collected; nothing of the process is, until the block ends.

    A model's libraries are half a million objects. Looking through them again and again makes loading a tenth slower,
    and each later full collection would stop every thread for a third of a second.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if running:
            gc.enable()
