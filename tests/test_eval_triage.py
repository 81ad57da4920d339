"""The triage measure: figures by hand, contexts that hold nothing of what comes later, and one clear line for bad files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.cli_eval import tell
from bot.config import Config
from bot.evaluation_triage import evaluate
from bot.evaluation_triage_figures import auroc, calibration_error, curve, figures, ranking
from bot.evaluation_triage_threads import line_of, recording, threads
from bot.models import Thread, VigilError

CONFIG = replace(Config(), embedding=replace(Config().embedding, model="hashing"))
TALK = (
    ("ada", "How do I rotate the signing key? It fails with error 403."),
    ("bo", "You need to open the key page and press rotate."),
    ("ada", "Thanks, that worked!"),
    ("cy", "Good morning all"),
    ("cy", "the build fails: no such file, any idea why?"),
)


def rows(talk: Sequence[tuple[str, str]] = TALK, thread: bool = False) -> list[dict[str, object]]:
    """Rows a minute apart; with `thread`, all in the thread of the first."""
    shared: dict[str, object] = {"thread": "t"} if thread else {}
    return [
        {"channel": "c", "user": who, "ts": f"2024-05-01T10:{i:02d}:00Z", "text": text} | shared
        for i, (who, text) in enumerate(talk)
    ]


def written(path: Path, lines: Sequence[object]) -> Path:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def judged(tmp_path: Path, *needs: int, file: str = "irc_talk.jsonl") -> Path:
    return written(tmp_path / "judged.jsonl", [{"file": file, "line": i, "need": need} for i, need in enumerate(needs)])


def walked(folder: Path, name: str, *wanted: int) -> list[Thread]:
    transcript = recording(folder, name)
    return [thread for thread, _ in threads(transcript.turns, not transcript.flat, set(wanted))]


def test_ranking_by_hand() -> None:
    scores, positive = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    # Of four pairs (positive, negative) three are in order; precision is 1 at recall 1/2, and 2/3 at recall 1.
    assert ranking(scores, positive) == {
        "auroc": 0.75,
        "average_precision": round(0.5 * 1 + 0.5 * 2 / 3, 4),
        "best_f1": 0.8,
        "recall_at_precision_80": 0.5,
    }


def test_ties_are_taken_together() -> None:
    scores, positive = np.array([0.5, 0.5, 0.5, 0.1]), np.array([True, False, False, False])
    assert auroc(scores, positive) == round((0.5 + 0.5 + 1) / 3, 4)
    assert ranking(scores, positive)["average_precision"] == round(1 / 3, 4)
    assert ranking(scores, positive)["recall_at_precision_80"] == 0.0


def test_calibration_by_hand() -> None:
    scores, positive = np.array([0.05, 0.05, 0.95, 1.0]), np.array([False, True, True, True])
    # The lowest bin expects .05 and finds .5; the highest expects .975 and finds 1.
    assert calibration_error(scores, positive) == round(0.5 * 0.45 + 0.5 * 0.025, 4)


def test_figures_by_hand() -> None:
    found = figures([0.9, 0.6, 0.7, 0.2], [2, 1, 0, 1], 0.6)
    assert (found["spoke_per_100"], found["borderline_rate"], found["auroc"]) == (75.0, 0.5, 1.0)


def test_the_curve_by_hand() -> None:
    points = curve([0.9, 0.6, 0.7, 0.2], [2, 1, 0, 2])
    assert [point["threshold"] for point in points] == pytest.approx([n / 100 for n in range(30, 95, 5)])
    assert points[0] == {"threshold": 0.3, "precision": round(1 / 3, 4), "recall": 0.5, "spoke_per_100": 75.0}
    assert points[-1] == {"threshold": 0.9, "precision": 1.0, "recall": 0.5, "spoke_per_100": 25.0}
    assert (curve([0.1], [0])[0]["precision"], curve([0.1], [0])[0]["recall"]) == (None, None)


def test_without_one_of_the_classes_there_is_no_ranking() -> None:
    found = figures([0.2, 0.4], [0, 0], 0.6)
    assert (found["auroc"], found["best_f1"], found["borderline_rate"]) == (None, None, None)
    assert found["ece"] == 0.3


def test_overall_by_file_and_baselines(tmp_path: Path) -> None:
    written(tmp_path / "irc_talk.jsonl.gz", rows())
    found = evaluate(judged(tmp_path, 2, 0, 0, 1, 2), tmp_path, CONFIG, baselines=True)
    assert found["auroc"] == 1.0
    assert isinstance(found["by_file"], dict)
    assert found["by_file"]["irc_talk.jsonl"].items() <= found.items()
    assert isinstance(found["curve"], list)
    assert {"threshold", "precision", "recall", "spoke_per_100"} == set(found["curve"][0])
    assert isinstance(found["baselines"], dict)
    assert found["baselines"]["question_mark"]["best_f1"] == 1.0
    assert "baselines" not in evaluate(judged(tmp_path, 2, 0, 0, 1, 2), tmp_path, CONFIG, baselines=False)
    json.dumps(found)


def test_the_curve_is_a_table_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    tell(False, "triage", {"turns": 4, "curve": curve([0.9, 0.2], [2, 0]), "by_file": {"a.jsonl": {"turns": 4}}})
    shown = capsys.readouterr().out
    assert "triage: curve" in shown
    assert shown.count("threshold") == 1
    assert "a.jsonl" in shown


def test_labels_and_what_comes_later_change_nothing(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("all", "early")]
    for path in paths:
        path.mkdir()
    labels = {"needs_help": True, "starts_conversation": True, "by_asker": True, "resolved": True}
    written(paths[0] / "zulip_x.jsonl", [row | labels for row in rows(thread=True)])
    written(paths[1] / "zulip_x.jsonl", rows(thread=True)[:3])
    late, early = (walked(path, "zulip_x.jsonl", 2) for path in paths)
    assert late == early
    assert [turn.text for turn in late[0].turns] == [text for _, text in TALK[:3]]


def test_a_flat_channel_stands_nearby_and_helpers_are_learned(tmp_path: Path) -> None:
    written(tmp_path / "irc_talk.jsonl", rows())
    (thread,) = walked(tmp_path, "irc_talk.jsonl", 4)
    assert [line_of(turn) for turn in thread.nearby] == [0, 1, 2, 3]
    assert thread.turns == (thread.root,)
    replies = [row for i in range(4) for row in rows((("ada", f"question {i}?"), ("bo", "try this")))]
    threaded = [row | {"thread": f"t{i // 2}", "ts": f"2024-05-01T11:{i:02d}:00Z"} for i, row in enumerate(replies)]
    written(tmp_path / "zulip_x.jsonl", threaded)
    before, after = walked(tmp_path, "zulip_x.jsonl", 5, 6)
    assert (before.helpers, after.helpers) == (frozenset(), frozenset({"bo"}))


def test_dialogs_one_after_another_are_played_as_filed(tmp_path: Path) -> None:
    dialogs = [row | {"ts": f"2024-05-{20 - i:02d}T10:00:00Z"} for i, row in enumerate(rows())]
    written(tmp_path / "gitter_manual.jsonl", dialogs)
    (thread,) = walked(tmp_path, "gitter_manual.jsonl", 4)
    times = [turn.sent_at for turn in (*thread.nearby, *thread.turns)]
    assert [line_of(turn) for turn in thread.nearby] == [0, 1, 2, 3]
    assert times == sorted(times)


def test_a_secret_is_redacted_before_it_is_read(tmp_path: Path) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    written(tmp_path / "irc_talk.jsonl", rows((("ada", f"my key {key} is refused"), ("ada", "anyone?"))))
    (thread,) = walked(tmp_path, "irc_talk.jsonl", 1)
    assert key not in thread.nearby[0].text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nonsense", "line 1: not JSON"),
        ('{"file": "irc_talk.jsonl", "line": 0}', "line 1: has no need"),
        ('{"file": "irc_talk.jsonl", "line": 0, "need": 3}', "need 0, 1 or 2"),
        ('{"file": "../irc_talk.jsonl", "line": 0, "need": 2}', "without a path"),
        ('{"file": "other.jsonl", "line": 0, "need": 2}', "no such transcript"),
        ('{"file": "irc_talk.jsonl", "line": 99, "need": 2}', "no message in line 99"),
        ("", "holds no line"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, line: str, told: str) -> None:
    written(tmp_path / "irc_talk.jsonl", rows())
    path = tmp_path / "judged.jsonl"
    path.write_text(line)
    with pytest.raises(VigilError, match=told) as caught:
        evaluate(path, tmp_path, CONFIG, baselines=False)
    assert "\n" not in str(caught.value)


def test_a_judged_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VigilError, match="cannot be read"):
        evaluate(tmp_path / "none.jsonl.gz", tmp_path, CONFIG, baselines=False)
