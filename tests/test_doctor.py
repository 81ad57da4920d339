"""The doctor against a sandbox workspace and real files: each thing that can be wrong is one line that says so."""

from __future__ import annotations

import fcntl
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import app
from bot.cli import main
from bot.config_file import load
from bot.doctor import Check, examine
from bot.doctor_store import filesystem
from bot.memory import Memory, open_memory
from bot.messages import Message, Post, Target
from bot.outcomes import Act, Outcome
from bot.sandbox import Sandbox, Workspace
from bot.supervisor import serve
from knowledge.models import Audience, Case, Kind, Status
from tests.storage.values import turn

CHANNELS = """
[channels.help]
mode = "private"
helpers = ["U0ANA", "S0ONCALL"]
helpers_channel = "helpers"
oncall = "S0ONCALL"
alert_bots = ["B0ALERT"]
"""


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small()) as box:
        yield box


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Clinic:
    """A folder with a configuration in it; `findings` examines it and gives the checks by name."""

    def __init__(self, folder: Path, box: Sandbox, channels: str = CHANNELS) -> None:
        self.store = folder / "vigil.db"
        self.path = folder / "vigil.toml"
        self.port = free_port()
        self.parts = {
            "slack": f'base_url = "{box.api_url}"\ntimeout_seconds = 5',
            "store": f'path = "{self.store}"',
            "embedding": 'model = "hashing"',
            "console": f"port = {self.port}",
        }
        self.channels = channels

    def write(self) -> Path:
        sections = "\n".join(f"[{name}]\n{body}" for name, body in self.parts.items())
        self.path.write_text(f"{sections}\n{self.channels}", encoding="utf-8")
        return self.path

    def findings(self) -> dict[str, Check]:
        found = list(examine(self.write()))
        assert all(check.say and "\n" not in check.say for check in found)
        assert not any(secret in check.say for check in found for secret in ("xoxb-sandbox", "xapp-sandbox"))
        return {check.what: check for check in found}

    def sick(self) -> dict[str, str]:
        return {what: check.say for what, check in self.findings().items() if not check.well}


@pytest.fixture
def clinic(tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-sandbox")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-sandbox")
    return Clinic(tmp_path, box)


@pytest.fixture
def memory(clinic: Clinic) -> Memory:
    return open_memory(clinic.store)


def test_a_sound_installation(clinic: Clinic) -> None:
    found = clinic.findings()
    assert clinic.sick() == {}
    assert {"configuration", "Slack", "Slack bot token", "Slack app token", "Slack scopes", "Slack events",
            "[channels.help]", "embedding model", "disk", "database", "console"} <= set(found)  # fmt: skip
    assert "#help, mode private" in found["[channels.help]"].say
    assert "message.channels" in found["Slack events"].say
    assert "not there yet" in found["database"].say
    assert not clinic.store.exists()


def test_a_sound_store(clinic: Clinic, memory: Memory) -> None:
    found = clinic.findings()
    assert clinic.sick() == {}
    assert "is sound (schema 1" in found["database"].say
    assert "0 open, 0 failed" in found["inbox"].say
    assert "it will be built from 0 live entries" in found["index"].say


def test_a_broken_configuration_ends_the_examination(clinic: Clinic) -> None:
    clinic.parts["store"] = 'paht = "x"'
    assert [check.well for check in examine(clinic.write())] == [False]


