"""Finds what Slack would make clickable in a text that it may parse, and tells where an address really leads."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

ENDINGS = frozenset(
    ("com", "net", "org", "io", "dev", "app", "ai", "co", "me", "info", "biz", "cloud", "edu", "gov", "mil", "int", "xyz", "site",
     "online", "de", "uk", "fr", "cn", "ru")
)  # fmt: skip
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:[/\\]{2}\S+|(?:mailto|tel|javascript|data|slack|intent):\S+", re.IGNORECASE)
HOST = re.compile(r"(?<![\w@/.:-])(?:[\w-]+\.)+([a-z]{2,})(?=[/:?#\s]|$)[^\s]*", re.IGNORECASE)
MARKDOWN = re.compile(r"\]\(\s*<?([^)\s>]+)|^\s*\[[^\]]+\]:\s*<?(\S+)", re.MULTILINE)


def bare(text: str) -> Iterator[str]:
    """The addresses that stand in a text without any sign around them; whatever ends like a known host counts."""
    for found in SCHEME.finditer(text):
        yield found[0].strip("<>")
    for found in HOST.finditer(text):
        if found[1].lower() in ENDINGS:
            yield found[0]


def markdown_links(text: str) -> Iterator[str]:
    """The targets of inline links, images and reference definitions of a Markdown text."""
    for found in MARKDOWN.finditer(text):
        yield found[1] or found[2]


def host(url: str) -> str:
    """The host (with its port, if it names one) that a browser would ask, in lower case; "" where there is none.

    As browsers do: white space and control characters out, backslashes turned, escapes in the host undone, a name and a
    password passed over, full-width dots and letters made plain.
    """
    plain = "".join(c for c in url if unicodedata.category(c) not in ("Cc", "Cf") and not c.isspace()).replace(
        "\\", "/"
    )
    rest = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*:(?=/)", "", plain)
    place = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0].rpartition("@")[2]
    name = unicodedata.normalize("NFKC", unquote(place)).lower().rstrip(".")
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name
