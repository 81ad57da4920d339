"""What Vigil cannot start with is said in one line with the right exit code, and nothing is changed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.memory import open_memory
from bot.sandbox import Sandbox, Workspace
from tests.processes import Processes


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small()) as found:
        yield found


@pytest.fixture
def vigil(box: Sandbox, tmp_path: Path) -> Iterator[Processes]:
    found = Processes(box, tmp_path)
    yield found
    found.stop()


def refused(vigil: Processes, *arguments: str) -> str:
    """The one line that a failing command leaves on standard error; exit code 1 and no output."""
    done = vigil.command(*(arguments or ("run",)))
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert (done.returncode, done.stdout, len(said)) == (1, "", 1), (done.returncode, done.stdout, done.stderr)
    assert said[0].startswith("vigil: ")
    return said[0]


def store(vigil: Processes) -> Path:
    return vigil.folder / "vigil.db"


@pytest.mark.parametrize(
    ("text", "piece"),
    [("[slack\n", "not valid TOML"), ("[slak]\n", "slak"), ("[defaults]\nmode = 'loud'\n", "mode")],
)
def test_a_broken_configuration_is_named(vigil: Processes, text: str, piece: str) -> None:
    vigil.config.write_text(text)
    assert piece in refused(vigil)
    assert not store(vigil).exists()


def test_a_triage_model_that_is_not_there_is_named(vigil: Processes) -> None:
    text = vigil.config.read_text()
    vigil.config.write_text(f"{text}\n[triage]\nmodel = 'none.json'\n")
    said = refused(vigil)
    assert "[triage] model: none.json cannot be read" in said
    assert "run vigil train again" in said
    assert not store(vigil).exists()


def test_a_missing_configuration_is_named(vigil: Processes) -> None:
    vigil.config.unlink()
    assert "no such file" in refused(vigil)


def test_a_newer_database_is_left_alone(vigil: Processes) -> None:
    newer = open_memory(store(vigil)).database
    newer.connection().execute("PRAGMA user_version=9999")
    newer.close()
    before = store(vigil).read_bytes()
    assert "newer Vigil" in refused(vigil)
    assert store(vigil).read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(vigil: Processes) -> None:
    store(vigil).write_bytes(b"dear diary, " * 500)
    assert "not a Vigil database" in refused(vigil)
    assert store(vigil).read_bytes() == b"dear diary, " * 500


def test_a_database_with_a_torn_middle_is_named(vigil: Processes) -> None:
    memory = open_memory(store(vigil))
    memory.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.database.close()
    whole = bytearray(store(vigil).read_bytes())
    whole[4096 : len(whole) // 2] = b"\xff" * (len(whole) // 2 - 4096)
    store(vigil).write_bytes(bytes(whole))
    assert "vigil.db" in refused(vigil, "decisions")


def test_a_folder_instead_of_a_database_is_named(vigil: Processes) -> None:
    store(vigil).mkdir()
    assert "vigil.db" in refused(vigil)


def test_a_taken_port_is_named(vigil: Processes) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", vigil.console))
        taken.listen()
        assert "[console] port" in refused(vigil)


@pytest.mark.parametrize(
    ("tokens", "piece"), [(("", "xapp-sandbox"), "BOT_TOKEN"), (("xoxb-sandbox", ""), "APP_TOKEN")]
)
def test_a_missing_token_is_named(vigil: Processes, tokens: tuple[str, str], piece: str) -> None:
    vigil.tokens = tokens
    assert piece in refused(vigil)


@pytest.mark.parametrize("tokens", [("xoxb-wrong", "xapp-sandbox"), ("xoxb-sandbox", "xapp-wrong")])
def test_a_wrong_token_ends_it_with_the_reason(vigil: Processes, tokens: tuple[str, str]) -> None:
    vigil.tokens = tokens
    done = vigil.command("run")
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert done.returncode == 1
    assert any("invalid_auth" in line for line in said), done.stderr
    assert said[-1].startswith("vigil: the slack cannot work"), done.stderr


def test_a_second_vigil_on_the_same_store_is_refused(vigil: Processes) -> None:
    vigil.start()
    vigil.until(vigil.healthy, "a healthy start")
    assert "another Vigil" in refused(vigil)
    assert vigil.healthy()
    assert vigil.stop() == 0


@pytest.mark.parametrize("damage", [b"", b"\x00" * 64, b"garbage" * 1000])
def test_a_damaged_index_is_made_anew(vigil: Processes, damage: bytes) -> None:
    vigil.teach()
    index = vigil.folder / "vigil.index"
    assert index.exists()
    index.write_bytes(damage)
    found = vigil.command("search", "upload limit error 413", "--json")
    assert (found.returncode, "Upload" in found.stdout) == (0, True), found.stderr
