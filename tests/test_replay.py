"""A recording is played through the real corridor on a simulated clock, and what came of it is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.config import Config, Embedding, Rules
from bot.evaluation import replay
from bot.findings import Found
from bot.findings_advice import study
from bot.models import Action
from bot.platforms.transcript_rows import TranscriptError
from bot.replay_world import OwnTime, SimulatedClock
from bot.report import as_text
from bot.report_page import write_html
from tests.platforms.test_transcript import row, written

PROMISED = ["turns", "spoke_per_100", "suggestions", "cited", "holds", "holds_cancelled", "follow_ups", "cases",
            "messages_per_second", "stages"]  # fmt: skip
QUESTION = "How do I raise the upload limit? The upload of a large file fails with error 413 every time."
GUIDE = """# Uploads

## Upload limit

If the upload of a large file fails with error 413, raise the upload limit: set `max_upload_mb` to 4096 in the
gateway's settings and restart the gateway.

## Colours

The theme's colours are set in `theme.css`.
"""
SETTINGS = Config(
    embedding=Embedding(model="hashing"), defaults=Rules(mode="public", threshold=0.3, evidence=0.05, hold_minutes=5)
)


def played(
    folder: Path, *rows: Any, name: str = "zulip_demo.jsonl", guide: str = "", keep: Path | None = None
) -> Found:
    """What a replay of these rows finds, with a guide as its knowledge."""
    paths: list[Path] = []
    if guide:
        (folder / "guide.md").write_text(guide)
        paths.append(folder / "guide.md")
    return replay(written(folder / name, *rows), paths, SETTINGS, keep)


def talk(*lines: tuple[float, str, str], thread: str = "t1") -> list[dict[str, Any]]:
    """Rows of one thread: (minute, who, text)."""
    return [row(who, text, minute, thread=thread) for minute, who, text in lines]


def test_a_question_nobody_answers_gets_a_cited_suggestion_after_the_hold(tmp_path: Path) -> None:
    found = played(tmp_path, *talk((0, "amy", QUESTION)), guide=GUIDE)
    suggestion = found.suggestions()[0]
    assert suggestion["action"] == Action.DRAFT  # whatever the configuration says, a replay is in shadow
    assert suggestion["suggestion"]["hits"][0]["title"] == "Uploads"
    assert "max_upload_mb" in suggestion["suggestion"]["text"]
    assert suggestion["at"] - found.turns[0].sent_at == pytest.approx(5 * 60)
    assert found.figures()["first_response"]["vigil_earlier_share"] == 1.0


def test_a_human_answer_cancels_the_hold(tmp_path: Path) -> None:
    rows = talk((0, "amy", QUESTION), (2, "bob", "Set max_upload_mb to 4096 in the gateway and restart it."))
    figures = played(tmp_path, *rows, guide=GUIDE).figures()
    assert (figures["holds"], figures["holds_cancelled"], figures["suggestions"]) == (1, 1, 0)


def test_a_stale_thread_is_followed_up_in_business_hours_and_a_resolved_one_learned_from(tmp_path: Path) -> None:
    stale = talk((0, "amy", QUESTION), (2, "bob", "Which version of the gateway do you run there?"))
    done = talk(
        (5, "cleo", "The nightly export fails with timeout errors, how do I fix that?"),
        (6, "bob", "Raise export_timeout to 900 seconds in the scheduler and start the export again."),
        (9, "cleo", "Thanks, that fixed it!"),
        thread="t2",
    )
    found = played(tmp_path, *stale, *done)
    followed = [record for record in found.records if record["kind"] == "follow_up"]
    assert [record["thread_id"] for record in followed] == [found.turns[0].id]
    assert 9 * 3600 <= followed[0]["at"] % 86400 <= 18 * 3600
    assert found.cases == 1


def test_resolved_marks_are_played_when_they_came_and_what_was_learned_is_counted(tmp_path: Path) -> None:
    answer = "Raise export_timeout to 900 seconds in the scheduler and start the export again."
    first = talk((0, "cleo", "The nightly export fails with timeout errors, how do I fix that?"), (6, "bob", answer))
    again = talk((800, "amy", "The nightly export fails with timeout errors, how do I fix that?"),
                 (806, "bob", answer), thread="t2")  # fmt: skip
    empty = talk((30, "dan", QUESTION), (33, "bob", "Which version of the gateway do you run there?"), thread="t3")
    other = talk((40, "eve", QUESTION), thread="t4")
    at = "2024-03-09T09:00:00Z"
    marks = [{"thread": "t1", "resolved_at": "2024-03-05T10:20:00Z", "resolved_by": "asker"},
             {"thread": "t2", "resolved_at": at, "resolved_by": "other"}, {"thread": "t3", "resolved_at": at},
             {"thread": "t4", "resolved_at": None}, {"thread": "elsewhere", "resolved_at": at}]  # fmt: skip
    written(tmp_path / "zulip_demo.threads.jsonl", *marks)
    path = written(tmp_path / "zulip_demo.jsonl", *first, *empty, *other, *again)
    found = replay(path, [], SETTINGS, approve=True)
    refused = {"only questions back": 1}
    assert found.learning == {"proposed": 1, "merged": 1, "superseded": 0, "refused": refused}
    assert study(found).figures()["learning"] == found.learning
    assert "1  … only questions back" in as_text(study(found))


def test_marks_that_cannot_be_read_stop_the_replay(tmp_path: Path) -> None:
    path = written(tmp_path / "zulip_demo.jsonl", *talk((0, "amy", QUESTION)))
    for bad in ('{"thread": "t1", "resolved_at": "soon"}', "[1]", "{"):
        written(tmp_path / "zulip_demo.threads.jsonl", bad)
        with pytest.raises(TranscriptError, match=r"threads\.jsonl: line 1 cannot be used"):
            replay(path, [], SETTINGS)


def test_the_figures_come_under_the_promised_names_in_order(tmp_path: Path) -> None:
    chatter = [row("amy", f"nice weather today {n}", n, thread="t") for n in range(30)]
    figures = study(played(tmp_path, *chatter, row("bot", "build 7 passed", 31, thread="b", bot=True))).figures()
    assert list(figures)[: len(PROMISED)] == PROMISED
    assert (figures["turns"], figures["messages"], figures["failed"]) == (30, 31, 0)
    assert {"inbox", "triage", "load", "commit", "embedding"} <= set(figures["stages"])
    assert json.loads(json.dumps(figures)) == figures


def test_naughty_and_huge_texts_are_played_without_a_failure(tmp_path: Path) -> None:
    texts = ["a\ud800b", "\x00", "?" * 40_000, "قف", "为什么数据库连不上？", "<script>", "' OR 1=1 --", "{0}%s"]
    found = played(tmp_path, *(row("amy", text, n, thread=f"t{n}") for n, text in enumerate(texts)))
    assert (found.figures()["turns"], found.figures()["failed"]) == (len(texts), 0)


def test_a_flat_channel_has_no_first_response(tmp_path: Path) -> None:
    found = played(tmp_path, row("amy", QUESTION), row("bob", "amy: raise it", 1), name="irc_demo.jsonl")
    assert found.figures()["first_response"] is None


def test_the_same_recording_is_decided_the_same_way_twice(tmp_path: Path) -> None:
    rows = talk((0, "amy", QUESTION), (90, "amy", "Still fails with error 413, any idea?"))
    first, second = (played(tmp_path, *rows, guide=GUIDE) for _ in range(2))
    assert first.records == second.records


def test_kept_decisions_hold_no_word_of_the_recording(tmp_path: Path) -> None:
    answer = "Set the zebrafish flag in the gateway's settings and restart the gateway."
    rows = [
        *talk((0, "amy", QUESTION), (2, "bob", answer), (9, "amy", "That worked, thank you!")),
        *talk((200, "cleo", "The upload fails with error 413 here too, how do I raise the upload limit?"), thread="t2"),
    ]
    played(tmp_path, *rows, keep=tmp_path / "kept.jsonl", guide=GUIDE)
    kept = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert {line["turn_id"].rsplit(":", 1)[1] for line in kept} == {"0", "1", "2", "3"}
    assert any(line["sources"] for line in kept)
    text = (tmp_path / "kept.jsonl").read_text()
    assert "zebrafish" not in text
    assert "raise the upload limit" not in text


def test_the_report_stands_alone(tmp_path: Path) -> None:
    found = played(tmp_path, *talk((0, "amy", QUESTION), (30, "bob", "Raise the limit.")), guide=GUIDE)
    studied = study(found)
    write_html(studied, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 4
    assert "http://" not in page
    assert "https://" not in page
    assert QUESTION not in page
    assert "suggestions per 100" in as_text(studied)
    for part in ("Recommendation", "Noise:", "Hold:", "too little history"):
        assert part in page, part
        assert part in as_text(studied), part


def test_the_command_prints_one_object_last_and_leaves_the_store_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[embedding]\nmodel = "hashing"\n[store]\npath = "{tmp_path}/data/vigil.db"\n')
    path = written(tmp_path / "zulip_demo.jsonl", *talk((0, "amy", QUESTION)), "{bad")
    ran = CliRunner().invoke(main, ["--config", str(config), "replay", str(path), "--json"])
    assert ran.exit_code == 0, ran.output
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert figures["skipped"] == 1
    assert [row["minutes"] for row in figures["hold"]["choices"]] == [0, 2, 5, 15]
    assert figures["noise"]["thresholds"][0]["threshold"] == 0.3
    assert figures["recommendation"]["threshold"] is None
    assert "skipped line 2: not JSON" in ran.stderr
    assert not (tmp_path / "data").exists()


def test_a_file_that_cannot_be_played_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    ran = CliRunner().invoke(main, ["replay", str(tmp_path / "empty.jsonl")])
    assert ran.exit_code == 1
    assert ran.stderr.count("\n") == 1
    with pytest.raises(TranscriptError):
        replay(tmp_path / "empty.jsonl", (), SETTINGS)


def test_time_is_booked_once_and_the_clock_never_runs_back() -> None:
    stages, clock = OwnTime(), SimulatedClock(5.0)
    with stages("outer"), stages("inner"):
        total = sum(range(20_000))
    assert total
    assert stages.seconds["inner"] > stages.seconds["outer"]
    clock.move_to(3.0)
    assert clock() == 5.0
