"""The page's stream of changes ends quietly when the page is closed, also while nothing is said."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from bot.sandbox import Sandbox, front


def test_a_closed_page_leaves_no_error(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(front, "KEEP_ALIVE", 0.05)
    address = urlsplit(box.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as page:
        page.sendall(f"GET /sandbox/stream HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        assert page.recv(64).startswith(b"HTTP/1.1 200")
        page.shutdown(socket.SHUT_WR)
        while page.recv(4096):
            pass
    box.stop()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
