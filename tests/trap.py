"""A server on this machine that notes whoever comes, for tests of what must not be fetched."""

from __future__ import annotations

import socket
import threading


class Trap:
    """A server on this machine that notes whoever comes."""

    def __enter__(self) -> tuple[int, list[object]]:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._visits: list[object] = []
        threading.Thread(target=self._wait, daemon=True).start()
        return self._server.getsockname()[1], self._visits

    def _wait(self) -> None:
        try:
            while True:
                self._visits.append(self._server.accept()[1])
        except OSError:  # the trap is taken away
            return

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
