"""HTML pages into sections: the page's own text as Markdown, without scripts, menus and footers; nothing is fetched."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from knowledge.documents import Document, Place, UnreadableError, decode, document, updated_at
from knowledge.markdown import split_markdown

_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "button", "svg", "iframe"}
    | {"head", "select", "textarea", "object", "video", "audio", "canvas", "dialog"}
)
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "ul", "ol", "table", "blockquote", "dl", "figure", "body"}
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_MAIN = ("//main", "//*[@role='main']", "//article", "//body")


def read_html(place: Place) -> Document:
    """A page by its headings, with the ids its headings have; raises UnreadableError when it holds no text."""
    page = _parse(place.path.read_bytes())
    named = page.xpath("string(//head/title)").strip()
    root = next((found[0] for path in _MAIN if (found := page.xpath(path))), page)
    writer = _Writer()
    writer.write(root)
    text = writer.text()
    title, sections = split_markdown(text, "", named or place.path.stem, writer.anchors)
    stated = next(iter(page.xpath("//meta[@property='article:modified_time' or @name='last-modified']/@content")), "")
    return document(place, title, sections, updated_at(text, place.path, str(stated)))


def _parse(data: bytes) -> Any:
    """The page as an lxml tree; the parser is bounded in depth and has no network."""
    lxml_html: Any = import_module("lxml.html")
    etree: Any = import_module("lxml.etree")
    text = decode(data)
    if not text.strip():
        raise UnreadableError("there is no text in it")
    try:
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, encoding="utf-8")
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableError(f"it is not HTML that can be parsed ({error})") from error


class _Writer:
    """Writes a tree as Markdown while walking it without recursion, so that depth costs no stack."""

    def __init__(self) -> None:
        self.anchors: dict[str, str] = {}
        self._parts: list[str] = []
        self._code = 0

    def text(self) -> str:
        lines = "".join(self._parts).split("\n")
        kept: list[str] = []
        for line in lines:
            if line.strip() or (kept and kept[-1].strip()):
                kept.append(line.rstrip())
        return "\n".join(kept).strip()

    def write(self, root: Any) -> None:
        steps: list[tuple[Any, bool]] = [(root, True)]
        while steps:
            element, opening = steps.pop()
            if not opening:
                self._close(element)
                self._say(element.tail)
            elif not isinstance(element.tag, str) or element.tag in _DROPPED:
                self._say(element.tail)
            elif element.tag in _HEADINGS:
                self._heading(element)
                self._say(element.tail)
            else:
                self._open(element)
                self._say(element.text)
                steps.append((element, False))
                steps.extend((child, True) for child in reversed(element))

    def _say(self, text: str | None) -> None:
        if not text:
            return
        if self._code:
            self._parts.append(text)
            return
        words = " ".join(text.split())
        before, after = text[:1].isspace() and bool(words), text[-1:].isspace()
        self._parts.append(f"{' ' if before else ''}{words}{' ' if after else ''}" if words else " ")

    def _heading(self, element: Any) -> None:
        words = " ".join(str(element.text_content()).replace("¶", "").split())
        holder = next(
            (e for e in (element, element.getparent(), *element.iter("a")) if e is not None and e.get("id")), None
        )
        if words and holder is not None:
            self.anchors.setdefault(words, str(holder.get("id")))
        self._parts.append(f"\n\n{'#' * _HEADINGS[element.tag]} {words}\n\n")

    def _open(self, element: Any) -> None:
        tag = element.tag
        if tag == "pre":
            self._code += 1
            self._parts.append("\n\n```\n")
        elif tag == "li":
            self._parts.append("\n- ")
        elif tag in ("tr", "br", "dt", "dd"):
            self._parts.append("\n")
        elif tag == "code" and not self._code:
            self._parts.append("`")
        elif tag in _BLOCKS:
            self._parts.append("\n\n")

    def _close(self, element: Any) -> None:
        tag = element.tag
        if tag == "pre":
            self._code -= 1
            self._parts.append("\n```\n\n")
        elif tag in ("td", "th"):
            self._parts.append(" | ")
        elif tag == "code" and not self._code:
            self._parts.append("`")
        elif tag == "a" and str(element.get("href", "")).startswith("http") and not self._code:
            self._parts.append(f" ({element.get('href')})")
        elif tag in _BLOCKS:
            self._parts.append("\n\n")