def test_missing_tokens(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.delenv("SLACK_APP_TOKEN")
    sick = clinic.sick()
    assert set(sick) == {"Slack bot token", "Slack app token"}
    assert "SLACK_BOT_TOKEN is not set" in sick["Slack bot token"]


def test_a_dead_network_is_one_line(clinic: Clinic) -> None:
    clinic.parts["slack"] = f'base_url = "http://127.0.0.1:{free_port()}/api/"'
    sick = clinic.sick()
    assert list(sick) == ["Slack"]
    assert "cannot reach" in sick["Slack"]


@pytest.mark.parametrize("address", ["nonsense", "http://[::1", "ftp://", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none(clinic: Clinic, address: str) -> None:
    clinic.parts["slack"] = f'base_url = "{address}"'
    assert list(clinic.sick()) == ["Slack"]


def test_missing_scopes(clinic: Clinic, tmp_path: Path) -> None:
    workspace = Workspace.small(scopes=Workspace.small().scopes - {"reactions:read"})
    with Sandbox(workspace) as poor:
        sick = Clinic(tmp_path, poor).sick()
    assert list(sick) == ["Slack scopes"]
    assert "reactions:read" in sick["Slack scopes"]


@pytest.mark.parametrize(
    ("section", "what", "part"),
    [
        ("[channels.nowhere]", "[channels.nowhere]", "in no channel called 'nowhere'"),
        ("[channels.random]", "[channels.random]", "/invite @vigil"),
        ("[channels.C0RANDOM]", "[channels.C0RANDOM]", "Vigil is not in #random"),
        ("[channels.C0NOWHERE]", "[channels.C0NOWHERE]", "does not exist"),
        ("[channels.help]\nhelpers_channel = 'random'", "[channels.help]", "helpers_channel 'random'"),
        ("[channels.help]\noncall = '@oncall'", "[channels.help]", "oncall '@oncall' must be a user group's id"),
        ("[channels.help]\noncall = 'S0NOBODY'", "[channels.help]", "no such user group"),
        ("[channels.help]\nhelpers = ['ana']", "[channels.help]", "helpers ana: give ids"),
        ("[channels.help]\nalert_bots = ['alerts']", "[channels.help]", "alert_bots alerts"),
        ("[channels.help]\nmode = 'private'", "[channels.help]", "mode private needs helpers_channel or helpers"),
        ("[defaults]\nhelpers_channel = 'lost'", "[defaults]", "helpers_channel 'lost'"),
    ],
)
def test_what_is_wrong_with_channels(clinic: Clinic, section: str, what: str, part: str) -> None:
    clinic.channels = section
    sick = clinic.sick()
    assert list(sick) == [what]
    assert part in sick[what]


def test_administrators_are_ids(clinic: Clinic) -> None:
    clinic.path.write_text('administrators = ["ana"]\n' + clinic.write().read_text(encoding="utf-8"), encoding="utf-8")
    assert [check.what for check in examine(clinic.path) if not check.well] == ["administrators"]


def test_a_model_that_is_not_there(clinic: Clinic, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    clinic.parts["embedding"] = f'model = "{empty}"'
    sick = clinic.sick()
    assert list(sick) == ["embedding model"]
    assert "cannot load the embedding model" in sick["embedding model"]


@pytest.mark.parametrize(
    ("bytes_", "part"),
    [(b"not a database at all" * 500, "not a Vigil database"), (b"SQLite format 3\0" + b"\7" * 9000, "")],
)
def test_a_file_that_is_no_database(clinic: Clinic, bytes_: bytes, part: str) -> None:
    clinic.store.write_bytes(bytes_)
    sick = clinic.sick()
    assert list(sick) == ["database"]
    assert part in sick["database"]


def test_a_damaged_page(clinic: Clinic, memory: Memory) -> None:
    for number in range(200):
        memory.inbox.put(turn(f"{number}.0"), f"raw-{number}", (), 0.0)
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.database.close()
    with clinic.store.open("r+b") as file:
        file.seek(clinic.store.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    assert "database" in clinic.sick()


def test_a_newer_database(clinic: Clinic, memory: Memory) -> None:
    memory.database.value("PRAGMA user_version=99")
    assert "made by a newer Vigil" in clinic.sick()["database"]


def test_a_folder_that_cannot_be_written(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    clinic.parts["store"] = f'path = "{tmp_path}/file/vigil.db"'
    assert "cannot be made" in clinic.sick()["database"]


def stored_index(clinic: Clinic, memory: Memory) -> Path:
    config = load(clinic.write())
    case = Case(Kind.SECTION, "Quota", "Quota > Raise", "Ask the desk.", Audience.everyone(), "file:quota.md#raise")
    memory.entries.put([case], Status.LIVE, "test", 1.0)
    base = app.knowledge_base(config, memory, app.embedder(config), app.cache_path(config))
    base.refresh()
    base.save_cache()
    return app.cache_path(config)


def test_an_index_that_fits(clinic: Clinic, memory: Memory) -> None:
    stored_index(clinic, memory)
    assert "fits: 1 entries, 1 passages" in clinic.findings()["index"].say


def test_a_damaged_index_is_rebuilt_and_no_fault(clinic: Clinic, memory: Memory) -> None:
    cache = stored_index(clinic, memory)
    content = bytearray(cache.read_bytes())
    content[-20] ^= 1
    cache.write_bytes(content)
    check = clinic.findings()["index"]
    assert check.well
    assert "will be rebuilt from 1 live entries" in check.say


def test_a_changed_audit_line(clinic: Clinic, memory: Memory) -> None:
    memory.audit.append(Act("U1", "approve", "entry 1", True), 1.0)
    with memory.database.transaction() as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor='U2'")
    assert "line 1 does not follow" in clinic.sick()["audit log"]


def test_events_that_wait_too_long(clinic: Clinic, memory: Memory) -> None:
    memory.inbox.put(turn("1.0"), "raw", (), time.time() - 3600)
    assert "the oldest has waited 60 min and Vigil is not running" in clinic.sick()["inbox"]


@pytest.mark.parametrize(("age", "well"), [(60.0, False), (90_000.0, True)])
def test_events_that_were_given_up(clinic: Clinic, memory: Memory, age: float, well: bool) -> None:
    now = time.time()
    memory.inbox.put(turn("1.0"), "raw", (), now - age)
    (leased,) = memory.inbox.claim("me", now, False)
    memory.inbox.retry(leased.lease, "ValueError: xoxb-sandbox is odd", 0.0, True)
    assert clinic.findings()["inbox"].well is well


def test_posts_that_were_given_up(clinic: Clinic, memory: Memory) -> None:
    post = Post("d1/answer", Target.CHANNEL, "slack:T:C", Message("hello"))
    memory.ledger.commit(Outcome(posts=(post,)), time.time())
    sending = memory.outbox.claim("me", time.time())
    assert sending is not None
    memory.outbox.failed(sending.lease, "is_archived")
    assert "0 waiting, 1 failed, the last 0 h ago: is_archived" in clinic.sick()["outbox"]


def test_a_port_in_use(clinic: Clinic) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", clinic.port))
        other.listen()
        assert "cannot be opened (Address already in use)" in clinic.sick()["console"]


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none(clinic: Clinic, port: int) -> None:
    clinic.parts["console"] = f"port = {port}"
    assert list(clinic.sick()) == ["console"]


HEALTHY = {"ok": True, "children": {"worker": {"alive": True, "silent_seconds": 1.0}}}
DEAF = {"ok": False, "children": {"worker": {"alive": True, "silent_seconds": 99.0}}}


@pytest.mark.parametrize(
    ("held", "health", "well", "part"),
    [
        (True, HEALTHY, True, "all is well"),
        (True, DEAF, False, "worker is silent or dead"),
        (False, HEALTHY, False, "used by a Vigil on another store"),
        (True, None, False, "does not answer"),
    ],
)
def test_a_running_vigil(clinic: Clinic, held: bool, health: dict[str, object] | None, well: bool, part: str) -> None:
    server = serve("127.0.0.1", clinic.port, lambda: health, lambda: "") if health else None
    lock = clinic.store.with_suffix(".lock").open("w")
    try:
        if held:
            fcntl.flock(lock, fcntl.LOCK_EX)
        check = clinic.findings()["console"]
    finally:
        lock.close()
        if server:
            server.shutdown()
            server.server_close()
    assert check.well is well
    assert part in check.say


def test_a_network_disk_is_known_by_its_mount(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
        f"30 22 0:40 / {tmp_path} rw,relatime shared:9 - nfs4 server:/export rw\n",
        encoding="utf-8",
    )
    assert (filesystem(tmp_path, table), filesystem(Path("/"), table)) == ("nfs4", "ext4")
    assert filesystem(tmp_path, tmp_path / "none") == ""


def test_the_command_prints_a_line_each_and_fails_when_something_is_wrong(clinic: Clinic) -> None:
    well = CliRunner().invoke(main, ["--config", str(clinic.write()), "doctor", "--json"])
    rows = [json.loads(line) for line in well.output.splitlines()]
    assert well.exit_code == 0
    assert all(set(row) == {"what", "ok", "say"} for row in rows)
    clinic.channels = "[channels.nowhere]"
    sick = CliRunner().invoke(main, ["--config", str(clinic.write()), "doctor"])
    assert sick.exit_code == 1
    assert [line[:4] for line in sick.output.splitlines()].count("FAIL") == 1
