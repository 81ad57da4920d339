"""A workspace is read from its file, and its timelines keep order whatever comes."""

import json
from pathlib import Path

import pytest

from bot.sandbox import Refused, Sandbox, SandboxError, Workspace
from bot.sandbox.small import small_workspace
from bot.sandbox.timeline import stamp


def test_a_workspace_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(small_workspace()), encoding="utf-8")
    workspace = Workspace.from_json(path, rate_limits=True)
    assert workspace.rate_limits
    assert workspace.channel("help").id == "C0HELP"
    assert workspace.user("B0ALERT").id == workspace.user("alerts").id == "U0ALERT"
    assert workspace.users["U0VIGIL"].bot_id == "B0VIGIL"


@pytest.mark.parametrize("content", ["", "[]", '{"users": [{"name": "no id"}]}'])
def test_a_broken_file_is_one_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "workspace.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SandboxError, match=r"cannot read the workspace file .*workspace\.json"):
        Workspace.from_json(path)


def test_timestamps_rise_and_keep_one_width() -> None:
    workspace = Workspace.small()
    given = [workspace.new_ts() for _ in range(1000)]
    assert given == sorted(set(given))
    assert stamp(12) == "0000000012.000000"
    for wrong in ("yesterday", "nan", "inf", ""):
        with pytest.raises(Refused, match="invalid_arguments"):
            stamp(wrong)


def test_messages_of_the_same_moment_stay_apart() -> None:
    box = Sandbox(Workspace.small())
    first = box.say("C0HELP", "U0BEN", "one", at=1_700_000_000)
    second = box.say("C0HELP", "U0ANA", "two", at=1_700_000_000)
    earlier = box.say("C0HELP", "U0CLEO", "before", at=1_600_000_000)
    assert [message["ts"] for message in box.messages("C0HELP")] == [earlier, first, second]


def test_a_reply_to_a_reply_belongs_to_the_thread_and_counts() -> None:
    box = Sandbox(Workspace.small())
    root = box.say("C0HELP", "U0BEN", "question")
    answer = box.say("C0HELP", "U0ANA", "answer", thread=root)
    again = box.say("C0HELP", "U0BEN", "thanks", thread=answer)
    thread = box.messages("C0HELP", root)
    assert [message["ts"] for message in thread] == [root, answer, again]
    assert (thread[0]["reply_count"], thread[0]["reply_users"]) == (2, ["U0ANA", "U0BEN"])
    box.delete("C0HELP", again)
    box.delete("C0HELP", answer)
    assert "reply_count" not in box.messages("C0HELP")[0]
    with pytest.raises(SandboxError, match="no message"):
        box.say("C0HELP", "U0BEN", "to nobody", thread="1700000000.000000")


def test_waiting_in_vain_says_what_is_going_on() -> None:
    box = Sandbox(Workspace.small())
    box.say("C0HELP", "U0BEN", "question")
    with pytest.raises(TimeoutError, match=r"a message in C0HELP in vain; 0 connection.s., 1 unacknowledged"):
        box.wait_message("C0HELP", timeout=0.01)
