"""Fits triage's weights on labelled transcripts with open licences, and prints how they do on communities left out."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupKFold
from triage_data import Community, Example, VectorTable, load
from triage_looks import Look, held_back, looks
from triage_table import Labels, report

from bot.dialogue import triage
from bot.dialogue.cues import cues
from bot.dialogue.reading import Linear, Reader
from bot.dialogue.scenes import scene
from bot.dialogue.weights import WEIGHTS, Correction, Weights
from bot.events import Turn
from bot.training_fit import Floats, ridge
from knowledge.base import Vectors
from knowledge.embedding import SentenceEmbedder

OPEN = ("zulip_bytecode", "irc_ubuntu", "gitter_docker", "gitter_manual")
VOICE = (64, 0.1)  # principal components of the vector, and the inverse of the penalty
NEED = (24, 0.02)
MAYBE = 0.4  # a turn after which help may come or wait (need 1) counts as this much of a need
FOLDS = 5
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measured:
    """Examples as numbers: named values, vectors, labels (True: a need), weights, and groups that stay together."""

    values: Vectors
    vectors: Vectors
    labels: Flags
    weights: Vectors
    groups: tuple[str, ...]

    def part(self, keep: Flags) -> Measured:
        """The chosen rows."""
        groups = tuple(group for group, kept in zip(self.groups, keep, strict=True) if kept)
        return Measured(self.values[keep], self.vectors[keep], self.labels[keep], self.weights[keep], groups)


def floats(row: object) -> Vectors:
    """The same numbers as float32."""
    return np.asarray(row, dtype=np.float32)


def fit(data: Measured, components: int, strength: float) -> Linear:
    """A ridge-penalised logistic scale on standardised values and principal components, folded back to raw inputs.

    With `components` 0 the vectors are left out.
    """
    mean, spread = data.values.mean(0), np.maximum(data.values.std(0), 0.05)
    columns = [(data.values - mean) / spread]
    if components:
        pca = PCA(components, random_state=0).fit(data.vectors)
        unit = float(np.sqrt(pca.explained_variance_[0]))
        columns.append(pca.transform(data.vectors) / unit)
    found = logistic(np.hstack(columns), data.labels, data.weights, 1 / strength)
    weights, tail = np.split(found[1:], [len(mean)])
    weights = weights / spread
    row = tail / unit @ pca.components_ if components else np.zeros(0)
    bias = float(found[0]) - float(weights @ mean) - (float(row @ pca.mean_) if components else 0.0)
    return Linear(bias, floats(weights), floats(row))


def logistic(columns: Vectors, labels: Flags, weights: Vectors, hold: float) -> Floats:
    """Intercept and coefficients of a logistic scale whose coefficients, but not its intercept, are held towards 0."""
    signs = np.where(labels, np.inf, -np.inf)
    holds = np.append(1e-9, np.full(columns.shape[1], hold))
    rows = np.column_stack([np.ones(len(labels)), columns.astype(np.float64)])
    return ridge(rows, signs, weights.astype(np.float64), np.zeros(len(holds)), holds)


def logits(scale: Linear, data: Measured) -> Vectors:
    """Log-odds of every row."""
    near = data.vectors @ scale.vector if scale.vector.size else 0.0
    return floats(scale.bias + data.values @ scale.weights + near)


def calibrated(data: Measured, components: int, strength: float) -> Linear:
    """The fitted scale, stretched and moved so that its probabilities hold on neighbours it was not fitted on."""
    held = np.zeros(len(data.labels), dtype=np.float32)
    for train_rows, test_rows in GroupKFold(FOLDS).split(data.values, groups=data.groups):
        keep = np.isin(np.arange(len(held)), train_rows)
        held[test_rows] = logits(fit(data.part(keep), components, strength), data)[test_rows]
    move, slope = logistic(held[:, None], data.labels, floats(data.weights > MAYBE), 1e-6)
    scale = fit(data, components, strength)
    return Correction(float(slope), float(move), np.zeros_like(scale.weights)).of(scale)


def fit_voice(pairs: Sequence[tuple[Turn, bool]], table: VectorTable) -> tuple[Linear, Linear]:
    """Two scales, with and without vectors, of what a message alone sounds like; both labels weigh the same."""
    labels = np.array([label for _, label in pairs])
    data = Measured(
        values=np.array([cues(turn.text, bool(turn.files)) for turn, _ in pairs], dtype=np.float32),
        vectors=table.embed([turn.text for turn, _ in pairs]),
        labels=labels,
        weights=np.where(labels, 0.5 / labels.mean(), 0.5 / (1 - labels.mean())).astype(np.float32),
        groups=("",) * len(pairs),
    )
    return fit(data, *VOICE), fit(data, 0, VOICE[1])


def measure(examples: Sequence[Example], seen: Sequence[Look], back: Vectors | None = None) -> Measured:
    """Looks as numbers, with the n x 2 needs `back`; a need of 1 stands twice, in part as a need and in part as none."""
    maybe = [i for i, e in enumerate(examples) if e.need == 1]
    order = [*range(len(examples)), *maybe]
    labels = np.array([examples[i].need == 2 or at >= len(examples) for at, i in enumerate(order)])
    weights = [MAYBE if at >= len(examples) else 1 - MAYBE * (examples[i].need == 1) for at, i in enumerate(order)]
    values = np.array([look.turn[0] for look in seen])
    return Measured(
        values=(values if back is None else np.hstack([values, back]))[order],
        vectors=np.array([seen[i].turn[1] for i in order]),
        labels=labels,
        weights=np.array(weights, dtype=np.float32),
        groups=tuple(examples[i].stretch for i in order),
    )


def fit_need(examples: Sequence[Example], reader: Reader, components: int) -> tuple[Linear, Linear]:
    """The need at first sight, and the need that builds on what first sight makes of the messages before."""
    seen = looks(examples, reader)

    def first(rows: Sequence[int]) -> Linear:
        return fit(measure([examples[i] for i in rows], [seen[i] for i in rows]), components, NEED[1])

    back = held_back(seen, FOLDS, first)
    return first(range(len(seen))), calibrated(measure(examples, seen, back), components, NEED[1])


def train(communities: Sequence[Community], table: VectorTable) -> Weights:
    """All scales from these communities alone; what a message sounds like first, since the need builds on it."""
    ask, ask_plain = fit_voice([pair for community in communities for pair in community.silver], table)
    own, own_plain = fit_voice([pair for community in communities for pair in community.own], table)
    probe = table.embed([triage.PROBE])[0]
    begun = Weights((), ask, ask_plain, own, own_plain, ask, ask_plain, ask, ask_plain, probe)
    examples = [example for community in communities for example in (*community.examples, *community.readings)]
    first, need = fit_need(examples, begun.reader(table.embed, True), NEED[0])
    first_plain, need_plain = fit_need(examples, begun.reader(table.embed, False), 0)
    reader, one = begun.reader(table.embed, True), examples[0]
    names = triage.feature_names(scene(one.thread, one.turn, reader.names, reader.read))
    return replace(begun, names=names, first=first, first_plain=first_plain, need=need, need_plain=need_plain)


def scores(weights: Weights, community: Community, table: VectorTable) -> tuple[Vectors, Labels]:
    """Need and label of each judged turn of a community, through the class that ships."""
    judge = triage.Triage(table.embed, weights=weights)
    needs = [judge.score(e.thread, e.turn.sent_at, e.turn).need for e in community.examples]
    return np.array(needs), np.array([e.need for e in community.examples])


def left_out(communities: Sequence[Community], table: VectorTable) -> Iterator[tuple[str, Vectors, Labels]]:
    """Each community scored by weights fitted on all the others."""
    for community in communities:
        if community.examples:
            others = [other for other in communities if other.family != community.family]
            yield community.name, *scores(train(others, table), community, table)


def main() -> None:
    """Load, report on communities left out, fit on the open sets, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with judged_turns.jsonl.gz and the transcripts"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    parser.add_argument("--cache", type=Path, help="keep vectors here between runs")
    parser.add_argument("--no-cross", action="store_true", help="skip the leave-one-community-out table")
    options = parser.parse_args()
    communities = load(options.data)
    table = VectorTable(SentenceEmbedder().embed, options.cache)
    table.fill([turn for community in communities for turn in community.needed()])
    shipped = [c for c in communities if c.name in OPEN]
    others = [c for c in communities if c.name not in OPEN]
    if not options.no_cross:
        report("leave one community out, over all sets", list(left_out(communities, table)))
    weights = train(shipped, table)
    report("fitted on the open sets, judged on the others", [(c.name, *scores(weights, c, table)) for c in others])
    weights.save(options.out)
    print(f"\nwrote {options.out.name}, {options.out.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
