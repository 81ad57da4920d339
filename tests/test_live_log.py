"""The log: one line for one trouble with the store, and in nobody's way when it cannot be written."""

from __future__ import annotations

import json
import os

import structlog

from bot.live_log import AGAIN, Calm, Unfailing
from bot.store import StoreDown
from knowledge.cachefile import CacheRefused


def test_one_trouble_is_one_line_until_it_has_lasted() -> None:
    clock = [0.0]
    calm = Calm(lambda: clock[0])
    log = structlog.wrap_logger(None, processors=[calm, lambda *event: event[2]], wrapper_class=Collected).bind(seen=[])
    for _ in range(100):
        for trouble in (StoreDown("a.db: the disk is full"), CacheRefused("a.index: no space"), ValueError("mine")):
            try:
                raise trouble
            except (StoreDown, CacheRefused, ValueError):
                log.failed("loop stumbled", exc_info=True)
        log.failed("not stored", error="StoreDown: a.db: the disk is full")
        log.failed("not sent", error="channel_not_found")
    assert [line["error"] for line in lines(log) if "exc_info" not in line and "repeated" not in line][:2] == [
        "a.db: the disk is full", "a.index: no space",
    ]  # fmt: skip
    assert sum("channel_not_found" in str(line) for line in lines(log)) == 100
    assert sum("exc_info" in line for line in lines(log)) == 100, "other errors keep their tracebacks"
    assert len(lines(log)) == 202
    clock[0] += AGAIN
    log.failed("loop stumbled", error="StoreDown: a.db: the disk is full")
    assert lines(log)[-1]["repeated"] == 199


class Collected(structlog.BoundLoggerBase):
    """Keeps what its processors let through."""

    def failed(self, event: str, **more: object) -> None:
        """Log an error."""
        body = {"event": event, **more}
        for processor in self._processors:
            try:
                body = processor(None, "error", body)
            except structlog.DropEvent:
                return
        self._context["seen"].append(dict(body))


def lines(log: Collected) -> list[dict[str, object]]:
    found: list[dict[str, object]] = log._context["seen"]
    return found


def test_a_log_that_cannot_be_written_is_in_nobodys_way() -> None:
    read_end, write_end = os.pipe()
    log = Unfailing(write_end)
    log.write("one\n")
    assert os.read(read_end, 100) == b"one\n"
    os.close(read_end)
    log.write("two\n")
    log.write("three\n")
    read_end, again = os.pipe()
    os.dup2(again, write_end)
    log.write("four\n")
    first, second = os.read(read_end, 1000).decode().splitlines()
    assert json.loads(first) == {"event": "log lines lost", "level": "warning", "lines": 2}
    assert second == "four"
    for end in (read_end, write_end, again):
        os.close(end)
