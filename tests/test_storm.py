"""A workspace that refuses posts for a while: nothing comes early, nothing is lost, and no channel waits for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.slack_manifest import events, scopes
from bot.platforms.slack_pace import PAUSES
from bot.sandbox import BOT_ID, RateLimit, Sandbox, Workspace
from tests.processes import QUESTION, Processes, running
from tests.script import STUCK, Start

POST = "chat.postMessage"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    limits = Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 60, rate_limits=True)
    with Sandbox(limits) as found:
        yield found


def ask(box: Sandbox, channel: str, count: int = 1) -> set[str]:
    return {box.say(channel, "U0ANA", f"<@U0VIGIL> {QUESTION.format(n)}") for n in range(count)}


def answered(box: Sandbox, channel: str) -> Counter[str]:
    own = [m for m in box.all_messages(channel) if m.get("bot_id") == BOT_ID]
    return Counter(str(m.get("thread_ts")) for m in own)


def refused(box: Sandbox) -> int:
    return sum(call.outcome == "storm" for call in box.calls)


@pytest.mark.timeout(180)
def test_a_storm_over_several_restarts_sees_no_early_call(box: Sandbox, tmp_path: Path) -> None:
    with running(box, tmp_path, pace=1.0) as vigil:
        box.limits.storm(POST, 8.0, "C0HELP")
        busy = ask(box, "C0HELP", 3)
        vigil.until(lambda: refused(box) == 1, "the first refusal")
        quiet = ask(box, "C0SECRET", 2)
        vigil.until(lambda: answered(box, "C0SECRET") == Counter(quiet), "answers in the other channel")
        restarted(vigil)
        vigil.until(lambda: answered(box, "C0HELP") == Counter(busy), "answers after the storm")
        box.limits.storm(POST, 8.0)
        everywhere = {channel: ask(box, channel, 2) for channel in ("C0HELP", "C0SECRET")}
        vigil.until(lambda: refused(box) == 2, "the second refusal")
        vigil.until(lambda: f'"{POST}", ""' in vigil.memory().runs.fact(PAUSES), "word of it in the store")
        restarted(vigil)
        for channel, asked in everywhere.items():
            vigil.until(lambda c=channel, a=asked: a <= set(answered(box, c)), f"answers in {channel}")  # type: ignore[misc]
        assert box.limits.early == []
        assert refused(box) == 2, "one refusal told it all"
        assert max(Counter([*answered(box, "C0HELP"), *answered(box, "C0SECRET")]).values()) == 1
        assert not [call for call in box.calls if call.method == POST and call.outcome == "ratelimited"]
    assert vigil.memory().outbox.backlog() == (0, 0)


def restarted(vigil: Processes) -> None:
    """Let the worker die and come back."""
    before = vigil.pid("worker")
    assert vigil.kill("worker")
    vigil.until(lambda: vigil.pid("worker") not in (None, before), "another worker")


def test_a_post_is_not_given_up_because_slack_asked_to_wait_often(talk: Start) -> None:
    chat = talk()
    chat.box.faults.next(POST, RateLimit(60), times=20)
    chat.root = chat.box.say("C0HELP", "U0AMY", f"<@U0VIGIL> {STUCK}")
    for _ in range(25):
        chat.box.wait_acked()
        chat.live.engine.worker.step()
        chat.live.engine.sender.step()
        chat.live.clock.move(61)
    chat.live.settle()
    assert len(chat.live.own("help")) == 1
    assert chat.live.memory.outbox.backlog() == (0, 0)
