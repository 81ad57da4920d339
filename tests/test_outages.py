"""Conversations that go on while Vigil is down: nothing is missed, nothing is done twice, nothing comes too late."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox import RateLimit
from tests.harness import PUBLIC
from tests.script import FULL, STUCK, Start, assert_forgotten, feedback


def test_a_hold_survives_a_restart(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}                         -> hold")
    chat.live.restart()
    chat.play('+6m                                   -> public; suggests "Deploys: rollout does not finish"')


def test_what_happened_during_an_outage_is_caught_up_with(talk: Start) -> None:
    chat = talk(help=replace(PUBLIC, threshold=0.4))
    chat.play("""
        amy: good morning, xylophonic people        -> silent
        ---
        bob: where is the coffee machine            -> silent
    """)
    live = chat.live
    live.listen(False)
    live.clock.move(60)
    chat.play(f"""
        bob edits: {STUCK}
        ---
        cleo: @vigil How do I raise the vCPU quota? I get NW-4290 quota exceeded
        cleo: in eu-west-1
        amy deletes
    """)
    live.restart()
    assert live.engine.catch_up.run() > 0
    live.settle()
    chat.play("+10m")
    for _ in range(2):
        live.engine.catch_up.run()
        live.settle()
    said = [row[0] for row in live.memory.database.read("SELECT text FROM turns WHERE flags&2=0 ORDER BY sent_at")]
    assert said == ["", STUCK, "How do I raise the vCPU quota? I get NW-4290 quota exceeded", "in eu-west-1"]
    assert sorted(m["thread_ts"] for m in live.own("help")) == sorted(ts for _, _, ts in chat.said[1:3])
    assert_forgotten(chat, b"xylophonic")


def test_what_is_heard_too_late_is_filed_and_not_answered(talk: Start) -> None:
    chat = talk()
    chat.live.listen(False)
    chat.play(f"""
        amy: {STUCK}
        ---
        bob: @vigil {FULL}
    """)
    chat.live.clock.move(3 * 3600)
    chat.live.restart()
    chat.live.engine.catch_up.run()
    chat.live.settle()
    assert [d["kind"] for d in chat.live.memory.decisions.listed()] == ["late", "late"]
    chat.play("+1m  -> nothing")


def test_catching_up_does_not_undo_what_people_did_since(talk: Start) -> None:
    chat = talk()
    chat.play(f"""
        amy: @vigil {STUCK}                         -> public; suggests
        amy reacts :white_check_mark: to root       -> nothing
        amy reacts :+1: to vigil                    -> nothing
        +5m
        amy: @vigil reopen                          -> answers
        amy reacts :-1: to vigil
    """)
    assert chat.state() == "reopened"
    before = feedback(chat)
    chat.live.engine.catch_up.run()
    chat.live.settle()
    assert chat.state() == "reopened"
    assert feedback(chat) == before


def test_an_old_message_deleted_during_an_outage_is_forgotten(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: I lost my xylophonic keys              -> silent
        kim: they are at the desk                   -> silent
        amy: thanks, found them!                    -> silent
        kim reacts :white_check_mark: to root       -> nothing
        +1h
    """)
    chat.live.engine.catch_up.run()
    chat.live.settle()
    chat.live.listen(False)
    chat.play("""
        +2h
        amy deletes root
    """)
    chat.live.restart()
    chat.live.engine.catch_up.run()
    chat.live.settle()
    chat.live.errands()
    assert_forgotten(chat, b"xylophonic")


def test_an_answer_on_its_way_when_its_question_is_deleted_is_taken_back(talk: Start) -> None:
    chat = talk()
    chat.box.faults.next("chat.postMessage", RateLimit(60))
    live = chat.live
    chat.root = chat.box.say("C0HELP", "U0AMY", f"<@U0VIGIL> {STUCK}")
    chat.box.say("C0HELP", "U0BOB", "same here", chat.root)
    chat.box.wait_acked()
    live.engine.worker.step()
    live.engine.sender.step()
    assert live.memory.outbox.backlog() == (1, 0)
    chat.box.delete("C0HELP", chat.root)
    chat.box.wait_acked()
    live.engine.worker.step()
    live.clock.move(61)
    live.settle()
    assert not live.own()
