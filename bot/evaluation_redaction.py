"""Measures redaction on labelled texts: how much of the gold is wholly masked, and how many masks touch any gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.replay_progress import Progress
from knowledge.evaluation import DIGITS
from knowledge.evaluation_sets import Row, read_rows
from knowledge.models import KnowledgeError
from knowledge.redaction_model import Finding

# What a chat may hold of a person without being redacted: names, places, organisations, times, ages, domains. All other
# kinds of gold count in the overall figures, every kind of secret among them.
OUT_OF_SCOPE = frozenset(
    [
        "PERSON",
        "TITLE",
        "ORGANIZATION",
        "GPE",
        "LOCATION",
        "NRP",
        "DATE_TIME",
        "AGE",
        "DOMAIN_NAME",
        "URL",
        "IP_ADDRESS",
        "ZIP_CODE",
    ]
)


@dataclass(frozen=True, slots=True)
class Gold:
    """What should be masked: the kind as labelled, and where, in characters; `core` is it without quotes at its edges."""

    kind: str
    start: int
    end: int
    core: tuple[int, int]

    @property
    def in_scope(self) -> bool:
        return self.kind not in OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class Marked:
    """One text's gold and masks."""

    gold: tuple[Gold, ...]
    masks: tuple[Finding, ...]


def evaluate(path: Path, find: Callable[[str], Sequence[Finding]]) -> dict[str, Any]:
    """Recall and precision of `find` over the rows of `path` (`text`, `spans` of start, end and rule or type).

    Raises KnowledgeError in one line on a file that is no such set.
    """
    rows = read_rows(path, ("text", "spans"))
    marked = []
    with Progress("texts", len(rows)) as progress:
        for number, row in enumerate(rows, 1):
            gold = tuple(_gold(row, f"{path}, row {number}"))
            marked.append(Marked(gold, tuple(find(row["text"]))))
            progress(number)
    return figures(marked)


def _gold(row: Row, where: str) -> Iterable[Gold]:
    text = row["text"]
    if not isinstance(text, str):
        raise KnowledgeError(f"{where}: its text is none")
    try:
        for span in row["spans"]:
            kind, start, end = span.get("rule") or span["type"], int(span["start"]), int(span["end"])
            if not 0 <= start < end <= len(text):
                raise ValueError(f"{start}-{end} lies outside the text")
            yield Gold(str(kind), start, end, _core(text, start, end))
    except (TypeError, AttributeError, KeyError, ValueError) as wrong:
        raise KnowledgeError(f"{where}: spans need start, end and a rule or type within the text ({wrong})") from None


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without quotes, brackets and the like at its edges, which some labels take along from the code around."""
    inside = [place for place in range(start, end) if text[place].isalnum()]
    return (inside[0], inside[-1] + 1) if inside else (start, end)


def figures(marked: Sequence[Marked]) -> dict[str, Any]:
    """The overall figures count the kinds in scope, `all_kinds` every kind; `exact` asks for each character of a label."""
    gold = [(one, text.masks) for text in marked for one in text.gold]
    scope = [(one, masks) for one, masks in gold if one.in_scope]
    kinds = {one.kind: [pair for pair in gold if pair[0].kind == one.kind] for one, _ in gold}
    return {
        "texts": len(marked),
        "texts_without_gold": sum(not text.gold for text in marked),
        **_recall(scope),
        **_precision(marked, lambda one: one.in_scope),
        "masks_in_texts_without_gold": sum(len(text.masks) for text in marked if not text.gold),
        "all_kinds": {**_recall(gold), **_precision(marked, lambda one: True)},
        "by_kind": {kind: {"in_scope": kinds[kind][0][0].in_scope, **_recall(kinds[kind])} for kind in sorted(kinds)},
        "by_mask": _by_mask(marked),
    }


def _recall(pairs: Sequence[tuple[Gold, Sequence[Finding]]]) -> dict[str, Any]:
    whole = sum(_covered(*one.core, masks) for one, masks in pairs)
    exact = sum(_covered(one.start, one.end, masks) for one, masks in pairs)
    touched = sum(any(_meet(one, mask) for mask in masks) for one, masks in pairs)
    return {
        "recall": _share(whole, len(pairs)),
        "recall_exact": _share(exact, len(pairs)),
        "gold": len(pairs),
        "wholly_masked": whole,
        "touched": touched,
    }


def _precision(marked: Sequence[Marked], counts: Callable[[Gold], bool]) -> dict[str, Any]:
    masks = [(mask, text.gold) for text in marked for mask in text.masks]
    right = sum(any(counts(one) and _meet(one, mask) for one in gold) for mask, gold in masks)
    return {"precision": _share(right, len(masks)), "masks": len(masks), "masks_on_gold": right}


def _by_mask(marked: Sequence[Marked]) -> Mapping[str, Any]:
    all_of, right = Counter[str](), Counter[str]()
    for text in marked:
        for mask in text.masks:
            all_of[mask.kind] += 1
            right[mask.kind] += any(one.in_scope and _meet(one, mask) for one in text.gold)
    return {
        kind: {"precision": _share(right[kind], all_of[kind]), "masks": all_of[kind], "masks_on_gold": right[kind]}
        for kind in sorted(all_of)
    }


def _covered(start: int, end: int, masks: Sequence[Finding]) -> bool:
    """Whether the masks, which are in order and do not overlap, leave no character between start and end."""
    for mask in masks:
        if mask.start <= start < mask.end:
            start = mask.end
    return start >= end


def _meet(one: Gold, mask: Finding) -> bool:
    return one.start < mask.end and mask.start < one.end


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None
