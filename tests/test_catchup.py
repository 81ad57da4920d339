"""What happened while Vigil heard nothing is found in the history: once, in order, within the limits, and told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.jobs import caught_up
from bot.jobs.catchup import CatchUp
from bot.jobs.pace import Pace
from bot.sandbox import RateLimit, ServerError
from bot.storage.held import SqliteHeld
from knowledge.embedding import HashingEmbedder
from tests.harness import PEOPLE, PUBLIC, Live, Town
from tests.outage import Life, answered_late, held, standing, twice
from tests.script import FULL, STUCK, Start, Talk, feedback


def away(chat: Talk, script: str) -> None:
    """Vigil hears nothing of this."""
    chat.live.listen(False)
    chat.play(script)


def back(chat: Talk) -> int:
    """Vigil starts again; how many events it finds."""
    live = chat.live
    live.restart()
    found = live.engine.catch_up.after_outage()
    live.settle()
    return found


def patient(live: Live, per_minute: int = 40) -> CatchUp:
    """A catch-up for which waiting means that the test's clock moves."""
    return CatchUp(
        live.town.platform, live.memory.channels, live.engine.threads, live.memory.inbox,
        SqliteHeld(live.memory.database), live.memory.runs, 72.0, 7200.0, live.clock,
        Pace(live.clock, live.clock.move, per_minute),
    )  # fmt: skip


def calls(live: Live, method: str) -> int:
    return sum(call.method == method for call in live.box.calls)


def test_reactions_taken_back_meanwhile_are_taken_back(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: @vigil {STUCK}                         -> public; suggests
        amy reacts :+1: to vigil                    -> nothing
        kim reacts :white_check_mark: to root       -> nothing
    """)
    assert (chat.state(), feedback(chat)) == ("resolved", [(PEOPLE["amy"], 1)])
    away(chat, """
        amy unreacts :+1: to vigil
        kim unreacts :white_check_mark: to root
    """)  # fmt: skip
    assert back(chat) == 2
    assert (chat.state(), feedback(chat)) == ("open", [])
    assert caught_up.told(chat.live.memory.runs)["mended"]["missed"]["reactions_removed"] == 2
    assert back(chat) == 0


def test_an_operator_sees_what_was_missed_and_mended(talk: Start, tmp_path: Path) -> None:
    chat = talk()
    away(chat, f"""
        amy: {STUCK}
        kim: looking
        +3h
    """)  # fmt: skip
    back(chat)
    config = tmp_path / "config.toml"
    config.write_text(f'[store]\npath = "{chat.live.config.store.path}"\n')
    said = CliRunner().invoke(main, ["--config", str(config), "stats"])
    each = caught_up.told(chat.live.memory.runs)["last"]["channels"]
    told = f"1 messages, 1 replies, 2 late after 3 h; {each} channels and 1 threads read with {each + 2} calls"
    assert told in " ".join(said.output.split())
    figures = json.loads(CliRunner().invoke(main, ["--config", str(config), "stats", "--json"]).output)
    assert figures["caught_up"]["totals"]["late"] == 2


def test_a_reaction_that_comes_and_goes_from_outage_to_outage(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: @vigil {STUCK}                 -> public; suggests")
    for _ in range(2):
        away(chat, "amy reacts :+1: to vigil")
        assert back(chat) == 1
        assert feedback(chat) == [(PEOPLE["amy"], 1)]
        away(chat, "amy unreacts :+1: to vigil")
        assert back(chat) == 1
        assert feedback(chat) == []
    away(chat, "amy reacts :+1: to vigil")
    back(chat)
    chat.play("amy unreacts :+1: to vigil           -> nothing")
    assert back(chat) == 0
    assert feedback(chat) == []


def test_what_a_colleague_answered_meanwhile_is_not_answered_again(talk: Start) -> None:
    chat = talk()
    away(chat, f"""
        amy: {STUCK}
        +3m
        kim: the probe asks the wrong port: set `port: 8080` in probe.yaml and deploy again
        +20m
    """)  # fmt: skip
    back(chat)
    chat.play("+10m                                 -> nothing")
    assert chat.live.own() == []


def test_a_hold_waits_until_it_is_known_what_was_said_meanwhile(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}                        -> hold")
    away(chat, "kim: the probe asks the wrong port: set `port: 8080` in probe.yaml and deploy again")
    live = chat.live
    live.clock.move(600)
    live.restart()
    live.engine.catch_up.lost_touch()
    assert live.engine.worker.wake_due() == 0
    live.engine.catch_up.after_outage()
    live.settle()
    assert live.own() == []
    assert chat.decisions()[0]["action"] == "silent"
    assert live.engine.threads.next_due() is None


def test_a_hold_that_falls_due_while_nobody_is_there_is_filed(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}                        -> hold")
    chat.live.clock.move(20 * 3600)
    back(chat)
    assert chat.live.own() == []
    assert chat.decisions()[0]["reasons"] == ["it is too long ago to answer unasked"]


def test_nobody_is_reminded_of_what_was_settled_meanwhile(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: @vigil {STUCK}                         -> public; suggests
        bob: same here
        kim: does the probe ask the right port?     -> silent
    """)
    away(chat, "kim reacts :white_check_mark: to root")
    live = chat.live
    live.clock.move(24 * 3600)
    live.restart()
    live.engine.catch_up.lost_touch()
    assert live.engine.follow_ups.run() == 0
    live.engine.catch_up.after_outage()
    live.settle()
    live.errands()
    assert (chat.state(), len(live.own("help"))) == ("resolved", 1)


