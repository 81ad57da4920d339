"""Reads files and folders into Documents: Markdown, HTML, text, PDF, JSON lines and Slack exports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from knowledge.documents import Document, OnSkip, Place, UnreadableError
from knowledge.models import Audience

__all__ = ["Document", "container_of", "files", "read", "root_name"]

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_HTML = (".html", ".htm", ".xhtml")
_TEXT = (".txt", ".text", ".rst", ".adoc", ".asciidoc", ".org")
_JSONL = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_MOST_BYTES = 64 * 1024 * 1024
_MOST_PAGE_BYTES = 16 * 1024 * 1024


def read(root: Path, audience: Audience, on_skip: OnSkip, base_url: str = "") -> Iterator[Document]:
    """Every document of a file or of a folder and all below it, in sorted order; what cannot be read goes to `on_skip`.

    `base_url` is where the root is published; without it a case's url is the file's name below the root.
    """
    for path in files(root, on_skip):
        yield from read_file(root, path, audience, on_skip, base_url)


def files(root: Path, on_skip: OnSkip) -> list[Path]:
    """The files below `root` (or `root` itself), sorted; hidden ones, and links that lead out of it, are left out."""
    if root.is_file():
        return [root]
    if not root.is_dir():
        on_skip(root, "there is no such file or folder")
        return []
    found: list[Path] = []
    inside = root.resolve()
    walk = os.walk(
        root, onerror=lambda error: on_skip(Path(str(error.filename)), f"cannot be opened ({error.strerror})")
    )
    for folder, folders, names in walk:
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith("."):
                continue
            if not name.isprintable():  # of no encoding, or made to write over a terminal
                on_skip(path, "its name holds what is no letter, digit or mark")
            elif path.is_symlink() and not path.resolve().is_relative_to(inside):
                on_skip(path, "is a link that leads out of the folder")
            else:
                found.append(path)
    return found


def read_file(root: Path, path: Path, audience: Audience, on_skip: OnSkip, base_url: str = "") -> Iterator[Document]:
    """The documents of one file below `root`: one, or one for each channel of an export; nothing when it is skipped."""
    place = Place(path, name_of(root, path), audience, base_url)
    try:
        yield from _documents(place, on_skip)
    except UnreadableError as error:
        on_skip(path, str(error))
    except OSError as error:
        on_skip(path, f"cannot be read ({error.strerror or error})")


def _documents(place: Place, on_skip: OnSkip) -> Iterator[Document]:
    name = place.path.name.lower()
    if not place.path.is_file():
        raise UnreadableError("it is not a regular file")
    size = place.path.stat().st_size
    if size == 0:
        raise UnreadableError("it is empty")
    # The readers are imported where they are needed: each brings a parser of its own, and most folders need one.
    if name.endswith(_JSONL):
        from knowledge.jsonl import read_jsonl

        yield read_jsonl(place, on_skip)
    elif name.endswith(".zip"):
        from knowledge.slack_export import read_export

        yield from read_export(place, on_skip)
    elif size > (_MOST_BYTES if name.endswith(".pdf") else _MOST_PAGE_BYTES):
        raise UnreadableError(f"it is too big ({size // 1024 // 1024} MB)")
    else:
        yield _page(place, name)


def _page(place: Place, name: str) -> Document:
    if name.endswith(_HTML):
        from knowledge.html import read_html

        return read_html(place)
    if name.endswith(".pdf"):
        from knowledge.pdf import read_pdf

        return read_pdf(place)
    from knowledge.markdown import read_markdown, read_text

    if name.endswith(_MARKDOWN):
        return read_markdown(place)
    if name.endswith(_TEXT) or "." not in name:
        return read_text(place)
    raise UnreadableError(f"{place.path.suffix} files are not read")


def root_name(root: Path) -> str:
    """The name under which a root's containers are kept: that of the folder or file itself, wherever it lies."""
    return root.resolve().name


def name_of(root: Path, path: Path) -> str:
    """`docs/db/pool.md` for a file below the folder `docs`, with forward slashes; the plain name for a single file."""
    if path == root:
        return root_name(root)
    return f"{root_name(root)}/{path.relative_to(root).as_posix()}"


def container_of(root: Path, path: Path) -> str:
    """The container of a file, or the common beginning of the containers below a folder."""
    return f"file:{name_of(root, path)}"
