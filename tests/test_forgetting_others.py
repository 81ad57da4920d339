"""Deleted words take nothing away that other people said themselves, or that stands in a document."""

from __future__ import annotations

from bot.sandbox import RateLimit
from tests.script import Start, read

READ_IN_THE_GUIDE = (
    "The rollout stops at some percentage and fails after 10 minutes with DPL-017 progress deadline exceeded?"
)


def test_an_answer_on_its_way_may_say_what_a_deleted_question_said_too(talk: Start) -> None:
    chat = talk()
    live, box = chat.live, chat.live.box
    gone = box.say("C0HELP", "U0AMY", READ_IN_THE_GUIDE)
    box.wait_acked()
    live.engine.worker.step()
    box.faults.next("chat.postMessage", RateLimit(30))
    asked = box.say("C0HELP", "U0BOB", f"<@U0VIGIL> {READ_IN_THE_GUIDE}")
    box.wait_acked()
    live.engine.worker.step()
    live.engine.sender.step()
    assert live.memory.outbox.backlog() == (1, 0)
    box.delete("C0HELP", gone)
    box.wait_acked()
    while live.engine.worker.step() + live.engine.eraser.step():
        pass
    live.clock.move(31)
    live.settle()
    live.clock.move(60)
    live.settle()
    (answer,) = live.own("help")
    assert answer["thread_ts"] == asked
    assert "10 minutes" in read(answer)


def test_a_call_for_help_may_repeat_its_own_question_though_another_like_it_is_deleted(talk: Start) -> None:
    chat = talk()
    words = "the purple teapot of the fourth floor leaks"
    chat.play(f"""
        amy: {words}, is anybody looking at it?
        ---
        bob: @vigil {words} since Monday, what can I do?   -> suggests "purple teapot"
        bob clicks vigil_need_human                        -> calls "purple teapot"
    """)
    live = chat.live
    before = [m["ts"] for m in live.own("help")]
    live.box.delete("C0HELP", chat.said[0][2])
    live.settle()
    live.clock.move(60)
    live.settle()
    assert [m["ts"] for m in live.own("help")] == before
