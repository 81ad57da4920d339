"""Vigil's own tokens reach whoever needs them and nobody else: no log, page, argument, backup or error shows one."""

from __future__ import annotations

import os
import stat
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bot.backup import backup
from bot.config_file import ConfigError, load
from bot.live_log import Cleaner
from bot.memory import open_memory
from bot.sandbox import Sandbox, Workspace
from bot.store import take
from knowledge import private
from tests.processes import QUESTION, Processes

# None of them has a form that a rule of redaction knows: what keeps them in is that nobody lets them out.
BOT, APP, KEY = "xoxb-canary-bot-token", "xapp-canary-app-token", "canary-key-of-a-gateway"
CANARIES = (BOT, APP, KEY)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(bot_token=BOT, app_token=APP)) as found:
        yield found


@pytest.fixture
def vigil(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    former = os.umask(0)  # the most careless there is: who starts Vigil may have it
    found = Processes(box, tmp_path)
    found.tokens = (BOT, APP)
    try:
        yield found
    finally:
        found.stop()
        os.umask(former)


def test_nothing_that_a_running_vigil_makes_or_shows_holds_a_token(vigil: Processes) -> None:
    vigil.teach()
    vigil.start()
    vigil.until(vigil.healthy, "a healthy start")
    vigil.box.say("help", "ben", QUESTION.format("c"))
    vigil.box.wait_for(lambda box: vigil.own("help"))
    shown = {page: fetched(vigil, page) for page in ("healthz", "metrics")}
    for part in ("supervisor", "listener", "worker"):
        shown[f"arguments of the {part}"] = Path(f"/proc/{vigil.pid(part)}/cmdline").read_bytes()
    held = {part: Path(f"/proc/{vigil.pid(part)}/environ").read_bytes() for part in ("listener", "worker")}
    for line in (
        "doctor",
        "stats --json",
        "decisions --json",
        "search upload --json",
        f"backup {vigil.folder}/saved.db",
    ):
        done = vigil.command(*line.split())
        shown[line] = (done.stdout + done.stderr).encode()
    assert vigil.stop() == 0
    shown |= {str(path): path.read_bytes() for path in vigil.folder.rglob("*") if path.is_file()}
    assert [where for where, data in shown.items() if any(canary.encode() in data for canary in CANARIES)] == []
    assert b"upload" in shown["search upload --json"].lower(), "the commands did work"
    assert (KEY.encode() in held["listener"], APP.encode() in held["worker"]) == (False, False)
    assert open_to_others(vigil.folder, besides={"config.toml", "vigil.log", "uploads.md", "orders"}) == []


def fetched(vigil: Processes, page: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{vigil.console}/{page}", timeout=5) as answer:
        found: bytes = answer.read()
    return found


def open_to_others(folder: Path, besides: set[str]) -> list[str]:
    """Files and folders below that group or others may look into; the test itself has made `besides`."""
    return [
        f"{path.name} {stat.filemode(path.stat().st_mode)}"
        for path in folder.rglob("*")
        if path.name not in besides and path.stat().st_mode & 0o077
    ]


@pytest.mark.parametrize("wrong", [(f"{BOT}-revoked", APP), (BOT, f"{APP}-revoked"), (f"{BOT}\nX-Evil: 1", APP)])
def test_a_refused_token_is_not_repeated(vigil: Processes, wrong: tuple[str, str]) -> None:
    vigil.tokens = wrong
    for command in ("run", "doctor"):
        done = vigil.command(command)
        assert done.returncode != 0
        assert "canary" not in done.stdout + done.stderr


def token_file(folder: Path, mode: int, text: str = f"{BOT}\n") -> Path:
    path = folder / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_token_comes_from_the_file_that_the_environment_names(tmp_path: Path) -> None:
    path = token_file(tmp_path, 0o600)
    for name, read in NAMED.items():
        assert read({f"{name}_FILE": str(path)}) == BOT
        assert read({f"{name}_FILE": str(path), name: "goes-first"}) == "goes-first"


NAMED: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "SLACK_BOT_TOKEN": lambda env: load(None, env).slack.bot_token,
    "SLACK_APP_TOKEN": lambda env: load(None, env).slack.app_token,
    "ANTHROPIC_API_KEY": lambda env: load(None, env).llm.api_key,
}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_token_file_that_others_may_read_is_refused_in_one_line(tmp_path: Path, mode: int) -> None:
    path = token_file(tmp_path, mode)
    with pytest.raises(ConfigError, match=rf"others may read it \(mode {mode:o}\); do: chmod 600 ") as refused:
        load(None, {"SLACK_BOT_TOKEN_FILE": str(path)})
    assert "\n" not in str(refused.value)
    assert BOT not in str(refused.value)


@pytest.mark.parametrize("text", ["", "two words", "a\nb", "a" * 5000, "schl\u00fcssel"])
def test_a_token_file_that_holds_no_token_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="token") as refused:
        load(None, {"SLACK_BOT_TOKEN_FILE": str(token_file(tmp_path, 0o600, text))})
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    "line", ["bot_token_file = '{}'", "bot_token_file = ['{}']", "bot_token = '{}'", "base_url = ['{}']"]
)
def test_a_token_at_the_wrong_place_is_not_repeated(tmp_path: Path, line: str) -> None:
    token = "xoxb-" + "2345678901-2345678901234-" + "aB3dE5fG7hJ9kL1mN3pQ5rS7"
    (tmp_path / "config.toml").write_text(f"[slack]\n{line.format(token)}\n")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "config.toml", {})
    assert token not in str(refused.value)


def test_the_log_blots_out_tokens_of_any_form() -> None:
    event = Cleaner((KEY, "")).event(None, "error", {"event": f"said {KEY}", "error": f"Bearer{KEY}"})
    assert event == {"event": "said [secret:token]", "error": "Bearer[secret:token]"}


def test_what_is_stored_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        store = tmp_path / "a/b/vigil.db"
        memory = open_memory(store)
        memory.runs.beat("worker", 1.0)
        lock = take(store)
        backup(store, tmp_path / "a/saved.db", False, lambda *_: None)
        private.make(tmp_path / "a/c")
        assert open_to_others(tmp_path, set()) == []
        assert {path.name for path in store.parent.iterdir()} >= {
            "vigil.db",
            "vigil.db-wal",
            "vigil.db-shm",
            "vigil.lock",
        }
        lock.close()
    finally:
        os.umask(former)
