"""The console: `/healthz` and `/metrics` over HTTP, answered at once from what is known, and never with a lie."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog

from bot.models import VigilError

PATIENCE = 10.0
"""Seconds that a client may take for its request."""
TEXT = "text/plain; charset=utf-8"

log = structlog.get_logger("console")


class Server(ThreadingHTTPServer):
    """Its requests' threads end with the process, and a client that hangs up is no news."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("request broken off", action="go on", exc_info=True)


def serve(host: str, port: int, health: Callable[[], dict[str, object]], metrics: Callable[[], str]) -> Server:
    """Serve `/healthz` and `/metrics` on a thread of their own; raises VigilError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_GET(self) -> None:
            code, kind, body = answer(self.path, health, metrics)
            data = body.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            log.debug("console", action="serve", line=format % args)

    class Family(Server):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    try:
        server = Family((host, port), Handler)
    except OSError as taken:
        raise VigilError(f"console {host}:{port} cannot be opened ({taken.strerror}); set [console] port") from None
    threading.Thread(target=server.serve_forever, daemon=True, name="console").start()
    return server


def answer(path: str, health: Callable[[], dict[str, object]], metrics: Callable[[], str]) -> tuple[int, str, str]:
    """(status, content type, body) of one request."""
    page = path.partition("?")[0]
    try:
        if page == "/healthz":
            found = health()
            return (200 if found["ok"] else 503), "application/json", json.dumps(found, ensure_ascii=False) + "\n"
        if page == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", metrics()
    except Exception as trouble:
        log.exception("cannot tell", action="say so", page=page)
        return 503, TEXT, f"Vigil cannot tell how it fares: {trouble}\n"
    return 404, TEXT, "there is /healthz and /metrics\n"
