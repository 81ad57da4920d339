"""Recordings become turns: ids by file and line, real threads only, labels hidden, bad rows counted, bad files refused."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.transcript import Transcript, read_transcript, stem
from bot.platforms.transcript_rows import TranscriptError

Bad = list[tuple[str, str]]


def row(user: str, text: str, minute: float = 0, **more: Any) -> dict[str, Any]:
    """A line of a recording, so many minutes after ten o'clock."""
    at = f"2024-03-05T{10 + int(minute) // 60:02}:{int(minute) % 60:02}:{round(minute % 1 * 60):02}Z"
    return {"channel": "team/help", "user": user, "ts": at, "text": text, **more}


def written(path: Path, *rows: Any) -> Path:
    """A recording with these rows; texts are written as they are."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.name.endswith(".gz") else text.encode())
    return path


def heard(path: Path) -> tuple[Transcript, Bad]:
    """The transcript and what was reported about bad rows."""
    bad: Bad = []
    return read_transcript(path, lambda where, why: bad.append((where, why))), bad


def export(path: Path, **members: Any) -> Path:
    """A zip with these members; `/` in names is written `__`, `.json` is added."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "-") + ".json", json.dumps(body))
    return path


def test_a_turn_is_named_by_file_channel_and_line(tmp_path: Path) -> None:
    path = written(
        tmp_path / "zulip_demo.jsonl.gz",
        row("amy", "the export fails", thread="t1"),
        row("bob", "which version?", 1, thread="t1"),
        row("cleo", "other matter", 2, thread="t2"),
    )
    found, bad = heard(path)
    assert [turn.id for turn in found.turns] == [f"transcript:zulip_demo:team/help:{n}" for n in range(3)]
    assert [turn.thread_id[-1] for turn in found.turns] == ["0", "0", "2"]
    assert {turn.id.rsplit(":", 1)[0] for turn in found.turns} == {found.channels[0].id}
    assert found.channels[0].name == "team/help"
    assert not found.flat
    assert bad == []


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("irc_x.jsonl", {}),
        ("gitter_x.jsonl", {}),
        ("slack_racket_2018.jsonl", {}),
        ("other.jsonl", {"auto_conv_size": 3}),
        ("other.jsonl", {"conv_users": 2}),
        ("other.jsonl", {"log": "a-day", "reply_to": [0]}),
    ],
)
def test_guessed_and_annotated_threads_are_hidden(tmp_path: Path, name: str, label: dict[str, Any]) -> None:
    path = written(tmp_path / name, row("amy", "it fails", thread="t1", **label), row("bob", "why?", 1, thread="t1"))
    found, _ = heard(path)
    assert found.flat
    assert all(turn.is_root for turn in found.turns)


def test_no_label_reaches_a_turn(tmp_path: Path) -> None:
    marks = {"starts_conversation": "LABEL", "by_asker": "LABEL", "needs_help": "LABEL", "resolved": "LABEL",
             "role": "LABEL", "reactions": {"LABEL": 3}, "check_mark_reaction_at": "LABEL", "resolved_by": "LABEL"}  # fmt: skip
    bare, _ = heard(written(tmp_path / "zulip_demo.jsonl", row("amy", "it fails", thread="t1", bot=True)))
    full, _ = heard(written(tmp_path / "zulip_demo.jsonl", row("amy", "it fails", thread="t1", bot=True, **marks)))
    assert (full.turns, full.channels, full.flat) == (bare.turns, bare.channels, bare.flat)
    assert full.turns[0].is_bot


def test_reactions_and_resolved_marks_are_kept_apart_from_turns(tmp_path: Path) -> None:
    given = [{"name": "eyes", "count": 2}, {"name": "raised_hand::skin-tone-2"}, {"count": 1}, "odd"]
    marked = [
        {"reactions": {"eyes": 1}},
        {"reactions": given},
        {"resolved": True},
        {"resolved": "yes"},
        {"reactions": 3},
    ]
    found, bad = heard(
        written(tmp_path / "zulip_demo.jsonl", *(row("amy", "it fails", n, **m) for n, m in enumerate(marked)))
    )
    assert [sorted(found.marks.get(turn.id, ())) for turn in found.turns] == [
        ["eyes"], ["eyes", "raised_hand"], ["resolved"], [], [],
    ]  # fmt: skip
    assert bad == []


def test_whoever_is_called_in_a_flat_channel_is_mentioned_once_heard(tmp_path: Path) -> None:
    path = written(
        tmp_path / "irc_demo.jsonl",
        row("SysFail", "grub does not start"),
        row("kim", "sysfail: which disk?", 1),
        row("kim", "error: no such device is what you see", 2),
        row("SysFail", "@kim the first one", 3),
        row("zoe", "<@o_0012> look", 4),
    )
    found, _ = heard(path)
    assert [turn.mentions for turn in found.turns] == [(), ("SysFail",), (), ("kim",), ("o_0012",)]


