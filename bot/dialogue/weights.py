"""Triage's weights: the file that ships with Vigil, and a team's own model, which corrects it and is a file apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bot.dialogue.cues import NAMES
from bot.dialogue.reading import Linear, Reader, Voice
from bot.models import VigilError
from knowledge.base import Vectors

VERSION = "triage-3"
WEIGHTS = Path(__file__).with_name("triage_weights.json")
SCALES = ("ask", "ask_plain", "own", "own_plain", "first", "first_plain", "need", "need_plain")
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Correction:
    """What a team's history adds to the shipped need: log-odds times `slope`, plus `bias`, plus named values' weights."""

    slope: float
    bias: float
    weights: Vectors

    def of(self, scale: Linear) -> Linear:
        """The corrected scale."""
        bias = self.slope * scale.bias + self.bias
        slope = np.float32(self.slope)
        return Linear(bias, slope * scale.weights + self.weights, slope * scale.vector)


@dataclass(frozen=True, slots=True)
class Weights:
    """What training leaves: four scales with vectors and four without, the feature names, and a probe's vector.

    `first` is the need at first sight, by which the messages before a turn are judged; `need` builds on it.
    `version` goes into every decision's record: of the shipped file, and after a slash of the team's model.
    """

    names: tuple[str, ...]
    ask: Linear
    ask_plain: Linear
    own: Linear
    own_plain: Linear
    first: Linear
    first_plain: Linear
    need: Linear
    need_plain: Linear
    probe: Vectors
    version: str = VERSION

    @staticmethod
    def load(path: Path = WEIGHTS) -> Weights:
        """Read the shipped file; raises VigilError where it does not fit this code."""
        raw = json.loads(path.read_text())
        if raw["version"] != VERSION or tuple(raw["cues"]) != NAMES:
            raise VigilError(f"{path.name} was made for another version of triage: run scripts/train_triage.py again")
        names, probe = tuple(raw["features"]), np.array(raw["probe"], dtype=np.float32)
        ask, ask_plain, own, own_plain, first, first_plain, need, need_plain = (_linear(raw[name]) for name in SCALES)
        return Weights(names, ask, ask_plain, own, own_plain, first, first_plain, need, need_plain, probe)

    def save(self, path: Path) -> None:
        """Write the shipped file: JSON with four digits."""
        scales = {name: _digits(getattr(self, name)) for name in SCALES}
        head = {"version": VERSION, "cues": list(NAMES), "features": list(self.names)}
        path.write_text(json.dumps(head | scales | {"probe": _short(self.probe)}, separators=(",", ":")) + "\n")

    def reader(self, embed: Callable[[Sequence[str]], Vectors], trusted: bool) -> Reader:
        """Reads messages by these weights; not `trusted`: the vectors that `embed` gives mean nothing to them."""
        return Reader(embed, Voice(self.ask, self.own), Voice(self.ask_plain, self.own_plain), trusted)

    def need_of(self, vector: Vectors) -> Linear:
        """The scale of need for a turn with this vector; the one without vectors when it is zero."""
        return self.need if vector.any() else self.need_plain

    def corrected(self, by: Correction, name: str) -> Weights:
        """These weights as the model `name` corrects them."""
        return replace(self, need=by.of(self.need), need_plain=by.of(self.need_plain), version=f"{self.version}/{name}")


def weights_of(model: str) -> Weights:
    """The weights that `[triage] model` asks for: "" the shipped ones, else these corrected by that file.

    Raises VigilError in one line for a file that is missing, damaged, or made for another version.
    """
    shipped = Weights.load()
    return (
        shipped.corrected(_correction(Path(model), shipped), Path(model).stem.replace(",", " ")) if model else shipped
    )


def write_model(folder: Path, day: str, by: Correction, shipped: Weights, figures: Mapping[str, object]) -> Path:
    """Write a team's model as folder/triage-DAY-N.json, N the next free number: no file is ever written over."""
    weights = dict(zip(shipped.names, _short(by.weights), strict=True))
    parts = {"slope": round(by.slope, DIGITS), "bias": round(by.bias, DIGITS), "weights": weights}
    text = json.dumps({"version": shipped.version, "figures": figures} | parts, indent=1, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            path = folder / f"triage-{day}-{number}.json"
            if not path.exists():
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
                return path
    except OSError as trouble:
        raise VigilError(f"{folder}: the model cannot be written there: {trouble.strerror}") from None
    raise VigilError(f"{folder}: holds 999 models of {day} already; move some away")


def _correction(path: Path, shipped: Weights) -> Correction:
    remedy = 'run vigil train again, or set [triage] model = "" for the weights that ship with Vigil'
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["version"] != shipped.version or tuple(raw["weights"]) != shipped.names:
            raise VigilError(f"[triage] model: {path} was trained for another version of Vigil; {remedy}")
        weights = np.array(list(raw["weights"].values()), dtype=np.float32)
        found = Correction(float(raw["slope"]), float(raw["bias"]), weights)
    except OSError as trouble:
        raise VigilError(f"[triage] model: {path} cannot be read ({trouble.strerror}); {remedy}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise VigilError(f"[triage] model: {path} is not a model that vigil train wrote; {remedy}") from None
    if not np.isfinite([found.slope, found.bias, *found.weights]).all():
        raise VigilError(f"[triage] model: {path} is damaged; {remedy}")
    return found


def _linear(raw: Mapping[str, Any]) -> Linear:
    return Linear(float(raw["bias"]), *(np.array(raw[part], dtype=np.float32) for part in ("weights", "vector")))


def _digits(linear: Linear) -> dict[str, object]:
    return {"bias": round(linear.bias, DIGITS), "weights": _short(linear.weights), "vector": _short(linear.vector)}


def _short(row: Vectors) -> list[float]:
    return [round(float(value), DIGITS) for value in row]
