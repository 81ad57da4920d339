"""Makes Markdown fit to go out: only allowed links stay links, images become words, mentions are broken, code stays as it is."""

from __future__ import annotations

import re

from bot.outgoing_links import ADDRESS, Links, honest, trimmed
from bot.outgoing_mentions import defanged
from bot.outgoing_signs import visible

FENCE = "```"
CODE = (
    r"^[ \t]*(?P<ticks>`{3,})[^`\n]*\n(?P<fence>.*?)(?:(?P=ticks)`*|\Z)"
    r"|(?P<code>```.*?```|(?<!`)`[^`\n]+`(?!`))"
)
"""Blocks and spans of code, which renderers find by the same rule (flags: DOTALL, MULTILINE)."""
PIECES = re.compile(
    CODE + r"|(?P<table>(?:^\|[^\n]*\|[ \t]*(?:\n|\Z)){2,})"
    r"|!\[(?P<image>[^\[\]\n]{0,400})\]\([^()\s]{0,2000}\)"
    r"|\[(?P<label>[^\[\]\n]{1,400})\]\(<?(?P<url>[^\s>()]{1,2000})>?\)"
    r"|<(?P<auto>https?://[^\s<>|]+)>"
    rf"|(?P<bare>{ADDRESS.pattern})",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""What renderers find in a text that is fit to go out: code, tables, images, links, addresses; the rest is prose."""
_PIECE = re.compile(
    CODE + r"|(?<!`)``(?P<twice>[^`\n]+)``(?!`)"
    r"|\[!\[(?P<badge>[^\[\]\n]{0,400})\]\([^()\n]{0,2000}\)\]\((?P<behind>[^\s()]{0,2000})\)"
    r"|!\[(?P<image>[^\[\]\n]{0,400})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,400}\])"
    r"|\[(?P<label>[^\[\]\n]{1,400})\]\([ \t]*<?(?P<url>[^\s<>()]*(?:\([^\s()]*\)[^\s<>()]*)*)>?(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)"
    r"|<(?P<auto>(?:[a-z][a-z0-9+.-]{1,20}://|mailto:)[^\s<>]*)>"
    rf"|(?P<bare>{ADDRESS.pattern})",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_SPAN = re.compile(r"((?<!`)`[^`\n]+`(?!`))")
_TICK = "\u02cb"


def fit(markdown: str, links: Links) -> str:
    """The text with everything taken out or broken that may not go out; what is code stays as it stands."""
    text = visible(markdown)
    done, end = "", 0
    for found in _PIECE.finditer(text):
        done = _beside(_beside(done, _prose(text[end : found.start()])), _piece(found, links))
        end = found.end()
    return _beside(done, _prose(text[end:]))


def _beside(before: str, after: str) -> str:
    """Two spans of code without anything between them would be none."""
    return f"{before} {after}" if before.endswith("`") and after.startswith("`") else before + after


def words(text: str) -> str:
    """One line for a title, note or label: what cannot be seen is taken out, mentions are broken, no code is left open."""
    return _balanced(defanged(" ".join(visible(text).split())))


def cut(markdown: str, limit: int) -> str:
    """The text up to a length, ending with a whole line and a closed code block."""
    if len(markdown) <= limit:
        return markdown
    kept = markdown[: limit - 6]
    kept = (kept.rpartition("\n")[0] if "\n" in kept[limit // 2 :] else kept).rstrip()
    return f"{kept}\n{FENCE}\n\u2026" if kept.count(FENCE) % 2 else f"{kept}\n\u2026"


def _prose(text: str) -> str:
    """Running text; a backtick that opens no code would pair with the next one."""
    return defanged(text.replace("`", _TICK)) if text else ""


def _piece(found: re.Match[str], links: Links) -> str:
    if found["fence"] is not None or found["code"] is not None:
        return found[0]
    if found["twice"] is not None:
        return f"`{found['twice']}`"
    if found["image"] is not None:
        return f"(image: {fit(found['image'], links)})"
    if found["badge"] is not None:
        return _link(found["badge"], found["behind"], links)
    if found["label"] is not None:
        return _link(found["label"], found["url"], links)
    if found["auto"] is not None:
        return f"<{calm(found['auto'])}>" if links.allow(found["auto"]) else _shown(found["auto"])
    url = trimmed(found["bare"])
    return (calm(url) if links.allow(url) else _shown(url)) + _prose(found["bare"][len(url) :])


def _link(name: str, url: str, links: Links) -> str:
    """A titled link, or its title and, to be read and copied, the address that may not be clicked."""
    if not links.allow(url):
        title = fit(name, links)
        if not re.match(r"https?:", url, re.IGNORECASE):  # a page beside the one quoted, or nothing that one may open
            return title
        return f"{title} ({_shown(url)})" if name != url else _shown(url)
    if not honest(name, url):
        return calm(url)
    label = _balanced(defanged(name))
    return f"[{label}]({calm(url).replace('(', '%28').replace(')', '%29')})"


def calm(url: str) -> str:
    """An address that mentions nobody."""
    return url if defanged(url) == url else re.sub("[@\uff20\ufe6b]", "%40", url)


def _balanced(line: str) -> str:
    """Spans of code stay; every other backtick would open one that something later closes."""
    if "`" not in line:
        return line
    return "".join(part if n % 2 else part.replace("`", _TICK) for n, part in enumerate(_SPAN.split(line)))


def _shown(url: str) -> str:
    """An address as code: it is read and copied, and nothing makes a link of it."""
    return f"`{url.replace('`', '%60')}`" if url else ""
