"""Cuts a longer answer into the paragraphs that are embedded and quoted each by itself."""

from __future__ import annotations


def paragraphs(text: str, limit: int = 900) -> list[str]:
    """Blank-line paragraphs of `text`, short neighbours joined up to `limit` characters."""
    parts: list[str] = []
    for part in (p.strip() for p in text.split("\n\n")):
        if not part:
            continue
        if parts and len(parts[-1]) + len(part) < limit:
            parts[-1] = f"{parts[-1]}\n\n{part}"
        else:
            parts.append(part)
    return parts
