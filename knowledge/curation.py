"""Judges whether a new case is new, a duplicate, a successor or a contradiction of what is known."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from knowledge.models import Case, Hit, Relation, Verdict
from knowledge.tokens import telling, tokens

# Paraphrases of one on-call problem lie at cosine .40 to .55, unrelated ones near .1: meaning alone is proof only
# well above that, and words in common carry the rest.
_SURE_COSINE, _LIKELY_COSINE = 0.8, 0.5
_SURE_WORDS, _LIKELY_WORDS = 0.7, 0.35
_ALSO_WORDS = 0.5
_SAME_ANSWER = 0.6
_SAME_SUBJECT = 0.3

_OPPOSITES = tuple(
    (frozenset(tokens(left)), frozenset(tokens(right)))
    for left, right in (
        ("enable", "disable"),
        ("increase raise higher grow", "decrease lower reduce shrink"),
        ("add", "remove delete drop"),
        ("start", "stop"),
        ("upgrade", "downgrade rollback revert"),
        ("allow permit", "deny forbid block"),
        ("true", "false"),
        ("always", "never"),
        ("safe", "unsafe dangerous"),
        ("supported", "unsupported"),
        ("启用 打开", "禁用 关闭"),
        ("增加 提高", "减少 降低"),
    )
)
_NEGATIONS = (
    "do not ",
    "don't ",
    "dont ",
    "never ",
    "must not ",
    "should not ",
    "shouldn't ",
    "avoid ",
    "不要",
    "不能",
    "切勿",
)
_REPLACES = (
    "no longer",
    "instead of",
    "deprecated",
    "as of version",
    "was replaced",
    "used to",
    "不再",
    "改为",
    "已废弃",
)


def judge(case: Case, hits: Sequence[Hit]) -> Verdict:
    """How `case` stands to the nearest live cases, by plain rules; the nearest that treats the same problem decides."""
    for hit in sorted(hits, key=lambda h: -h.cosine):
        known = hit.entry.case
        if known.source == case.source or not _same_problem(case, hit):
            continue
        alike = overlap(_words(case.resolution), _words(known.resolution))
        opposed = _opposed(case.resolution, known.resolution)
        told = f"entry {hit.entry.id} ({_evidence(case, hit, alike)})"
        if flat(case.resolution) == flat(known.resolution) or (alike >= _SAME_ANSWER and not opposed):
            return Verdict(Relation.DUPLICATE, hit.entry, f"the same problem and answer as {told}")
        replaces = any(cue in case.resolution.lower() for cue in _REPLACES)
        if opposed and not replaces:
            return Verdict(
                Relation.CONTRADICTION, hit.entry, f"the problem of {told}, but the opposite advice: {opposed}"
            )
        newer, beside = case.happened_at > known.happened_at, replaces or _surely_same(case, hit)
        if newer and beside and as_open(case, known):
            return Verdict(Relation.SUCCESSOR, hit.entry, f"the problem of {told}, with a newer and different answer")
        why = "and perhaps to another problem" if not beside else "for fewer readers" if newer else "and older"
        return Verdict(Relation.NEW, hit.entry, f"a different answer, {why}, than {told}")
    return Verdict(Relation.NEW, None, "no known case treats this problem")


def _evidence(case: Case, hit: Hit, alike: float) -> str:
    """Such as `meaning .62, problem words .40 alike, answer words .10, 12 days newer`."""
    known = hit.entry.case
    shared = overlap(_words(case.problem), _words(known.problem))
    days = round((case.happened_at - known.happened_at) / 86_400)
    when = f", {abs(days)} days {'newer' if days > 0 else 'older'}" if days and known.happened_at else ""
    return f"meaning {hit.cosine:.2f}, problem's words {shared:.2f} alike, answer's {alike:.2f}{when}"


def same(one: Case, other: Case) -> bool:
    """Whether two cases say the same, but for spaces and capitals: what was rejected does not come back for these."""
    return (flat(one.problem), flat(one.resolution)) == (flat(other.problem), flat(other.resolution))


def as_open(case: Case, known: Case) -> bool:
    """Whether everyone who may read the known case may read `case` too: then its words may lead to it."""
    return case.audience.scopes >= known.audience.scopes


def _same_problem(case: Case, hit: Hit) -> bool:
    """Near in meaning or in words, and not about different codes, flags or versions."""
    ours, theirs = _words(case.problem), _words(hit.entry.case.problem)
    shared = overlap(ours, theirs)
    both = hit.cosine >= _LIKELY_COSINE and shared >= _LIKELY_WORDS
    if not (both or hit.cosine >= _SURE_COSINE or shared >= _SURE_WORDS):
        return flat(case.problem) == flat(hit.entry.case.problem)
    marks, other_marks = marks_of(ours), marks_of(theirs)
    return not (marks and other_marks and marks.isdisjoint(other_marks))


def _surely_same(case: Case, hit: Hit) -> bool:
    """Whether the problems alone show it, for answers that have nothing in common: on one subject there are many problems."""
    ours, theirs = _words(case.problem), _words(hit.entry.case.problem)
    shared = overlap(ours, theirs)
    sure = shared >= _SURE_WORDS or (hit.cosine >= _SURE_COSINE and shared >= _ALSO_WORDS)
    return sure or flat(case.problem) == flat(hit.entry.case.problem)


def _opposed(new: str, known: str) -> str:
    """The cue by which two answers on one subject pull apart, "" when they do not."""
    ours, theirs = _words(new), _words(known)
    for left, right in _OPPOSITES:
        for one, other in ((left, right), (right, left)):
            turned = ours & one and theirs & other and not (ours & other and theirs & one)
            if turned and overlap(ours - one, theirs - other) >= _SAME_SUBJECT:
                return f"{min(ours & one)} against {min(theirs & other)}"
    denies, known_denies = (any(cue in text.lower() for cue in _NEGATIONS) for text in (new, known))
    if denies != known_denies and overlap(ours, theirs) >= _SAME_ANSWER:
        return "do against do not"
    return ""


@lru_cache(maxsize=4096)  # what waits for approval is compared with every new case
def _words(text: str) -> frozenset[str]:
    return telling(text)


def marks_of(words: frozenset[str]) -> frozenset[str]:
    """Words that name one thing exactly: codes and versions (a digit beside other signs) and flags (two dashes)."""
    return frozenset(w for w in words if w.startswith("--") or (any(c.isdigit() for c in w) and not w.isdigit()))


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """Words in common as a share of the words of both together (Jaccard), 0..1."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0


def flat(text: str) -> str:
    """The text without differences of spaces, capitals and width."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
