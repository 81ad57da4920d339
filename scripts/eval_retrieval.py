"""Prints nDCG@10 of keyword, dense and fused search on labelled sets in BEIR form: eval_retrieval.py --data FOLDER."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from knowledge.embedding import SentenceEmbedder
from knowledge.evaluation import evaluate_beir, read_beir


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True, help="A folder of sets, or a set.")
@click.option("--only", multiple=True, help="Names of the sets to take (default: all).")
@click.option("--model", default="", help="Embedding model, by name or path.")
def main(data: Path, only: tuple[str, ...], model: str) -> None:
    """Evaluate every set under --data."""
    single = any((data / name).is_file() for name in ("qrels.tsv", "qrels.tsv.gz"))
    folders = [data] if single else sorted(path for path in data.iterdir() if path.is_dir())
    embedder = SentenceEmbedder(model)
    table = Table("set", "bm25", "dense", "fused", "recall@10 fused", title="nDCG@10")
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        for folder in folders:
            if only and folder.name not in only:
                continue
            task = progress.add_task(folder.name, total=len(read_beir(folder).entries))
            report = evaluate_beir(folder, embedder, lambda done, task=task: progress.advance(task, done))
            figures = [report[way]["ndcg"] for way in ("bm25", "dense", "fused")] + [report["fused"]["recall"]]
            table.add_row(folder.name, *(f"{figure:.3f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
