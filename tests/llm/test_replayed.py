"""A replay with a language model says what it was asked, and what a thousand messages would cost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config import LLM, Config
from bot.evaluation_llm import Notes, figures, spoken, warning
from bot.findings_advice import study
from bot.llm.base import Ask, Call, Data, Prompt, Task
from bot.report import as_text, asked_lines
from tests.platforms.test_transcript import written
from tests.test_replay import GUIDE, QUESTION, played, talk

JUDGED = Call(Task.JUDGE, "small", "judge-1", 80, 10, 5, 5, 0.5, 0.002)
COMPOSED = Call(Task.COMPOSE, "large", "compose-1", 1000, 0, 0, 200, 3.0, 0.05)
REFUSED = Call(Task.COMPOSE, "large", "compose-1", failure="budget")
LATE = Call(Task.JUDGE, "small", "judge-1", 100, failure="timeout")


@dataclass(frozen=True, slots=True)
class Word:
    """What the tests ask for."""

    said: str
    parts: tuple[str, ...]
    sure: bool


def asking() -> Ask[Word]:
    return Ask(Task.COMPOSE, Prompt("compose-1", "Say it."), (Data("thread", "it fails"),), Word, "transcript:C1")


def test_what_calls_come_to_a_message_a_question_and_a_task() -> None:
    found = figures([JUDGED, COMPOSED, JUDGED, LATE, REFUSED], messages=40, questions=5)
    assert (found["calls"], found["calls_per_message"], found["cost"]) == (4, 0.1, 0.054)
    assert found["calls_by_task"] == {"judge": 3, "compose": 1}
    assert found["tokens_per_1000_messages"] == {"compose": 30_000, "judge": 7_500}
    assert found["failures"] == {"timeout": 1, "budget": 1}
    assert (found["calls_per_question"], found["tokens_per_question"]) == (0.8, {"compose": 240, "judge": 60})
    assert found["tokens"] == {"read": 1260, "cached": 20, "kept": 10, "written": 210}


def test_a_recording_in_which_nobody_spoke_or_nothing_was_asked() -> None:
    found = figures([], messages=0, questions=0)
    assert (found["calls"], found["calls_per_message"], found["tokens_per_1000_messages"]) == (0, 0.0, {})
    assert asked_lines(found) == ["0 calls, 0 a message"]


def test_the_report_has_it_in_words() -> None:
    assert asked_lines(figures([JUDGED, COMPOSED, LATE], 10, 1)) == [
        "3 calls, 0.3 a message: judge 2, compose 1",
        "Tokens for 1,000 messages: compose 120,000, judge 20,000",
        "Cost by the prices that are set: 0.0520",
        "Without an answer: timeout 1",
    ]


def test_what_is_scripted_has_no_budget_and_what_it_was_asked_is_noted() -> None:
    settings = LLM(tokens_per_day=1, channel_tokens_per_day=1, prices={"claude-sonnet-5-5": (2.0, 0.2, 2.5, 10.0)})
    asked = spoken("scripted", Config(llm=settings))
    for _ in range(3):
        asked.voice.ask(asking())
    assert [(call.task, call.failure) for call in asked.notes.calls] == [(Task.COMPOSE, "")] * 3
    assert all(call.cost > 0 and call.read > 0 for call in asked.notes.calls)


def test_the_notes_tell_what_was_spent_like_any_book() -> None:
    notes = Notes()
    notes.add(JUDGED, "a", 1.0)
    notes.add(COMPOSED, "b", 2.0)
    assert notes.spent(0.0) == (1300, pytest.approx(0.052))
    assert (notes.spent(2.0), notes.spent(0.0, "a")) == ((1200, 0.05), (100, 0.002))
    assert notes.spent(0.0, None, 2.0) == (100, 0.002)


def vigil(folder: Path, *words: str) -> Result:
    (folder / "config.toml").write_text(
        '[embedding]\nmodel = "hashing"\n[defaults]\nthreshold = 0.3\nevidence = 0.05\n'
    )
    (folder / "guide.md").write_text(GUIDE)
    recording = written(folder / "zulip_demo.jsonl", *talk((0, "amy", QUESTION), (30, "kim", "Try a smaller file.")))
    line = ["--config", str(folder / "config.toml"), "replay", str(recording), "--knowledge", str(folder / "guide.md")]
    return CliRunner().invoke(main, [*line, *words])


def test_the_command_asks_the_scripted_rules_and_says_so(tmp_path: Path) -> None:
    done = vigil(tmp_path, "--llm", "scripted", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert {"calls", "calls_per_message", "tokens_per_1000_messages", "calls_by_task", "failures", "cost"} <= told[
        "llm"
    ].keys()
    assert told["llm"]["calls"] == sum(told["llm"]["calls_by_task"].values())
    assert told["llm"]["calls_per_message"] == pytest.approx(told["llm"]["calls"] / told["turns"])
    assert "Language model" in vigil(tmp_path, "--llm", "scripted").stdout


def test_without_the_option_nothing_is_asked_and_nothing_said(tmp_path: Path) -> None:
    found = played(tmp_path, *talk((0, "amy", QUESTION)), guide=GUIDE)
    assert "llm" not in found.figures()
    assert "Language model" not in as_text(study(found))


def test_a_model_that_is_not_configured_is_said_in_one_line(tmp_path: Path) -> None:
    done = vigil(tmp_path, "--llm", "configured")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert "[llm] enabled" in done.stderr


def test_it_is_said_what_leaves_this_machine_and_what_it_costs_at_most() -> None:
    said = warning(LLM(model="claude-sonnet-5-5", cost_per_day=3.0))
    assert "go to Anthropic (claude-sonnet-5-5); at most 2,000,000 tokens and 3.00 in money" in said
    assert "http://127.0.0.1:9000" in warning(LLM(base_url="http://127.0.0.1:9000", tokens_per_day=0))
    assert "any number of tokens" in warning(LLM(tokens_per_day=0))
