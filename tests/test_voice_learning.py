"""Learning with a language model, end to end: its words stand where the thread carries them, and it decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.extracting import Extracted
from bot.dialogue.retold import Line
from bot.jobs.retelling import QUOTED, RETOLD
from bot.llm.base import Ask, Speechless, Task
from knowledge.embedding import Embedder
from knowledge.models import Case, Kind, Status
from tests.harness import PUBLIC, Live, Town
from tests.llm.voices import Told
from tests.script import Talk, read

ASKS = "since Monday all webhooks from our bank are rejected: the HMAC signature does not match the body. What is it?"
CAUSE = "The edge gateway zanzibar77 rewrites JSON bodies, so the HMAC signature no longer matches what was signed."
CURE = "Switch the rewriting of bodies off with `nw edge route set NAME transform=off`, it is live in a minute."
RETELLS = "Switch the rewriting of bodies off with `nw edge route set NAME transform=off`."
SAID = Extracted(
    True, "",
    (Line("All webhooks from our bank are rejected: the HMAC signature does not match the body.", ("t1",)),),
    (), (Line("The edge gateway zanzibar77 rewrites the JSON bodies.", ("t2",)),), (Line(RETELLS, ("t3",)),),
)  # fmt: skip
DOWN = Speechless("timeout", "no answer within 20 s")
Start = Callable[..., Talk]


@pytest.fixture
def heard(town: Town, tmp_path: Path, model: Embedder) -> Start:
    """Starts a Vigil whose model says this of every thread."""

    def start(said: Any = SAID, **rules: Any) -> Talk:
        voice = Told({Task.EXTRACT: said})
        talk = Talk(Live(town, tmp_path, model, {"help": replace(PUBLIC, **rules)}, (), voice))
        talk.play(f"""
            amy: {ASKS}                              -> hold
            kim: {CAUSE}                             -> silent
            kim: {CURE}                              -> silent
        """)
        return talk

    return start


def resolved(chat: Talk) -> Talk:
    chat.play("kim reacts :white_check_mark: to root")
    chat.live.errands()
    return chat


def asked(chat: Talk) -> int:
    voice = chat.live.voice
    assert isinstance(voice, Told)
    return [ask.task for ask in voice.asked].count(Task.EXTRACT)


def cases(chat: Talk, status: Status = Status.PROPOSED) -> list[Case]:
    return [e.case for e in chat.live.memory.entries.with_status(status) if e.case.kind is Kind.CASE]


def noted(chat: Talk) -> list[str]:
    rows = chat.live.memory.database.read("SELECT action FROM audit WHERE action LIKE 'case %' ORDER BY seq")
    return [str(row[0]) for row in rows]


def test_a_case_is_proposed_in_the_models_words_with_one_call_a_thread(heard: Start) -> None:
    chat = resolved(heard())
    (case,) = cases(chat)
    assert (case.resolution, case.cause) == (RETELLS, SAID.cause[0].text)
    assert noted(chat) == ["case proposed", f"{RETOLD}extract-1+common-1 told"]
    assert "transform=off" in read(chat.live.own("desk")[-1])
    chat.play("amy: thank you, all good          -> silent")
    chat.live.errands()
    assert asked(chat) == 1
    assert cases(chat, Status.LIVE) == []
    chat.play("hal clicks vigil_case_approve")
    assert [case.resolution for case in cases(chat, Status.LIVE)] == [RETELLS]


@pytest.mark.parametrize(
    ("said", "note"),
    [
        (DOWN, "the model gave no answer (timeout)"),
        (replace(SAID, resolution=(Line("Restart the bank.", ("t3",)),)), "too little of what the model wrote is carried by the thread"),
        (replace(SAID, resolution=()), "too little of what the model wrote is carried by the thread"),
    ],
)  # fmt: skip
def test_without_words_of_use_the_case_keeps_peoples_own_and_says_so(heard: Start, said: Any, note: str) -> None:
    chat = heard(said)
    resolved(chat)
    (case,) = cases(chat)
    assert case.resolution == f"{CAUSE}\n\n{CURE}"
    assert noted(chat) == ["case proposed", f"{QUOTED}{note}"]


def test_a_model_that_finds_no_resolution_refuses_and_the_reason_is_listed(heard: Start) -> None:
    chat = resolved(heard(replace(SAID, resolved=False, why="points elsewhere only")))
    assert cases(chat) == []
    found = [(thread, action) for thread, action, _ in chat.live.memory.audit.learned()]
    assert found == [(chat.thread_id, "case refused: points elsewhere only, says the model")]
    chat.live.errands()
    assert asked(chat) == 1


def test_what_cheap_rules_refuse_costs_no_call(heard: Start) -> None:
    chat = heard()
    chat.play(f"""
        #lab
        amy: {ASKS}
        kim: which route is it?
        kim reacts :white_check_mark: to root
        ---
        amy: the login page of `crm.example` fails for all of us since noon, how do I get it back?
        kim: [secret:token] [secret:token] `[secret:password]` works
        kim reacts :white_check_mark: to root
    """)
    chat.live.errands()
    assert asked(chat) == 0
    assert any("too private" in note or "only questions back" in note for note in noted(chat))


def test_teaching_waits_for_no_model(heard: Start) -> None:
    chat = heard()
    chat.play('kim: @vigil teach                 -> answers; shows "transform=off"')
    assert asked(chat) == 0


def test_a_model_that_is_down_is_asked_once_a_run_and_holds_up_no_thread(heard: Start) -> None:
    chat = heard(DOWN)
    threads = "".join(f"""
        ---
        amy: the export of table {name} fails with E77{name}, bucket is full. What now?
        kim: Empty the folder staging/{name} with `nw bucket empty staging/{name}` and run the export again.
        kim reacts :white_check_mark: to root
    """ for name in ("11", "22", "33"))  # fmt: skip
    chat.play(threads)
    chat.live.errands()
    assert asked(chat) == 1
    assert len(cases(chat)) == 3
    assert sum(note.startswith(QUOTED) for note in noted(chat)) == 3


def test_a_run_with_a_slow_model_shelves_first_ends_in_time_and_goes_on_later(heard: Start) -> None:
    shelved: list[int] = []

    def said(_: Ask[Any]) -> Extracted:
        live = chat.live.memory.entries.with_status(Status.LIVE)
        shelved.append(sum(entry.case.kind is Kind.PRECEDENT for entry in live))
        chat.live.clock.move(11.0)
        return SAID

    chat = heard(said)
    chat.play(f"""
        kim reacts :white_check_mark: to root
        ---
        bob: {ASKS}
        kim: {CAUSE}
        kim: {CURE} Then resend what failed.
        kim reacts :white_check_mark: to root
    """)
    chat.live.engine.librarian.run()
    assert (asked(chat), shelved) == (1, [2])
    chat.live.engine.librarian.run()
    assert asked(chat) == 2


def test_a_thread_that_moves_on_meanwhile_is_asked_about_no_second_time(heard: Start) -> None:
    def said(_: Ask[Any]) -> Extracted:
        chat.play("amy: great, by the way it is all green since")
        return SAID

    chat = heard(said)
    resolved(chat)
    assert (cases(chat), asked(chat)) == ([], 1)
    chat.live.errands()
    assert [case.resolution for case in cases(chat)] == [RETELLS]
    assert asked(chat) == 1


def test_what_is_deleted_while_the_model_thinks_is_written_nowhere(heard: Start) -> None:
    def said(_: Ask[Any]) -> Extracted:
        ts = next(m["ts"] for m in chat.box.all_messages(chat.channel) if "zanzibar77" in m["text"])
        chat.box.delete(chat.channel, ts)
        chat.live.settle()
        chat.live.clock.move(60.0)
        chat.live.settle()
        return SAID

    chat = heard(said)
    resolved(chat)
    chat.live.errands()
    assert [(case.resolution, case.cause) for case in cases(chat)] == [(RETELLS, "")]
    assert left(chat, b"zanzibar77") == []


def test_what_the_model_retold_of_a_deleted_message_goes_with_it(heard: Start) -> None:
    chat = resolved(heard(replace(SAID, problem=(*SAID.problem, Line("The gateway at the edge, zanzibar77, rewrites JSON bodies.", ("t2",))))))  # fmt: skip
    assert "at the edge, zanzibar77" in cases(chat)[0].problem
    ts = next(m["ts"] for m in chat.box.all_messages(chat.channel) if "zanzibar77" in m["text"] and not m.get("bot_id"))
    chat.box.delete(chat.channel, ts)
    chat.live.settle()
    chat.play("+2m")
    (case,) = cases(chat)
    assert (case.problem, case.resolution, case.cause) == (SAID.problem[0].text, RETELLS, "")
    assert left(chat, b"zanzibar77") == []
    assert left(chat, b"at the edge") == []


def left(chat: Talk, word: bytes) -> list[str]:
    chat.live.memory.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    chat.live.knowledge.save_cache()
    folder = Path(chat.live.config.store.path).parent
    return sorted(path.name for path in folder.iterdir() if word in path.read_bytes())


@pytest.mark.parametrize(("said", "live"), [(SAID, 0), (DOWN, 1)])
def test_nobody_agreed_on_a_models_words(heard: Start, said: Any, live: int) -> None:
    """Agreement stands for an approval only where the words are those that people agreed on."""
    chat = heard(said, trusted=("U0KIM",), auto_approve_per_day=5)
    chat.play("amy: That worked, thank you!")
    resolved(chat)
    assert (len(cases(chat, Status.LIVE)), len(cases(chat))) == (live, 1 - live)