def test_a_command_heard_too_late_is_done_without_a_word(talk: Start) -> None:
    chat = talk()
    chat.play("amy: the coffee machine is empty     -> silent")
    away(chat, """
        amy: @vigil resolve
        ---
        bob: @vigil search rollout
        +5h
    """)  # fmt: skip
    back(chat)
    assert chat.live.own() == []
    rows = chat.live.memory.database.read("SELECT state FROM threads ORDER BY opened_at")
    assert rows[0] == ("resolved",)


def test_only_threads_with_news_are_read(talk: Start) -> None:
    chat = talk(help=replace(PUBLIC, mode="shadow"))
    for number in range(30):
        chat.play(f"""
            ---
            amy: the build of part {number} is red
            kim: looking at part {number}
        """)
    chat.live.engine.catch_up.run()
    chat.live.settle()
    roots = [ts for who, _, ts in chat.said if who == PEOPLE["amy"]]
    chat.live.listen(False)
    for root in roots[:3]:
        chat.box.say("C0HELP", PEOPLE["bob"], "mine too", root)
    before = calls(chat.live, "conversations.history"), calls(chat.live, "conversations.replies")
    walk = patient(chat.live)
    assert walk.run() == 3
    after = calls(chat.live, "conversations.history"), calls(chat.live, "conversations.replies")
    last = caught_up.told(chat.live.memory.runs)["last"]
    each = last["channels"]
    assert (after[0] - before[0], after[1] - before[1]) == (each, 3 + 2)  # 3 threads with news, 2 beyond
    assert (last["calls"], last["missed"]["replies"]) == (1 + each + 5, 3)


def test_no_call_comes_before_the_platform_allows_it(talk: Start) -> None:
    chat = talk()
    away(chat, f"""
        amy: {STUCK}
        kim: looking
        ---
        bob: {FULL}
        kim: looking at that too
    """)  # fmt: skip
    live = chat.live
    live.listen()
    walk = patient(live)
    live.box.faults.next("conversations.history", RateLimit(90))
    live.box.faults.next("conversations.replies", RateLimit(120))
    started, before = live.clock(), len(live.box.calls)
    assert walk.run() == 4
    assert live.clock() - started == 210
    last = caught_up.told(live.memory.runs)["last"]
    assert len(live.box.calls) - before == 1 + (last["channels"] + 1) + (2 + 1)
    assert last["failed"] == []


def test_a_walk_keeps_to_so_many_calls_a_minute(talk: Start) -> None:
    chat = talk(help=replace(PUBLIC, mode="shadow"))
    chat.live.listen(False)
    for number in range(20):
        root = chat.box.say("C0HELP", PEOPLE["amy"], f"the build of part {number} is red")
        chat.box.say("C0HELP", PEOPLE["kim"], "looking", root)
    started = chat.live.clock()
    assert patient(chat.live, per_minute=10).run() == 40
    assert 120 <= chat.live.clock() - started <= 180  # 26 calls, the first ten at once


@pytest.mark.parametrize("seed", range(2))
def test_a_day_of_outage_costs_nothing(town: Town, tmp_path: Path, seed: int) -> None:
    rules = replace(PUBLIC, threshold=0.3, evidence=0.05)
    live = Live(town, tmp_path, HashingEmbedder(), {"help": rules, "drafts": replace(rules, mode="private")})
    life = Life(live, seed)
    life.deeds(60, 8 * 3600)
    assert held(live) == standing(live)
    live.listen(False)
    life.deeds(90, 24 * 3600)
    assert held(live) != standing(live)
    until = live.clock()
    live.restart()
    live.engine.catch_up.lost_touch()
    live.engine.worker.wake_due()
    live.engine.follow_ups.run()
    walk = patient(live)
    walk.after_outage()
    live.engine.catch_up.after_outage()
    live.settle()
    assert held(live) == standing(live)
    live.errands()
    assert (twice(live), answered_late(live, until)) == ([], [])
    assert walk.after_outage() == 0
    assert caught_up.told(live.memory.runs)["mended"]["missed"]["late"] > 0
    life.deeds(40, 4 * 3600)
    live.errands()
    assert held(live) == standing(live)
    assert twice(live) == []


def test_a_post_outlasts_an_outage_of_the_platform(talk: Start) -> None:
    chat = talk()
    live = chat.live
    live.box.faults.chance("chat.postMessage", ServerError(500), 1.0)
    chat.root = chat.box.say("C0HELP", PEOPLE["amy"], f"<@U0VIGIL> {STUCK}")
    chat.box.wait_acked()
    live.engine.worker.step()
    for _ in range(40):
        live.engine.sender.step()
        live.clock.move(60)
    assert live.memory.outbox.backlog() == (1, 0)
    live.box.faults.clear()
    live.settle()
    assert [m["thread_ts"] for m in live.own()] == [chat.root]


def test_an_answer_that_could_not_be_posted_in_time_is_filed(talk: Start) -> None:
    chat = talk()
    live = chat.live
    live.box.faults.chance("chat.postMessage", ServerError(500, applied=False), 1.0)
    chat.root = chat.box.say("C0HELP", PEOPLE["amy"], f"<@U0VIGIL> {STUCK}")
    chat.box.wait_acked()
    live.engine.worker.step()
    live.engine.sender.step()
    live.clock.move(20 * 3600)
    live.box.faults.clear()
    live.settle()
    assert (live.own(), live.memory.outbox.backlog()) == ([], (0, 1))
