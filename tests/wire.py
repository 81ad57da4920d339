"""A wire between Vigil and a sandbox that can be cut, go dead without a word, or swallow all that is said."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Wire:
    """Passes TCP connections on to `port` of this machine."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._alive = threading.Event()
        self._sockets: list[socket.socket] = []
        self._dead: set[socket.socket] = set()
        self.swallows = False
        self._listen(0)

    def _listen(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def refuse(self) -> None:
        """Nobody listens any more; what is open stays so."""
        with suppress(OSError):  # a thread that waits in accept holds on to the socket until it is woken
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def accept_again(self) -> None:
        self._listen(self.port)

    def kill(self) -> None:
        """All open connections are dead: nothing passes, nothing closes."""
        self._dead |= set(self._sockets)

    def cut(self) -> None:
        """All open connections are closed."""
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                near = server.accept()[0]
            except OSError:  # closed
                return
            if self.swallows:
                self._sockets.append(near)
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if source not in self._dead:
                    sink.sendall(said)
        if source not in self._dead:
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
