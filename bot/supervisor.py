"""The supervisor runs the worker and one listener a platform as children, restarts the dead and the deaf, serves health."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog

from bot.models import VigilError
from bot.storage.base import STARTING

DEAF_AFTER = 30.0
START_GRACE = 60.0
FATAL = 3
"""Exit code by which a child says that starting it again would not help (wrong tokens, unusable database)."""

log = structlog.get_logger("supervisor")


@dataclass(slots=True)
class Child:
    """A process to keep alive; `beats` names its heartbeat."""

    name: str
    command: Sequence[str]
    pass_fd: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    next_start: float = 0.0
    restarts: int = field(default=0)


class Supervisor:
    """Keeps children alive. `beats()` gives name -> (epoch seconds, note) of heartbeats."""

    def __init__(
        self,
        children: Sequence[Child],
        beats: Callable[[], dict[str, tuple[float, str]]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._children, self._beats, self._clock = list(children), beats, clock
        self._stop = threading.Event()
        self.fatal = ""

    def stop(self, *_: object) -> None:
        """Ask the loop to end; children are ended with it."""
        self._stop.set()

    def run(self) -> None:
        """Start everything and watch until `stop` (or SIGTERM, SIGINT); raises VigilError when a child says it is hopeless."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.stop)
            signal.signal(signal.SIGINT, self.stop)
        try:
            while not self._stop.is_set():
                for child in self._children:
                    self._tend(child)
                self._stop.wait(0.25)
        finally:
            self._end_all()
        if self.fatal:
            raise VigilError(self.fatal)

    def _tend(self, child: Child) -> None:
        now = self._clock()
        if child.process is None:
            if now >= child.next_start:
                self._start(child, now)
        elif child.process.poll() is not None:
            self._ended(child, child.process.returncode, now)
        elif self.silence(child, now) > DEAF_AFTER:
            log.error("child is silent", action="restart", child=child.name, silent_s=round(self.silence(child, now)))
            child.process.kill()
            child.process.wait(5)

    def silence(self, child: Child, now: float) -> float:
        """Seconds since the child last gave a sign of life, counted from the end of its starting grace."""
        beat = self._beats().get(child.name, (0.0, ""))[0]
        since = beat if beat > child.started_at else child.started_at + START_GRACE - DEAF_AFTER
        return now - since

    def _start(self, child: Child, now: float) -> None:
        child.process = subprocess.Popen(
            child.command, stdin=subprocess.PIPE, pass_fds=[child.pass_fd], start_new_session=True
        )
        child.started_at = now
        log.info("child started", action="start", child=child.name, pid=child.process.pid)

    def _ended(self, child: Child, code: int, now: float) -> None:
        lived = now - child.started_at
        child.failures = 0 if lived > 60 else child.failures + 1
        child.next_start = now + (0.0 if child.failures <= 1 else min(30.0, 0.5 * 2**child.failures))
        child.process, child.restarts = None, child.restarts + 1
        log.error("child ended", action="restart", child=child.name, code=code)
        if code == FATAL:
            self.fatal = f"the {child.name} cannot work with this configuration (see its line above); run: vigil doctor"
            self.stop()

    def _end_all(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            if process.stdin:
                process.stdin.close()
            process.terminate()
        deadline = time.monotonic() + 5
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("child did not end in time", action="kill", pid=process.pid)
                process.kill()

    def health(self) -> dict[str, object]:
        """Who lives, and for how long each was silent."""
        now = self._clock()
        beats = self._beats()
        rows = {child.name: self._row(child, beats.get(child.name, (0.0, "")), now) for child in self._children}
        well = all(row["alive"] and row["note"] != STARTING and _heard(row["silent_seconds"]) for row in rows.values())
        return {"ok": well, "children": rows}

    @staticmethod
    def _row(child: Child, beat: tuple[float, str], now: float) -> dict[str, object]:
        """How a child fares; a sign of life left by the process before it is none of its own."""
        fresh = beat[0] >= child.started_at
        return {
            "alive": child.process is not None and child.process.poll() is None,
            "silent_seconds": round(now - beat[0], 1) if fresh else None,
            "note": beat[1] if fresh else "",
            "restarts": child.restarts,
        }


def _heard(silent_seconds: object) -> bool:
    return isinstance(silent_seconds, float) and silent_seconds <= DEAF_AFTER


def serve(
    host: str, port: int, health: Callable[[], dict[str, object]], metrics: Callable[[], str]
) -> ThreadingHTTPServer:
    """Serve `/healthz` and `/metrics` on a thread of their own; raises VigilError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                code, kind, body = self._answer()
            except VigilError as trouble:
                code, kind, body = 503, "text/plain; charset=utf-8", f"{trouble}\n"
            data = body.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _answer(self) -> tuple[int, str, str]:
            if self.path == "/healthz":
                found = health()
                return (200 if found["ok"] else 503), "application/json", json.dumps(found) + "\n"
            if self.path == "/metrics":
                return 200, "text/plain; version=0.0.4; charset=utf-8", metrics()
            return 404, "text/plain; charset=utf-8", "there is /healthz and /metrics\n"

        def log_message(self, format: str, *args: object) -> None:
            log.debug("console", action="serve", line=format % args)

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as taken:
        raise VigilError(f"console {host}:{port} cannot be opened ({taken.strerror}); set [console] port") from None
    threading.Thread(target=server.serve_forever, daemon=True, name="console").start()
    return server


def die_with_parent() -> None:
    """In a child: end this process when the supervisor's end of standard input closes."""

    def watch() -> None:
        while os.read(0, 1024):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="lifeline").start()


def child_command(config: str | None, *arguments: str) -> list[str]:
    """How to run a hidden subcommand of this very program."""
    chosen = ["--config", config] if config else []
    return [sys.executable, "-m", "bot.cli", *chosen, *arguments]
