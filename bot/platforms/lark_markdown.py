"""Plain Markdown as a card of Lark's reads it: code unchanged, everything else escaped, no tag and no mention in it; pure."""

from __future__ import annotations

import re
from urllib.parse import quote

from bot.outgoing_links import ADDRESS, honest, trimmed
from bot.outgoing_markdown import PIECES, calm
from bot.outgoing_mentions import defanged

_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
# Every sign that Lark's Markdown reads, as the number that its reference gives for it.
_SPECIAL = re.compile(r"[\\`*_~\[\]()<>#!$|]|&(?=#?\w{1,32};)")
_HEADING = re.compile(r"^#{1,6}[ \t]+([^\n]{0,1000}[^\s#])[ \t#]*$", re.MULTILINE)


def card_markdown(markdown: str) -> str:
    """A card's Markdown from the plain Markdown of a message."""
    parts, end = list[str](), 0
    for found in PIECES.finditer(markdown):
        parts += [_prose(markdown[end : found.start()]), _piece(found)]
        end = found.end()
    return "".join([*parts, _prose(markdown[end:])])


def literal(words: str) -> str:
    """One line of words that mean themselves in a card's Markdown: no markup, no link, no mention."""
    return _escaped(" ".join(words.split()))


def line(words: str) -> str:
    """The same, with addresses as code: they are read and copied, and nothing makes a link of them."""
    parts, end, whole = list[str](), 0, " ".join(words.split())
    for found in ADDRESS.finditer(whole):
        url = trimmed(found[0])
        parts += [_escaped(whole[end : found.start()]), f"`{url.replace('`', '%60')}`"]
        end = found.start() + len(url)
    return "".join([*parts, _escaped(whole[end:])])


def _escaped(words: str) -> str:
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", defanged(words))


def link(url: str, name: str) -> str:
    """A titled link; the name alone when the address is not http or https."""
    shown = literal(name)
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return line(name)
    whole = _address(url)
    return f"[{shown or 'link'}]({whole})" if honest(name, url) else f"[{literal(whole)}]({whole})"


def _address(url: str) -> str:
    """An address that stays within its brackets and mentions nobody either."""
    return calm(re.sub(r"[\s<>()\[\]|\"`\\]", lambda found: quote(found[0], safe=""), url.strip()))


def _piece(found: re.Match[str]) -> str:
    """A piece of Markdown that must not be rewritten, in its final form."""
    if found["fence"] is not None:
        return _fenced(found["fence"], found[0])
    if found["code"] is not None:
        return found["code"]
    if found["table"] is not None:
        return f"```\n{found['table'].rstrip()}\n```\n"
    if found["image"] is not None:
        return f"(image: {literal(found['image'])})"
    if found["label"] is not None:
        return link(found["url"], found["label"])
    url = found["auto"] or trimmed(found["bare"])
    return link(url, url) + _prose(found["bare"][len(url) :] if found["bare"] else "")


def _fenced(body: str, whole: str) -> str:
    """A block of code with its language; a longer fence may hold three backticks, which Lark would take for its end."""
    language = re.match(r"[ \t]*`{3,}[ \t]*([A-Za-z0-9+#_-]{0,20})", whole)
    inside = body.replace("```", "`` `")
    return f"```{language[1] if language else ''}\n{inside}{'' if inside.endswith(chr(10)) else chr(10)}```"


def _prose(text: str) -> str:
    """Running text: headings become bold, bullets dashes; tags, pictures and what would decode to one become words."""
    if not text:
        return ""
    calm_text = _ENTITY.sub("&#38;", defanged(text))
    calm_text = _HEADING.sub(lambda found: f"**{found[1].replace('**', '')}**", calm_text)
    calm_text = re.sub(r"^([ \t]*)[*+][ \t]+", r"\1- ", calm_text, flags=re.MULTILINE)
    return calm_text.replace("![", "! [").replace("](", "] (").replace("<", "&#60;")
