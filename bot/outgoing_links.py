"""Says which addresses a link may lead to: listed hosts, the workspace's own messages, and what code vouches for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

LONGEST = 2000
"""Characters of an address; a longer one carries something away."""
SCHEMES = ("https", "http")
# No name or password, no escapes, no letters but ASCII in the host, nothing that a browser would repair.
_STRICT = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?P<port>:[0-9]{1,5})?"
    r"(?P<rest>[/?#][^\s\\<>|\"`\x00-\x1f\x7f]*)?",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?"
)
ADDRESS = re.compile(
    r"(?:(?:https?|s?ftps?|file|slack|lark|feishu|vscode|ms-[a-z]{2,12}|intent|ssh|smb|nfs|data|javascript):[/\\]{2}|(?<![^\W_])(?<![@.])www\.)"
    '(?:(?![^\\w\\s/]{1,4}[a-z]{2,12}:[/\\\\])[^\\s<>|"`\u02cb\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u300d\u201d])+',
    re.IGNORECASE,
)
"""Whatever looks like an address in running text."""
_TRAIL = ".,;:!?'*_~\u2019"
_PLACE = re.compile(r"(?:://|(?<![^\W_])www\.)([^\s/<>]+)", re.IGNORECASE)
# A label that is nothing but a host, perhaps with a path, is taken at its word.
_HOSTLIKE = re.compile(
    r"^(?:[\w-]+\.)+(?:com|org|net|io|dev|app|ai|co|me|info|biz|cloud|gov|edu|mil|int|[a-z]{2}\.[a-z]{2})(?=[/:?#]|$)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Links:
    """What a link may lead to.

    `hosts` are `wiki.acme.io`, `*.acme.io` (its sub-domains, not itself) or `git.acme.io:8443`; `schemes` some of https
    and http; `own` is what the addresses of the workspace's own messages begin with; `vouched` are whole addresses.
    """

    hosts: tuple[str, ...] = ()
    schemes: tuple[str, ...] = SCHEMES
    own: str = ""
    vouched: frozenset[str] = frozenset()

    def allow(self, url: str) -> bool:
        """Whether it may be clicked; anything that is not plainly an address may not."""
        found = _STRICT.fullmatch(url)
        if found is None or len(url) > LONGEST or found["scheme"].lower() not in self.schemes:
            return False
        if url in self.vouched or (self.own and url.startswith(self.own)):
            return True
        port = "" if found["port"] == _DEFAULT_PORTS[found["scheme"].lower()] else found["port"] or ""
        return any(_fits(found["host"].lower() + port, entry.lower()) for entry in self.hosts)

    def vouching(self, urls: Iterable[str]) -> Links:
        """The same, with more whole addresses."""
        return replace(self, vouched=self.vouched.union(filter(None, urls)))

    def at(self, own: str) -> Links:
        """The same for a workspace whose messages have addresses that begin so ("" where it is not known)."""
        return replace(self, own=own)


def _fits(place: str, entry: str) -> bool:
    return place.endswith(entry[1:]) and len(place) > len(entry) - 1 if entry.startswith("*.") else place == entry


def site(url: str) -> str:
    """The host of an address, with its port where it names one, as an entry of `Links.hosts`; "" for what is no address."""
    found = _STRICT.fullmatch(url)
    return f"{found['host']}{found['port'] or ''}".lower() if found else ""


def misspelt(entry: str) -> bool:
    """Whether a configured host is none: an address, a path, letters that only look right."""
    return _ENTRY.fullmatch(entry.lower()) is None


def trimmed(found: str) -> str:
    """An address from running text without the punctuation behind it."""
    url = found.rstrip(_TRAIL)
    while url.endswith((")", "]", "}")) and url.count(url[-1]) > url.count({")": "(", "]": "[", "}": "{"}[url[-1]]):
        url = url[:-1].rstrip(_TRAIL)
    return url


def honest(label: str, url: str) -> bool:
    """Whether a link's label names no other place than where the link leads."""
    there = url.partition("://")[2].partition("/")[0].casefold()
    seen = unicodedata.normalize("NFKC", label)
    named = [*_PLACE.findall(seen), *(_HOSTLIKE.findall(seen.strip()) if " " not in seen.strip() else ())]
    return all(place.casefold().removeprefix("www.") == there.removeprefix("www.") for place in named)


def addresses(text: str) -> tuple[str, ...]:
    """The addresses that stand in a Markdown text, as they would be linked, each once, in order."""
    return tuple(dict.fromkeys(trimmed(found[0]) for found in ADDRESS.finditer(text)))
