"""The configuration file: the example says what the code says, and every mistake is one line that names its place."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path

import pytest

from bot.config import DRAFT_THRESHOLD, POST_THRESHOLD, Config, Rules, Slack
from bot.config_file import ConfigError, load, parse
from tests.tree import sources

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
TOKENS = {"bot_token", "app_token", "app_secret", "api_key"}


def test_the_example_is_the_defaults() -> None:
    assert parse(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")), EXAMPLE.name) == Config()


def expected_keys() -> set[str]:
    """`section.key` of everything that can be set, top-level keys bare."""
    keys: set[str] = set()
    for section in fields(Config):
        value = getattr(Config(), section.name)
        if is_dataclass(value):
            keys |= {f"{section.name}.{f.name}" for f in fields(value) if f.name not in TOKENS}
        elif section.name != "channels":
            keys.add(section.name)
    return keys


def example_lines() -> dict[str, str]:
    """The line above each key of the example, by `section.key`."""
    above, section, found = "", "", {}
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]") + "."
        elif line and not line.startswith("#"):
            found[section + line.split("=")[0].strip()] = above
        above = line
    return found


def test_the_example_names_every_setting() -> None:
    assert set(example_lines()) == expected_keys()


def test_the_example_names_the_threshold_of_each_mode() -> None:
    above = example_lines()["defaults.threshold"]
    assert f"{DRAFT_THRESHOLD:g}, in public mode {POST_THRESHOLD:g}" in above


def test_only_the_configuration_reads_the_threshold_as_it_is_set() -> None:
    """Everybody else asks `speaks_at`: the bare one is 0 where the mode's own holds."""
    bare = [
        f"{module}:{node.lineno}"
        for module, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("rules.threshold")
    ]
    assert bare == []


def test_every_key_of_the_example_is_explained_in_one_line_above_it() -> None:
    assert [key for key, above in example_lines().items() if not above.startswith("# ") or len(above) > 120] == []


def test_the_commented_channel_section_of_the_example_is_valid() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    start = text.index("# [channels.help-cloud]")
    section = "\n".join(line.removeprefix("# ") for line in text[start:].splitlines())
    channels = parse(tomllib.loads(section)).channels
    assert list(channels) == ["help-cloud"]
    assert channels["help-cloud"] != Rules()


BROKEN = {
    "a day that is none": ('[knowledge]\ngaps_day = "monday"', ["gaps_day", "mon, tue"]),
    "invalid TOML": ("mode = ]", ["not valid TOML", "line 1"]),
    "unknown section": ("[slak]\nenabled = true", ["unknown key 'slak'", "slack"]),
    "unknown top-level key": ("loglevel = 'info'", ["unknown key 'loglevel'", "log_level"]),
    "unknown key": ("[store]\npaht = 'x'", ["[store]", "unknown key 'paht'", "path"]),
    "unknown key of a channel": (
        "[channels.help]\nthreshhold = 0.5",
        ["[channels.help]", "unknown key 'threshhold'", "threshold"],
    ),
    "section that is a value": ("store = 'data'", ["[store]", "must be a table"]),
    "channel that is a value": ("[channels]\nhelp = 'public'", ["[channels.help]", "must be a table"]),
    "text for a number": ("[defaults]\nthreshold = 'high'", ["[defaults]", "threshold", "a number", "'high'"]),
    "number for a text": ("[store]\npath = 5", ["[store]", "path", "a string", "5"]),
    "truth for a number": ("[console]\nport = true", ["[console]", "port", "True"]),
    "number for a truth": ("[slack]\nenabled = 1", ["[slack]", "enabled", "1"]),
    "fraction for a whole number": ("[console]\nport = 80.5", ["[console]", "port", "80.5"]),
    "text for a list": ("[defaults]\nhelpers = 'U1'", ["[defaults]", "helpers", "a list of strings"]),
    "list of numbers": ("administrators = [1, 2]", ["administrators", "a list of strings"]),
    "mode": ("[defaults]\nmode = 'loud'", ["[defaults]", "mode", "shadow, private, public", "'loud'"]),
    "mode of a channel": ("[channels.help]\nmode = 'Public'", ["help", "mode", "'Public'"]),
    "language": ("[defaults]\nlanguage = 'fr'", ["[defaults]", "language", "en, zh or auto"]),
    "threshold": ("[defaults]\nthreshold = 1.5", ["[defaults]", "threshold", "between 0 and 1"]),
    "evidence": ("[channels.help]\nevidence = -0.1", ["help", "evidence", "between 0 and 1"]),
    "hold": ("[defaults]\nhold_minutes = -1", ["[defaults]", "negative"]),
    "follow-up": ("[defaults]\nfollow_up_hours = 0", ["[defaults]", "follow_up_hours"]),
    "auto-approval that trusts nobody": ("[defaults]\nauto_approve_per_day = 3", ["[defaults]", "trusted"]),
    "cards": ("[channels.help]\ncards_per_day = -1", ["help", "cards_per_day", "negative"]),
    "review": ("[knowledge]\nreview_case_days = -1", ["[knowledge]", "review_case_days", "negative"]),
    "time zone": ("[defaults]\ntime_zone = 'Mars/Olympus'", ["[defaults]", "time_zone", "Mars/Olympus"]),
    "time zone that leads out": ("[defaults]\ntime_zone = '../../etc/passwd'", ["[defaults]", "time_zone"]),
    "business hours": ("[defaults]\nbusiness_hours = 'nine to five'", ["[defaults]", "09:00-18:00"]),
    "business hours past midnight": ("[defaults]\nbusiness_hours = '09:00-25:00'", ["[defaults]", "09:00-18:00"]),
    "quiet hours": ("[channels.help]\nquiet_hours = '22:00'", ["help", "09:00-18:00"]),
    "a link host that is an address": ("[output]\nlink_hosts = ['https://acme.io']", ["link_hosts", "*.acme.io"]),
    "a link scheme that runs": ("[output]\nlink_schemes = ['javascript']", ["link_schemes", "https, http"]),
    "bot token in the file": ("[slack]\nbot_token = 'xoxb-1-very-secret'", ["[slack]", "bot_token", "environment"]),
    "app token in the file": ("[slack]\napp_token = 'xapp-1-very-secret'", ["[slack]", "app_token", "environment"]),
    "token file that is missing": ("[slack]\nbot_token_file = 'nowhere'", ["token file nowhere", "cannot be read"]),
}


