"""Runs a sentence model as one ONNX graph: the same vectors as the original's, without loading torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from knowledge.base import Vectors
from knowledge.models import KnowledgeError

INPUTS = ("input_ids", "attention_mask")
OUTPUT = "sentence"
PROBE = "a probe: does the graph still say what the model said?"
AGREES = 0.999  # cosine to the original below which a graph is not used
TOGETHER = 16  # texts in one run; more leave the processor's caches
PADDING = 1.1  # the longest text of a run against its shortest: padding costs as much as words


class Graph:
    """An exported model and its tokenizer, on `threads` processor threads (0: all).

    Raises KnowledgeError when the file is damaged or does not give the vector that was noted when it was made. Not
    thread-safe for tokenising: the caller holds a lock.
    """

    def __init__(self, path: Path, tokenizer: Path, threads: int) -> None:
        import onnxruntime as runtime
        from tokenizers import Tokenizer

        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            noted = self._session.get_modelmeta().custom_metadata_map
            self._words = Tokenizer.from_file(str(tokenizer))
            self._words.no_padding()
            self._words.enable_truncation(int(noted["tokens"]))
            self._pad = int(noted["pad"])
            probe = np.array(json.loads(noted["probe"]), dtype=np.float32)
            found = self.encode([PROBE])[0]
        except Exception as error:  # the runtime and the tokenizer raise bare Exceptions of their own
            raise KnowledgeError(f"{path.name} cannot be read: {str(error)[:120]}") from error
        if found.shape != probe.shape or not cosine(found, probe) > AGREES:
            raise KnowledgeError(f"{path.name} does not give the vectors of the model it was made from")
        self.dim = len(probe)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text (n x dim, float32), in order, not normalised."""
        words = [found.ids for found in self._words.encode_batch(list(texts))]
        rows: list[Vectors] = [np.zeros(0, dtype=np.float32)] * len(texts)
        for chosen in runs([len(ids) for ids in words]):
            for at, row in zip(chosen, self._run([words[at] for at in chosen]), strict=True):
                rows[at] = row
        return np.stack(rows)

    def _run(self, words: Sequence[Sequence[int]]) -> Vectors:
        longest = max(map(len, words))
        ids = np.full((len(words), longest), self._pad, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, held in enumerate(words):
            ids[row, : len(held)] = held
            mask[row, : len(held)] = 1
        return np.asarray(self._session.run([OUTPUT], dict(zip(INPUTS, (ids, mask), strict=True)))[0], np.float32)


def runs(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The texts' positions in groups of about the same length, shortest first."""
    group: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) == TOGETHER or lengths[at] > PADDING * lengths[group[0]]):
            yield group
            group = []
        group.append(at)
    if group:
        yield group


def cosine(one: Vectors, other: Vectors) -> float:
    """Cosine of two vectors, 0 where one has no length."""
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))
