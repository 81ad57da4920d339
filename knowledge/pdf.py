"""PDF files into sections by page, with damage, encryption and size turned into a reason to skip."""

from __future__ import annotations

import logging

from knowledge.documents import Document, Place, Section, UnreadableError, document, updated_at

_MOST_PAGES = 2000
_PAGE_LETTERS = 200_000
_PART_LETTERS = 700


def ready() -> None:
    """Load what reads PDF, and the cipher library that it takes if there is one: a confined process cannot any more."""
    import pypdf  # noqa: F401


def read_pdf(place: Place) -> Document:
    """A PDF file page by page (`#page=3`); raises UnreadableError when it is encrypted, damaged or only pictures."""
    from pypdf import PasswordType, PdfReader  # slow to import, and few folders hold a PDF

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # the reason to skip says it in one line

    try:
        reader = PdfReader(place.path)
        if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
            raise UnreadableError("it is encrypted")
        if len(reader.pages) > _MOST_PAGES:
            raise UnreadableError(f"it has more than {_MOST_PAGES} pages")
        pages = [page.extract_text()[:_PAGE_LETTERS] for page in reader.pages]
        named = (reader.metadata.title or "").strip() if reader.metadata else ""
    except (UnreadableError, MemoryError):
        raise
    except Exception as error:  # a damaged file raises anything in there, from KeyError to RecursionError
        raise UnreadableError(f"the PDF is damaged ({type(error).__name__})") from error
    title = named or place.path.stem
    sections = [
        Section(f"page={n}", (title, f"page {n}"), _parts(text))
        for n, text in enumerate(pages, start=1)
        if text.strip()
    ]
    if not sections:
        raise UnreadableError("there is no text in it, perhaps only pictures of pages")
    return document(place, title, sections, updated_at(pages[0], place.path))


def _parts(text: str) -> str:
    """A page's lines with a blank line after some 700 letters where a sentence ends: PDF keeps no paragraphs."""
    parts: list[str] = [""]
    for line in (line.strip() for line in text.splitlines()):
        full = len(parts[-1]) > _PART_LETTERS and parts[-1].endswith((".", ":", "!", "?", "。"))
        if full or not line:
            parts.append(line)
        else:
            parts[-1] = f"{parts[-1]}\n{line}" if parts[-1] else line
    return "\n\n".join(part for part in parts if part)