@pytest.mark.parametrize(("text", "parts"), list(BROKEN.values()), ids=list(BROKEN))
def test_a_mistake_is_one_line_that_names_its_place(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    message = complaint(path)
    assert "\n" not in message
    assert [part for part in parts if part not in message] == []
    assert "very-secret" not in message


def complaint(path: Path, environment: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environment or {})
    return str(caught.value)


def test_a_mistake_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[jobs]\nlearn_seconds = 'often'", encoding="utf-8")
    assert complaint(path).startswith(f"{path}: [jobs]: learn_seconds must be a number")
    path.write_text("[jobs]\nhands = 0", encoding="utf-8")
    assert complaint(path) == f"{path}: [jobs] hands must be above 0"
    path.write_text("[slack]\npace = 0", encoding="utf-8")
    assert complaint(path) == f"{path}: [slack] pace must be above 0; 1.0 is what Slack allows"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "no such file; copy config.example.toml" in complaint(tmp_path / "mine.toml")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert "cannot be read" in complaint(tmp_path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"log_level = '\xff\xfe'")
    assert "not valid TOML" in complaint(path)


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Config()


def test_config_toml_is_read_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("log_level = 'debug'", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).log_level == "debug"


def test_tokens_come_from_the_environment() -> None:
    slack = load(EXAMPLE, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}).slack
    assert (slack.bot_token, slack.app_token) == ("xoxb-1", "xapp-1")


def test_tokens_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "bot").write_text("xoxb-from-file\n", encoding="utf-8")
    (tmp_path / "app").write_text("xapp-from-file\n", encoding="utf-8")
    for name in ("bot", "app"):
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "mine.toml"
    path.write_text("[slack]\nbot_token_file = 'bot'\napp_token_file = 'app'", encoding="utf-8")
    slack = load(path, {"SLACK_APP_TOKEN": "xapp-from-environment"}).slack
    assert (slack.bot_token, slack.app_token) == ("xoxb-from-file", "xapp-from-environment")


def test_tokens_are_not_shown() -> None:
    assert "secret" not in repr(Slack(bot_token="xoxb-secret", app_token="xapp-secret"))


def test_a_channel_takes_what_it_leaves_out_from_the_defaults() -> None:
    config = parse({"defaults": {"mode": "private", "threshold": 0.7}, "channels": {"help": {"threshold": 0.4}}})
    assert asdict(config.channels["help"]) == asdict(Rules(mode="private", threshold=0.4))


def test_without_a_threshold_each_channel_takes_that_of_its_own_mode() -> None:
    channels = parse({"defaults": {"mode": "private"}, "channels": {"help": {}, "open": {"mode": "public"}}}).channels
    assert [channels[name].speaks_at for name in ("help", "open")] == [DRAFT_THRESHOLD, POST_THRESHOLD]


@pytest.mark.parametrize("name", ["slack:T1:C1", "C1", "help", "#help"])
def test_a_channel_is_found_by_id_and_by_name(name: str) -> None:
    config = parse({"channels": {name: {"mode": "public"}}})
    assert config.rules("slack:T1:C1", "help").mode == "public"
    assert config.rules("slack:T1:C2", "other").mode == "shadow"


def test_a_whole_number_serves_as_a_fraction() -> None:
    assert parse({"defaults": {"hold_minutes": 3}}).defaults.hold_minutes == 3.0
