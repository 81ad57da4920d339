"""Fits triage's weights on labelled transcripts with open licences, and prints how they do on communities left out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from triage_data import Community, Example, VectorTable, load

from bot.dialogue import triage
from bot.dialogue.cues import NAMES
from bot.dialogue.features import scene
from bot.dialogue.reading import Linear, Reader
from bot.evaluation_triage import line
from bot.events import Turn
from knowledge.base import Vectors
from knowledge.embedding import SentenceEmbedder

OPEN = ("zulip_bytecode", "irc_ubuntu", "gitter_docker", "gitter_manual")
COMPONENTS = (24, 12, 12)
STRENGTH = {"ask": 0.3, "need": 0.02}
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measured:
    """Examples as numbers: named values, three blocks of vectors, labels."""

    names: tuple[str, ...]
    values: Vectors
    vectors: tuple[Vectors, ...]
    labels: Flags


def fit(
    values: Vectors, vectors: Sequence[Vectors], labels: Flags, strength: float, components: Sequence[int], even: bool
) -> Linear:
    """A ridge-penalised logistic scale on standardised values and principal components, folded back to raw inputs."""
    mean, spread = values.mean(0), np.maximum(values.std(0), 0.05)
    found = [PCA(k, random_state=0).fit(block) for k, block in zip(components, vectors, strict=False)]
    units = [float(np.sqrt(pca.explained_variance_[0])) for pca in found]
    blocks = [pca.transform(block) / unit for pca, block, unit in zip(found, vectors, units, strict=False)]
    model = LogisticRegression(C=strength, max_iter=5000, class_weight="balanced" if even else None)
    model.fit(np.hstack([(values - mean) / spread, *blocks]), labels)
    cuts = np.cumsum([values.shape[1], *[block.shape[1] for block in blocks]])[:-1]
    head, *tails = np.split(model.coef_[0], cuts)
    weights = head / spread
    rows = [tail / unit @ pca.components_ for tail, pca, unit in zip(tails, found, units, strict=True)]
    bias = float(model.intercept_[0]) - float(weights @ mean)
    bias -= sum(float(row @ pca.mean_) for row, pca in zip(rows, found, strict=True))
    return Linear(bias, np.float32(weights), tuple(np.float32(row) for row in rows))


def fit_asking(communities: Sequence[Community], table: VectorTable) -> tuple[Linear, Linear]:
    """Two scales, with and without vectors, of how much a message alone sounds like a request."""
    pairs = [pair for community in communities for pair in community.silver]
    values = np.array([table.cues(turn) for turn, _ in pairs], dtype=np.float32)
    vectors = table.embed([turn.text for turn, _ in pairs])
    labels = np.array([asks for _, asks in pairs])
    full = fit(values, [vectors], labels, STRENGTH["ask"], (128,), even=True)
    return full, fit(values, [], labels, STRENGTH["ask"], (), even=True)


def measure(examples: Sequence[Example], reader: Reader) -> Measured:
    """Run the shipped feature code over examples."""
    values, vectors, names = [], [], ()
    for example in examples:
        place = scene(example.thread, example.turn, reader.names, reader.read)
        row, blocks = triage.measured(place)
        values.append(row)
        vectors.append(blocks)
        names = triage.feature_names(place)
    blocks = tuple(np.array(block) for block in zip(*vectors, strict=True))
    return Measured(names, np.array(values), blocks, np.array([example.need == 2 for example in examples]))


def train(communities: Sequence[Community], table: VectorTable) -> triage.Weights:
    """All scales from these communities alone."""
    ask, ask_plain = fit_asking(communities, table)
    reader = Reader(table.embed, ask, ask_plain, trusted=True)
    data = measure([example for community in communities for example in community.examples], reader)
    need = fit(data.values, data.vectors, data.labels, STRENGTH["need"], COMPONENTS, even=False)
    blind = Reader(table.embed, ask, ask_plain, trusted=False)
    data = measure([example for community in communities for example in community.examples], blind)
    plain = fit(data.values, [], data.labels, STRENGTH["need"], (), even=False)
    return triage.Weights(data.names, ask, ask_plain, need, plain, table.embed([triage.PROBE])[0])


def scores(weights: triage.Weights, community: Community, table: VectorTable) -> tuple[Vectors, Flags]:
    """Need and label of each judged turn of a community, through the class that ships."""
    judge = triage.Triage(table.embed, weights=weights)
    needs = [judge.score(e.thread, e.turn.sent_at, e.turn).need for e in community.examples]
    return np.array(needs), np.array([e.need == 2 for e in community.examples])


def report(title: str, rows: Sequence[tuple[str, Vectors, Flags]]) -> None:
    """Print a table line for each community and one for all of them together."""
    print(f"\n{title}")
    for name, needs, labels in rows:
        print(line(name, needs, labels))
    print(line("all", np.concatenate([r[1] for r in rows]), np.concatenate([r[2] for r in rows])))


def dump(weights: triage.Weights, path: Path) -> None:
    """Write the weights as JSON with four digits."""

    def scale(linear: Linear) -> dict[str, object]:
        return {"bias": round(linear.bias, 4), "weights": short(linear.weights), "vectors": [short(v) for v in linear.vectors]}

    def short(row: Vectors) -> list[float]:
        return [round(float(value), 4) for value in row]

    scales = {name: scale(getattr(weights, name)) for name in ("ask", "ask_plain", "need", "need_plain")}
    head = {"version": triage.VERSION, "cues": list(NAMES), "features": list(weights.names)}
    path.write_text(json.dumps(head | scales | {"probe": short(weights.probe)}, separators=(",", ":")) + "\n")


def main() -> None:
    """Load, report on communities left out, fit on the open sets, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with judged_turns.jsonl.gz and the transcripts")
    parser.add_argument("--out", type=Path, default=triage.WEIGHTS, help="where the weights go")
    parser.add_argument("--cache", type=Path, help="keep vectors here between runs")
    parser.add_argument("--no-cross", action="store_true", help="skip the leave-one-community-out table")
    options = parser.parse_args()
    communities = load(options.data)
    table = VectorTable(SentenceEmbedder().embed, options.cache)
    table.fill([turn for community in communities for turn in community.needed()])
    shipped = [c for c in communities if c.name in OPEN]
    others = [c for c in communities if c.name not in OPEN]
    if not options.no_cross:
        cross = [(c.name, *scores(train([o for o in communities if o.family != c.family], table), c, table)) for c in communities if c.examples]
        report("leave one community out, over all sets", cross)
    weights = train(shipped, table)
    report("fitted on the open sets, judged on the others", [(c.name, *scores(weights, c, table)) for c in others])
    dump(weights, options.out)
    print(f"\nwrote {options.out.name}, {options.out.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
