"""The key appears nowhere: not in errors, their chains and representations, not in logs at any level, not in what commands print."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import app
from bot.cli import main
from bot.config import LLM, Config
from bot.config_file import ConfigError, load
from bot.llm.base import Speechless
from bot.llm.claude import Claude
from bot.models import VigilError
from bot.sandbox import Fault, Refuses, Sandbox
from bot.supervisor import child_command
from tests.llm.asks import KEY, Time, ask, claude
from tests.llm.test_claude import FAILURES
from tests.tree import ROOT

WORDS = "exit code 137"


@pytest.fixture
def everything(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Every log of every library, at its lowest level, on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield capfd
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    "fault", [fault for fault, _, _ in FAILURES] + [Refuses(401, KEY, f"invalid key {KEY}")], ids=lambda f: str(f)[:40]
)
def test_no_failure_tells_the_key_or_what_people_said(
    box: Sandbox, fault: Fault, everything: pytest.CaptureFixture[str]
) -> None:
    box.faults.next("messages", fault, times=9)
    voice = claude(box, Time())
    with pytest.raises(Speechless) as caught:
        voice.ask(ask())
    told = (
        "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.call) + repr(voice)
    )
    logged = "".join(everything.readouterr())
    spoken = str(caught.value) + repr(caught.value.call) + logged
    assert [what for what, where in ((KEY, told + logged), (WORDS, spoken)) if what in where] == []
    assert box.llm.requests[0].key == KEY, "it was sent"


def test_not_even_where_the_sdk_is_told_to_debug(box: Sandbox) -> None:
    code = (
        "from tests.llm.asks import *\n"
        f"v = Claude(LLM(enabled=True, base_url={box.url!r}, api_key=KEY))\n"
        "print(v.ask(ask()).value.enough)\n"
    )
    env = {
        **os.environ,
        "ANTHROPIC_LOG": "debug",
        "PYTHONPATH": str(ROOT),
        "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": "content",
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True, cwd=ROOT)
    assert done.stdout == "True\n"
    assert KEY not in done.stderr
    assert WORDS not in done.stderr


@pytest.mark.parametrize("spoilt", [f"{KEY}\nX-Other: 1", f"{KEY} x", f"{KEY}\u2013", f"{KEY}\x00", f"\u200b{KEY}"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(spoilt: str) -> None:
    config = Config(llm=LLM(enabled=True, api_key=spoilt))
    with pytest.raises(VigilError, match="copy it again") as caught:
        app.voice(config)
    assert KEY not in str(caught.value)
    voice = Claude(LLM(enabled=True, api_key=spoilt, base_url="http://127.0.0.1:1", retries=0))
    with pytest.raises(Speechless) as late:
        voice.ask(ask())
    assert KEY not in "".join(traceback.format_exception(late.value))


def test_it_is_read_from_the_environment_or_a_file_and_shown_in_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    path = tmp_path / "config.toml"
    path.write_text('[llm]\nenabled = true\napi_key_file = "key"\n', encoding="utf-8")
    assert load(path, {}).llm.api_key == KEY
    assert load(path, {"ANTHROPIC_API_KEY": "other"}).llm.api_key == "other"
    assert KEY not in repr(load(path, {}))
    path.write_text(f'[llm]\napi_key = "{KEY}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="put secrets in the environment") as caught:
        load(path, {})
    assert KEY not in str(caught.value)
    path.write_text(f'[llm]\nbase_url = "https://me:{KEY}@gateway.example"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="no name or password") as caught:
        load(path, {})
    assert KEY not in str(caught.value)


def test_no_voice_without_being_asked_for_one_and_a_clear_line_without_a_key() -> None:
    assert app.voice(Config()) is None
    assert app.voice(Config(llm=LLM(api_key=KEY))) is None
    with pytest.raises(VigilError, match="ANTHROPIC_API_KEY"):
        app.voice(Config(llm=LLM(enabled=True)))
    assert app.speaks(Config(llm=LLM(enabled=True, base_url="http://127.0.0.1:8080")))


def test_a_start_without_a_key_ends_with_one_line(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-sandbox")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-sandbox")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    path = tmp_path / "config.toml"
    store = f'[store]\npath = "{tmp_path}/vigil.db"'
    path.write_text(f'{store}\n[slack]\nbase_url = "{box.api_url}"\n[llm]\nenabled = true\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["--config", str(path), "run"])
    assert done.exit_code in (1, 3)
    assert "ANTHROPIC_API_KEY" in done.output
    assert not (tmp_path / "vigil.db").exists()


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ('base_url = "localhost:8080"', "an address such as"),
        ('base_url = "ftp://x"', "an address such as"),
        ('base_url = "http://"', "an address such as"),
        ('base_url = "http://[::1"', "an address such as"),
        ('base_url = "http://x:99999"', "an address such as"),
        ('base_url = "http://x/?a=1"', "an address such as"),
        ('base_url = "http://127.0.0.1:8080/v1"', "must end before /v1"),
        ('effort = "maximal"', "effort must be empty or one of"),
        ("thinking_tokens = -1", "thinking_tokens 0 or more"),
        ("enabled = true\ntimeout_seconds = 60.0", "less than half of [console] stuck_seconds"),
    ],
)
def test_settings_that_cannot_work_are_told_in_one_line(tmp_path: Path, line: str, part: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[llm]\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_command_line_of_a_child_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    assert KEY not in str(child_command("config.toml", "_work", "--wake-fd", "3"))
