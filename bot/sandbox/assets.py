"""The files of the browser page, and the headers that keep it to itself."""

import re
from importlib import resources
from urllib.parse import urlsplit

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
NAME = re.compile(r"[a-z][a-z0-9_-]*\.(?:js|css|svg)")
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page_file(name: str) -> tuple[str, str] | None:
    """Text and content type of a file of the page; None when there is none of that name."""
    if name != "index.html" and not NAME.fullmatch(name):
        return None
    found = resources.files("bot.sandbox").joinpath("page", name)
    if not found.is_file():
        return None
    return found.read_text(encoding="utf-8"), TYPES[name.rpartition(".")[2]]


def is_local(host: str, origin: str | None) -> bool:
    """Whether a request names this machine, and comes from a page of this machine if it comes from a page at all."""
    try:
        names = [urlsplit(f"//{host}").hostname, urlsplit(origin).hostname if origin else "localhost"]
    except ValueError:
        return False
    return all(name in LOOPBACK for name in names)
