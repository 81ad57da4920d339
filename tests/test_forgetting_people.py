"""A person's erasure request takes what they said, leaves what others said, and names them nowhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from bot.cli import main
from bot.outcomes import Erasure
from knowledge.models import Status
from tests.script import Start, Talk
from tests.test_forgetting import CURE, WORD, at_rest, cases, learned, left, shown


def request(chat: Talk, person: str) -> None:
    """As the command line asks for it while Vigil runs."""
    chat.live.memory.erasures.request(Erasure("person", person, "requested", "cli:root"), chat.live.clock())
    chat.live.settle()


def test_a_helper_is_forgotten_and_the_others_words_stay(talk: Start) -> None:
    chat = learned(talk)
    chat.play("""
        amy: kim, <@U0KIM> said it was the gateway     -> silent
        kim reacts :+1: to root
        #fresh
        kim: I like zanzibar77 very much               -> silent
        +1m
    """)
    request(chat, "U0KIM")
    assert (left(chat), shown(chat)) == ([], [])
    assert cases(chat, Status.PROPOSED) == [CURE]
    chat.play("+2m")
    assert left(chat, b"U0KIM") == []
    assert left(chat, b"webhooks from our bank")
    assert chat.live.memory.audit.broken_at() is None
    at_rest(chat)
    standing = chat.live.memory.database.read("SELECT DISTINCT author FROM turns WHERE text!='' AND flags&2=0")
    assert {row[0] for row in standing} == {"U0AMY", "U0HAL"}
    kinds = chat.live.memory.database.read("SELECT object, actor, gone FROM erasures WHERE kind='person'")
    assert [(row[0].startswith("erased-"), row[1], row[2]) for row in kinds] == [(True, "cli:root", "")]


def test_what_history_tells_again_of_an_erased_person_is_not_heard(talk: Start) -> None:
    chat = learned(talk)
    request(chat, "U0KIM")
    chat.play("+2m")
    chat.live.restart()
    chat.live.memory.database.write("UPDATE channels SET heard_at=0")
    chat.live.engine.catch_up.run()
    chat.live.settle()
    assert left(chat) == []
    assert not chat.live.memory.database.value("SELECT count(*) FROM turns WHERE author='U0KIM'")


def test_an_asker_is_forgotten_with_the_answers_to_them(talk: Start) -> None:
    chat = learned(talk)
    request(chat, "U0AMY")
    chat.play("+2m")
    assert left(chat, b"webhooks from our bank") == []
    assert left(chat, b"U0AMY") == []
    assert left(chat)
    assert cases(chat, Status.PROPOSED) == []
    at_rest(chat)


def test_a_case_that_they_alone_wrote_falls_back_to_what_others_wrote(talk: Start) -> None:
    chat = learned(talk, approve=False)
    memory, base = chat.live.memory, chat.live.knowledge
    (entry,) = memory.entries.with_status(Status.PROPOSED)
    base.edit(entry.id, replace(entry.case, resolution="Bob's own words: ask xylophone."), "U0BOB", chat.live.clock())
    request(chat, "U0BOB")
    assert left(chat, b"xylophone") == []
    (answer,) = cases(chat, Status.PROPOSED)
    assert answer == entry.case.resolution


def test_feedback_keeps_its_verdict_and_loses_its_words_and_its_name(talk: Start) -> None:
    chat = learned(talk)
    database = chat.live.memory.database
    chat.play("bob> @vigil why does the HMAC signature of a webhook not match the body?  -> public; suggests")
    decision = database.value("SELECT id FROM decisions WHERE action='public' ORDER BY seq DESC LIMIT 1")
    database.write("INSERT INTO feedback VALUES (?,'U0HAL',0,'wrong: zanzibar77 is no gateway',1.0,1)", (decision,))
    request(chat, "U0HAL")
    ((helpful, reason, actor),) = database.read("SELECT helpful, reason, actor FROM feedback")
    assert (helpful, reason) == (0, "")
    assert actor.startswith("erased-")


def command(chat: Talk, folder: Path, *words: str, say: str = "") -> tuple[int, str]:
    """Exit code and output of `vigil forget` on the talk's store, with no Vigil running."""
    config = folder / "config.toml"
    config.write_text(f'[store]\npath = "{chat.live.config.store.path}"\n[embedding]\nmodel = "hashing"\n')
    done = CliRunner().invoke(main, ["--config", str(config), "forget", *words], input=say)
    return done.exit_code, done.output


def test_the_command_names_what_it_will_remove_and_asks(talk: Start, tmp_path: Path) -> None:
    chat = learned(talk)
    code, said = command(chat, tmp_path, "--user", "U0KIM", say="n\n")
    assert code == 1
    assert "1  messages" in said
    assert "1  cases with their words" in said
    assert left(chat)
    code, said = command(chat, tmp_path, "--user", "U0KIM", "--yes")
    assert (code, "Erased." in said) == (0, True)
    assert left(chat) == left(chat, b"U0KIM") == []
    assert cases(chat, Status.PROPOSED) == [CURE]
    at_rest(chat)
    chat.live.settle()
    assert shown(chat) == []
    assert "Nothing to erase" in command(chat, tmp_path, "--user", "U0KIM", "--yes")[1]


def test_the_command_forgets_a_thread(talk: Start, tmp_path: Path) -> None:
    chat = learned(talk)
    assert command(chat, tmp_path, "--thread", chat.thread_id, "--yes")[0] == 0
    assert left(chat) == left(chat, b"transform=off") == []
    at_rest(chat)


def test_the_command_wants_one_of_the_two(talk: Start, tmp_path: Path) -> None:
    chat = talk()
    for words in ((), ("--user", "U1", "--thread", "x")):
        code, said = command(chat, tmp_path, *words)
        assert code == 2
        assert "name one of" in said


def test_the_word_that_these_tests_look_for_is_there_before(talk: Start) -> None:
    assert left(learned(talk), WORD)
