"""Hours of the day as they are set, in minutes."""

from __future__ import annotations


def hours(text: str) -> tuple[int, int] | None:
    """Minutes of the day (start, end) from "HH:MM-HH:MM"; None for an empty text; raises ValueError."""
    if not text:
        return None
    (start_hour, start_minute), (end_hour, end_minute) = (map(int, part.split(":")) for part in text.split("-"))
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if not (0 <= start <= 1440 and 0 <= end <= 1440 and 0 <= start_minute < 60 and 0 <= end_minute < 60):
        raise ValueError(text)
    return start, end