def test_lines_of_the_platform_need_no_user_and_times_never_stand_still(tmp_path: Path) -> None:
    joined = {"channel": "#x", "ts": "2024-03-05T10:00:00Z", "text": "=== amy has joined", "system": True}
    path = written(tmp_path / "irc_demo.jsonl", joined, {**joined, "system": False}, row("amy", "hello all"))
    found, bad = heard(path)
    assert found.turns[0].system
    assert found.turns[1].sent_at > found.turns[0].sent_at
    assert bad == [("line 2", "no user")]


def test_bad_rows_are_reported_and_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path / "zulip_demo.jsonl",
        "{not json",
        "[1, 2]",
        row("amy", "  "),
        {**row("amy", "late"), "ts": "yesterday"},
        {"user": "amy", "ts": "2024-03-05T10:00:00Z"},
        "",
        row("amy", "a\ud800b", thread="t"),
    )
    found, bad = heard(path)
    assert [where for where, _ in bad] == ["line 1", "line 2", "line 3", "line 4", "line 5"]
    assert [turn.id.rsplit(":", 1)[1] for turn in found.turns] == ["6"]


def test_small_disorder_is_sorted(tmp_path: Path) -> None:
    path = written(tmp_path / "zulip_demo.jsonl", row("a", "second", 5, thread="t"), row("b", "first", 1, thread="t"))
    found, _ = heard(path)
    assert [turn.text for turn in found.turns] == ["first", "second"]
    assert found.turns[1].thread_id == found.turns[0].id


def test_a_recording_out_of_order_is_refused(tmp_path: Path) -> None:
    rows = [row("a", f"line {n}", 60 * (n % 5), thread="t") for n in range(40)]
    with pytest.raises(TranscriptError, match="not in order of time"):
        heard(written(tmp_path / "mixed.jsonl", *rows))


@pytest.mark.parametrize("content", [b"", b"\n\n", b'{"text": 1}\n'])
def test_a_file_without_messages_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "empty.jsonl").write_bytes(content)
    with pytest.raises(TranscriptError, match="holds no message"):
        heard(tmp_path / "empty.jsonl")


@pytest.mark.parametrize("name", ["broken.jsonl.gz", "broken.zip"])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x1f\x8bnot what it says")
    with pytest.raises(TranscriptError, match=r"broken\."):
        heard(tmp_path / name)


def test_an_export_keeps_threads_bots_and_notes_of_the_platform(tmp_path: Path) -> None:
    path = export(
        tmp_path / "team.zip",
        users=[{"id": "U1", "name": "amy"}, {"id": "U9", "is_bot": True}],
        help__2024_03_05=[
            {"type": "message", "user": "U1", "ts": "1709632800.000100", "text": "is &lt;x&gt; down? see <https://a.example|the page>"},
            {"user": "U1", "ts": "1709632801.0", "text": "<@U1> has joined", "subtype": "channel_join"},
            {"user": "U9", "ts": "1709632802.0", "text": "alarm"},
            {"user": "U2", "ts": "1709632803.0", "thread_ts": "1709632800.000100", "text": "<@U1> yes"},
            {"user": "U2", "text": "no time"},
        ],
    )  # fmt: skip
    found, bad = heard(path)
    assert [turn.id for turn in found.turns] == [f"transcript:team:help:2024-03-05.{n}" for n in range(4)]
    assert found.turns[0].text == "is <x> down? see [the page](https://a.example)"
    assert [(turn.system, turn.is_bot) for turn in found.turns] == [(0, 0), (1, 0), (0, 1), (0, 0)]
    assert found.turns[3].thread_id == found.turns[0].id
    assert found.turns[3].mentions == ("U1",)
    assert bad == [("help/2024-03-05.json message 5", "no ts")]


def test_a_zip_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = export(tmp_path / "bomb.zip", help__2024_03_05=[{"text": "a" * 30_000_000}])
    with pytest.raises(TranscriptError, match="too big"):
        heard(path)


def test_a_zip_with_a_way_out_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("../help/2024-03-05.json", "[]")
    with pytest.raises(TranscriptError, match="outside"):
        heard(tmp_path / "out.zip")


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="not a Slack export"):
        heard(export(tmp_path / "other.zip", users=[]))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.jsonl.gz", "a"), ("a b:c.jsonl", "a-b-c"), ("team.export.zip", "team.export"), ("plain", "plain")],
)
def test_the_stem_is_fit_for_an_id(name: str, expected: str) -> None:
    assert stem(Path(name)) == expected
