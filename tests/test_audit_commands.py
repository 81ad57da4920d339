"""`vigil audit` at the command line, what else leaves a line there, and what the log can and cannot be deceived by."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import live_settings
from bot.backup import backup, restore
from bot.cli import main
from bot.cli_operator import me
from bot.config import Config, Slack, StoreSettings
from bot.memory import Memory, open_memory
from bot.outcomes import Act, Erasure, Outcome
from bot.storage import audit_anchor
from knowledge.models import Audience, Case, Kind, Status

NOW = 1_800_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(f'[store]\npath = "{tmp_path}/vigil.db"\n[embedding]\nmodel = "hashing"\n')
    memory = open_memory(tmp_path / "vigil.db")
    for number in range(4):
        memory.audit.append(Act(f"U{number}", "mute", f"thread {number}", number > 0), NOW + number)
    return tmp_path / "vigil.db"


def vigil(store: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(store.parent / "config.toml"), *words])


def lines(store: Path) -> list[tuple[str, str, str, int]]:
    return open_memory(store).database.read("SELECT actor, action, object, allowed FROM audit ORDER BY seq")  # type: ignore[return-value]


def unguarded(store: Path) -> Memory:
    memory = open_memory(store)
    for (name,) in memory.database.read("SELECT name FROM sqlite_schema WHERE type='trigger' AND tbl_name='audit'"):
        memory.database.read(f"DROP TRIGGER {name}")
    return memory


def test_a_whole_log_is_said_to_be_whole_with_its_head(store: Path) -> None:
    told = vigil(store, "audit", "verify")
    assert told.exit_code == 0
    assert told.output.startswith("4 line(s), each as it was written; the head is 4:")
    row = json.loads(vigil(store, "audit", "verify", "--json").output)
    assert (row["lines"], row["head"]) == (4, str(open_memory(store).audit.head()))


def test_a_changed_line_is_said_in_one_line_that_names_it(store: Path) -> None:
    unguarded(store).database.read("UPDATE audit SET allowed=1 WHERE seq=1")
    told = vigil(store, "audit", "verify")
    assert told.exit_code == 1
    assert told.output == "vigil: the audit log is not as it was written: line 1 is not what was written\n"


def test_a_cut_end_is_found_though_the_counter_was_set_back(store: Path) -> None:
    memory = unguarded(store)
    memory.database.read("DELETE FROM audit WHERE seq>2")
    memory.database.read("UPDATE sqlite_sequence SET seq=2 WHERE name='audit'")
    assert "line 3 is missing, with all after it" in vigil(store, "audit", "verify").output
    memory.audit.append(Act("U9", "mute", "x", True), NOW)  # what is written since does not cover it up
    memory.audit.append(Act("U9", "mute", "x", True), NOW)
    memory.audit.append(Act("U9", "mute", "x", True), NOW)
    assert "line 4 is another one than it was once known to be" in vigil(store, "audit", "verify").output


def test_without_its_anchor_the_log_is_not_said_to_be_whole(store: Path) -> None:
    audit_anchor.path_of(store).unlink()
    told = vigil(store, "audit", "verify")
    assert told.exit_code == 1
    assert "vigil.audit is missing, which says how far the log went" in told.output


def test_a_head_noted_elsewhere_tells_what_the_files_alone_do_not(store: Path) -> None:
    head = str(open_memory(store).audit.head())
    assert vigil(store, "audit", "verify", "--head", head).exit_code == 0
    memory = unguarded(store)
    memory.database.read("DELETE FROM audit WHERE seq=4")
    memory.database.read("UPDATE sqlite_sequence SET seq=3 WHERE name='audit'")
    audit_anchor.anew(store, memory.audit.head())  # whoever writes both files passes for whole
    assert vigil(store, "audit", "verify").exit_code == 0
    assert vigil(store, "audit", "verify", "--head", head).exit_code == 1
    assert vigil(store, "audit", "verify", "--head", "4").exit_code == 2


def test_the_anchor_is_its_owners_alone(store: Path) -> None:
    assert stat.S_IMODE(audit_anchor.path_of(store).stat().st_mode) == 0o600


def test_the_export_is_whole_and_says_that_it_was_made(store: Path) -> None:
    out = store.parent / "log.jsonl"
    assert vigil(store, "audit", "export", str(out)).exit_code == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]
    assert (rows[0]["actor"], rows[0]["allowed"], rows[4]["action"]) == ("U0", False, "audit export")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = vigil(store, "audit", "export", str(out))
    assert (again.exit_code, "--force" in again.output) == (1, True)
    assert len(vigil(store, "audit", "export", "-").output.splitlines()) == 7  # both tries are in it by now
    nowhere = vigil(store, "audit", "export", str(store.parent / "no" / "log"))
    assert (nowhere.exit_code, "cannot be written" in nowhere.output) == (1, True)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq=2",
        "INSERT INTO audit (at, actor, action, object, allowed, previous, hash) VALUES (1,'U','a','o',1,'','x')",
        "INSERT INTO audit (seq, at, actor, action, object, allowed, previous, hash) SELECT -5,1,'U','a','o',1,'','x'",
        "UPDATE audit SET actor='erased-1', salt='' WHERE seq=2",
        "REPLACE INTO audit (seq, at, actor, action, object, allowed, previous, hash) VALUES (4,1,'U','a','o',1,'','x')",
    ],
)
def test_the_database_takes_lines_at_the_end_only(store: Path, sql: str) -> None:
    memory = open_memory(store)
    with pytest.raises(Exception, match="append-only"):
        memory.database.read(sql)
    assert memory.audit.flaw() is None


def test_nobody_hides_behind_an_erasure(store: Path) -> None:
    memory = open_memory(store)
    number = memory.erasures.request(Erasure("person", "U1", "requested", me()), NOW)
    memory.persons.rename("U1", f"erased-{number}", NOW)
    assert memory.audit.flaw() is None
    memory = unguarded(store)
    memory.database.read("UPDATE audit SET actor='erased-1', salt='' WHERE seq=3")
    flaw = memory.audit.flaw()
    assert flaw is not None
    assert "erased-1" in flaw.what


def test_other_settings_than_the_last_time_are_noted_without_a_secret(store: Path) -> None:
    memory, config = open_memory(store), Config(slack=Slack(bot_token="xoxb-1"), store=StoreSettings(path=str(store)))
    assert live_settings.note(config, memory, NOW)
    assert not live_settings.note(config, memory, NOW)
    assert not live_settings.note(replace(config, slack=Slack(bot_token="xoxb-2")), memory, NOW)
    assert live_settings.note(replace(config, administrators=("U1",)), memory, NOW)
    noted = [row for row in lines(store) if row[1] == "settings"]
    assert [(row[0], row[2][:7]) for row in noted] == [(me(), "sha256:")] * 2


def test_erasures_are_noted_without_the_name_of_whom(store: Path) -> None:
    memory = open_memory(store)
    memory.erasures.request(Erasure("person", "U0SECRET", "requested", me()), NOW)
    memory.ledger.commit(Outcome(erased=(Erasure("turn", "slack:T:C:1.1", "deleted", "platform"),)), NOW)
    memory.ledger.commit(Outcome(erased=(Erasure("turn", "slack:T:C:1.1", "deleted", "platform"),)), NOW)
    assert lines(store)[4:] == [
        (me(), "erase: requested", "person erased-1", 1), ("platform", "erase: deleted", "slack:T:C:1.1", 1),
    ]  # fmt: skip
    assert memory.audit.flaw() is None


def test_a_restore_says_where_the_former_log_ended_and_is_whole(store: Path) -> None:
    copy = store.parent / "copy.db"
    backup(store, copy, False, lambda done, pages: None)
    memory = open_memory(store)
    memory.audit.append(Act("U9", "mute", "x", True), NOW)
    former = memory.audit.head()
    memory.database.close()
    restore(copy, store, me(), NOW, lambda done, pages: None)
    assert vigil(store, "audit", "verify").exit_code == 0
    assert lines(store)[-1][2] == f"store; the former log ended at {former}"


def case(memory: Memory, author: str) -> int:
    written = Case(Kind.CASE, "Export fails", "E7734", "Empty it.", Audience.everyone(), "t:1", authors=(author,))
    return memory.entries.put([written], Status.PROPOSED, author, NOW)[0].id


def test_whoever_speaks_for_another_is_named_and_still_wrote_what_they_wrote(store: Path) -> None:
    entry_id = str(case(open_memory(store), me()))
    refused = vigil(store, "knowledge", "approve", entry_id, "--as", "hal")
    assert (refused.exit_code, "written by you" in refused.output) == (1, True)
    other = str(case(open_memory(store), "U0KIM"))
    assert vigil(store, "knowledge", "approve", other, "--as", "U0KIM").exit_code == 1
    assert vigil(store, "knowledge", "approve", other, "--as", "hal").exit_code == 0
    assert lines(store)[4:] == [
        (me(), "speak for another", f"next line: approve entry {entry_id}", 0), ("hal", "approve", f"entry {entry_id}", 0),
        (me(), "speak for another", f"next line: approve entry {other}", 0), ("U0KIM", "approve", f"entry {other}", 0),
        (me(), "speak for another", f"next line: approve entry {other}", 1), ("hal", "approve", f"entry {other}", 1),
    ]  # fmt: skip


def test_the_environment_does_not_say_who_is_at_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    before = me()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "kim")
    assert me() == before
