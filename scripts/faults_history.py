"""The shortest history that shows a broken promise: what happened to one story, and what struck meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from faults_ledger import Finding
from faults_stage import Line, Stage

BEFORE, AFTER = 3.0, 8.0
HEADS = 12
LONGEST = 60


def shortest(findings: Sequence[Finding], stage: Stage) -> list[str]:
    """The history of the finding that can be told in the fewest lines; [] without findings."""
    told = [(finding, _lines(finding, stage.records.lines)) for finding in findings]
    if not told:
        return []
    finding, lines = min(told, key=lambda pair: (pair[0].story is None, len(pair[1])))
    others = [_head(other) for other in findings if other is not finding][:HEADS]
    return [*others, _head(finding), *(f"{line.at:8.2f} s  {line.words}" for line in lines[:LONGEST])]


def _head(finding: Finding) -> str:
    return f"{finding.kind}: {finding.words}" + (f" (story {finding.story})" if finding.story is not None else "")


def _lines(finding: Finding, lines: Sequence[Line]) -> list[Line]:
    """What the story did, and the strikes and faults around each of its moments."""
    if finding.story is None:
        return []
    moments = [line.at for line in lines if line.story == finding.story]
    if not moments:
        return []
    near = [line for line in lines if line.story is None and _near(line, moments)]
    own = [line for line in lines if line.story == finding.story]
    return sorted([*own, *near], key=lambda line: line.at)


def _near(line: Line, moments: Sequence[float]) -> bool:
    return any(at - BEFORE <= line.at <= at + AFTER for at in moments)
