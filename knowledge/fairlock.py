"""A lock that is passed on in the order of asking, so that a busy writer cannot keep searches waiting for long."""

from __future__ import annotations

import threading
from collections import deque


class FairLock:
    """Use it as `with lock:`. A plain lock goes back to whoever lets it go and asks again at once."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()  # opened by the one before, who leaves `_held` as it is

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
