"""Reads paged answers of Lark's to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from bot.models import VigilError
from bot.platforms.chat_fields import Table, rows, text

PAGE, MOST_PAGES = 50, 400


class Read(Protocol):
    """A call that changes nothing; raises SendRefused or SendLater."""

    def __call__(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        at: Mapping[str, str] | None = None,
        method: str = "GET",
        body: dict[str, Any] | None = None,
    ) -> Table: ...


def every(
    read: Read, path: str, query: Mapping[str, Any], field: str, at: Mapping[str, str] | None = None
) -> Iterator[Table]:
    """All items of a paged answer, page after page."""
    for answer in pages(read, path, query, at):
        yield from rows(answer, field)


def pages(read: Read, path: str, query: Mapping[str, Any], at: Mapping[str, str] | None = None) -> Iterator[Table]:
    """The answers of a paged call; raises VigilError when they have no end."""
    token = ""
    for _ in range(MOST_PAGES):
        answer = read(path, {"page_size": PAGE, **query, **({"page_token": token} if token else {})}, at=at)
        yield answer
        last, token = token, text(answer, "page_token")
        if answer.get("has_more") is not True or not token or token == last:
            return
    raise VigilError(f"Lark's answer to {path} has no end")
