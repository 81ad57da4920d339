"""Measures search on a labelled set in BEIR form: the bot's own beside keywords, one vector a document, and both fused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bot import app
from bot.config import Config
from bot.dialogue.question import asked
from bot.evaluation_store import fill, fresh, sources
from bot.replay_progress import Progress
from knowledge.embedding import Embedder
from knowledge.evaluation import Measure, averages, hit_at, mrr, ndcg, recall_at
from knowledge.evaluation_arms import Arms
from knowledge.evaluation_sets import Row, judged, read_documents, read_gains, read_questions, section
from knowledge.models import Audience, KnowledgeError
from knowledge.sources import read as sources_of

DEEP = 100
MEASURES: Mapping[str, Measure] = {"ndcg10": ndcg, "mrr10": mrr, "recall10": recall_at, "p1": partial(hit_at, depth=1)}
Rankings = dict[str, list[list[str]]]
"""By arm, for each question in turn, the ids of what was found, best first."""


def evaluate(corpus: Path, queries: Path, qrels: Path, by_page: bool, config: Config) -> dict[str, dict[str, float]]:
    """nDCG@10, MRR@10, recall@10 and precision at 1 by arm, over the questions with a judgement.

    `by_page` says that `qrels` names pages: a section counts as its page, the first one of a page for all of them.
    Raises KnowledgeError in one line on a file that is no such set.
    """
    documents, gains = _documents(corpus), read_gains(qrels)
    questions = judged(read_questions(queries), gains, qrels)
    names = {str(row["_id"]): _page(row) if by_page else str(row["_id"]) for row in documents}
    if not any(name in gains[asked] for asked, _ in questions for name in set(names.values())):
        raise KnowledgeError(f"{qrels}: judges no document of {corpus}" + ("" if by_page else "; for pages say --page"))
    model = app.embedder(config)
    texts = [text for _, text in questions]
    rankings = _plain(documents, texts, model) | {"vigil": _vigil(documents, texts, model, config)}
    return {
        arm: averages([(_named(found, names), gains[asked]) for found, (asked, _) in zip(rows, questions, strict=True)],
                      MEASURES)
        for arm, rows in rankings.items()
    }  # fmt: skip


def _documents(corpus: Path) -> list[Row]:
    """The corpus: a file in BEIR form, or a folder of documents, whose sections are named by path below it and anchor."""
    if not corpus.is_dir():
        return read_documents(corpus)
    refused: list[str] = []
    read = list(sources_of(corpus, Audience.everyone(), lambda path, why: refused.append(f"{path} {why}")))
    if refused or not read:
        raise KnowledgeError(refused[0] if refused else f"{corpus}: holds no document")
    above = f"{read[0].container.partition('/')[0]}/"
    return [
        {"_id": case.source.removeprefix(above), "title": case.problem, "text": case.resolution}
        for document in read
        for case in document.cases
    ]


def _page(row: Row) -> str:
    return str(row.get("page") or str(row["_id"]).partition("#")[0])


def _named(found: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The pages (or documents) of what was found, each once, at its best place."""
    return list(dict.fromkeys(names[source] for source in found))


def _plain(documents: Sequence[Row], texts: Sequence[str], model: Embedder) -> Rankings:
    ids = [str(row["_id"]) for row in documents]
    whole = [f"{row.get('title') or ''}\n{str(row['text']).strip()}" for row in documents]
    with Progress("documents", len(documents)) as progress:
        arms = Arms(whole, model, progress)
    model.embed(texts)
    rankings: Rankings = defaultdict(list)
    for text in texts:
        for arm, places in arms.rankings(text).items():
            rankings[arm].append([ids[place] for place in places])
    return rankings


def _vigil(documents: Sequence[Row], texts: Sequence[str], model: Embedder, config: Config) -> list[list[str]]:
    """What the knowledge base finds for each text, asked as the bot asks."""
    with fresh(config, model) as base:
        fill(base, [section(row) for row in documents], "sections")
        with Progress("questions", len(texts)) as progress:
            rows = []
            for text in texts:
                rows.append(sources(base.search(asked(text).query(Audience.everyone(), DEEP))))
                progress(len(rows))
    return rows
