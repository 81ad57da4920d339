"""Training on a team's own history: a better model is written beside the database and used when asked for, else nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config import Config, Embedding, StoreSettings, TriageSettings
from bot.dialogue.weights import VERSION, WEIGHTS, Weights, weights_of
from bot.evaluation import replay
from bot.models import VigilError
from bot.training import train
from bot.training_history import LEAST, read_history
from tests.platforms.test_transcript import export, row, written

ASKED = "Please look at order {n}, the parcel has been refused at the door."
TOLD = "Order {n} is booked and the parcel is on its way to the customer."
ANSWER = "I have sent order {n} again and told the customer about the new date."
DAY = "2026-11-21"
FIGURES = {"auroc", "average_precision", "recall_at_precision_80", "ece", "spoke_per_100"}


def config(folder: Path) -> Config:
    return replace(
        Config(), embedding=Embedding(model="hashing"), store=StoreSettings(path=str(folder / "data" / "vigil.db"))
    )


def history(threads: int, answered: Sequence[bool]) -> list[dict[str, Any]]:
    """Threads half an hour apart: a newcomer states something, and where `answered` says so a helper takes it up."""
    rows: list[dict[str, Any]] = []
    for n, taken in zip(range(threads), answered, strict=True):
        at, who = n * 30, {"thread": f"t{n}"}
        rows.append(row(f"amy{n % 40}", (ASKED if n % 2 else TOLD).format(n=n), at, **who))
        if taken:
            rows.append(row("bob", ANSWER.format(n=n), at + 3, **who))
            rows.append(row(f"amy{n % 40}", f"Many thanks for order {n}!", at + 9, **who))
        else:
            rows.append(row(f"amy{n % 40}", f"It arrived, order {n} is closed.", at + 20, **who))
    return [line | {"ts": _later(n)} for n, line in enumerate(rows)]


def _later(n: int) -> str:
    return f"2024-03-{1 + n // 288:02}T{n // 12 % 24:02}:{n % 12 * 5:02}:00Z"


def told_apart(folder: Path, threads: int = 240) -> Path:
    """A history in which one kind of message was always taken up and the other never."""
    return written(folder / "team.jsonl.gz", *history(threads, [n % 2 == 1 for n in range(threads)]))


def vigil(folder: Path, *words: str) -> Result:
    """Runs a command with a configuration of its own in `folder`."""
    settings = folder / "mine.toml"
    if not settings.exists():
        settings.write_text(f'[embedding]\nmodel = "hashing"\n[store]\npath = "{folder}/data/vigil.db"\n')
    return CliRunner().invoke(main, ["--config", str(settings), *words])


@dataclass(frozen=True)
class Trained:
    """A folder in which `vigil train --json` was run once, and what it said."""

    folder: Path
    told: dict[str, Any]

    @property
    def model(self) -> Path:
        return Path(self.told["model"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("team")
    done = vigil(folder, "train", str(told_apart(folder)), "--json")
    assert done.exit_code == 0, done.output
    return Trained(folder, json.loads(done.stdout.splitlines()[-1]))


def test_a_model_that_foretells_the_history_better_is_written_beside_the_database(trained: Trained) -> None:
    told = trained.told
    assert trained.model.parent == trained.folder / "data"
    assert re.fullmatch(r"triage-\d{4}-\d\d-\d\d-1\.json", trained.model.name)
    assert (told["turns"], told["threads"], told["needs"], told["rest"]) == (600, 240, 120, 360)
    assert set(told["before"]) == set(told["after"]) == FIGURES
    assert told["better_in"] >= 4
    assert told["after"]["average_precision"] > told["before"]["average_precision"]
    assert told["after"]["ece"] < told["before"]["ece"]


def test_nothing_is_written_over_and_the_command_prints_the_line_to_configure(trained: Trained) -> None:
    before, shipped = trained.model.read_bytes(), WEIGHTS.read_bytes()
    text = vigil(trained.folder, "train", str(trained.folder / "team.jsonl.gz")).stdout
    second = trained.model.with_name(trained.model.name.replace("-1.json", "-2.json"))
    assert (trained.model.read_bytes(), WEIGHTS.read_bytes()) == (before, shipped)
    assert second.read_bytes() == before  # the same history gives the same model
    other = trained.folder / "other"
    other.mkdir()
    (other / "mine.toml").write_text('[embedding]\nmodel = "hashing"\n' + text[text.index("[triage]") :])
    checks = vigil(other, "doctor").stdout
    assert f"ok    triage: {second}, fitted to your history" in checks


def test_a_history_that_contradicts_itself_changes_nothing(tmp_path: Path) -> None:
    """The same messages are answered in one stretch of time and waved off in the next."""
    rows: list[dict[str, Any]] = []
    for n in range(250):
        root = row(f"amy{n}", (ASKED if n % 2 else TOLD).format(n=n), thread=f"t{n}")
        odd = n // 50 % 2
        rows += [root | {"reactions": {"see_no_evil": 1} if odd else {"eyes": 1}}]
    found = train(
        written(tmp_path / "team.jsonl", *(line | {"ts": _later(n)} for n, line in enumerate(rows))),
        config(tmp_path),
        DAY,
    )
    assert (found.model, found.needs, found.rest) == (None, 150, 100)
    assert not (tmp_path / "data").exists()


def test_a_model_is_used_when_the_configuration_names_it_and_decisions_say_so(trained: Trained, tmp_path: Path) -> None:
    scores = []
    for model in ("", str(trained.model)):
        settings, kept = replace(config(tmp_path), triage=TriageSettings(model)), tmp_path / "decisions.jsonl"
        replay(written(tmp_path / "new.jsonl", row("zoe", ASKED.format(n=999), thread="t")), [], settings, kept)
        decision = json.loads(kept.read_text().splitlines()[0])
        assert decision["versions"]["triage"] == weights_of(model).version
        scores.append(decision["score"])
    assert weights_of(str(trained.model)).version == f"{VERSION}/{trained.model.stem}"
    assert scores[1] > scores[0]


def test_what_comes_later_changes_signs_and_not_what_is_scored(tmp_path: Path) -> None:
    rows = history(2 * LEAST + 2, [n % 2 == 1 for n in range(2 * LEAST + 2)])
    late = row("bob", ANSWER.format(n=0), 0, thread="t0") | {"ts": "2024-03-01T00:01:00Z"}
    histories = [
        read_history(written(tmp_path / f"{name}.jsonl", *lines), config(tmp_path), Weights.load())
        for name, lines in (("without", rows), ("with", [rows[0], late, *rows[1:]]))
    ]
    without, answered = histories
    assert np.array_equal(without.values[0], answered.values[0])
    assert without.logits[0] == answered.logits[0]
    assert without.signs[0] < answered.signs[0]


def test_a_slack_export_and_a_folder_are_read(tmp_path: Path) -> None:
    days = {"help__2024_03_05": [], "users": []}
    for n in range(2 * LEAST + 20):
        at = 1_709_632_800 + n * 600
        root = {"user": f"U{n % 40}", "text": (ASKED if n % 2 else TOLD).format(n=n), "ts": f"{at}.0"}
        days["help__2024_03_05"].append(root | ({"reactions": [{"name": "eyes", "count": 1}]} if n % 2 else {}))
    folder = tmp_path / "exports"
    folder.mkdir()
    export(folder / "team.zip", **days)
    (folder / "notes.txt").write_text("no recording")
    found = read_history(folder, config(tmp_path), Weights.load())
    assert (len(found.signs), int(found.needs.sum())) == (2 * LEAST + 20, LEAST + 10)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none.jsonl", "no such transcript"),
        ("irc_flat.jsonl", "with threads"),
        ("short.jsonl", f"at least {LEAST} are"),
    ],
)
def test_what_cannot_be_learned_from_is_one_line_and_changes_nothing(tmp_path: Path, name: str, told: str) -> None:
    written(tmp_path / "irc_flat.jsonl", row("amy", "the export fails"), row("bob", "which version?", 1))
    written(tmp_path / "short.jsonl", *history(20, [True] * 20))
    done = vigil(tmp_path, "train", str(tmp_path / name), "--json")
    said = [line for line in done.stderr.splitlines() if line.startswith("vigil: ")]
    assert (done.exit_code, done.stdout, len(said)) == (1, "", 1)
    assert told in said[0]
    assert not (tmp_path / "data").exists()


BROKEN = {
    "missing": (None, "cannot be read"),
    "not JSON": ("nonsense", "not a model that vigil train wrote"),
    "a list": ("[]", "not a model that vigil train wrote"),
    "foreign": ({"version": "triage-0"}, "another version"),
    "of other features": ({"weights": {"x": 0.1}}, "another version"),
    "without names": ({"weights": 0.1}, "not a model that vigil train wrote"),
    "words for numbers": ({"slope": "steep"}, "not a model that vigil train wrote"),
    "not finite": ({"bias": float("nan")}, "damaged"),
}


@pytest.mark.parametrize(("change", "told"), list(BROKEN.values()), ids=list(BROKEN))
def test_a_model_that_cannot_be_used_is_one_line_that_says_what_to_do(tmp_path: Path, change: Any, told: str) -> None:
    shipped = Weights.load()
    good = {"version": shipped.version, "slope": 1.0, "bias": 0.0, "weights": dict.fromkeys(shipped.names, 0.0)}
    path = tmp_path / "model.json"
    path.write_text(json.dumps(good))
    assert np.array_equal(weights_of(str(path)).need.weights, shipped.need.weights)
    path.unlink()
    if change is not None:
        path.write_text(change if isinstance(change, str) else json.dumps(good | change))
    with pytest.raises(VigilError, match=told) as caught:
        weights_of(str(path))
    assert "\n" not in str(caught.value)
    assert "run vigil train again" in str(caught.value)
