"""Deleted is gone: whatever was made of a message goes with it, whenever it goes, and other people's words stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.dialogue.proposals import LEFT
from bot.dialogue.wording import say
from knowledge.models import Status
from tests.hands import Hands, text_of
from tests.harness import PEOPLE
from tests.script import Start, Talk, read

ASKS = "since Monday all webhooks from our bank are rejected: the HMAC signature does not match the body. What is it?"
CAUSE = "The edge gateway zanzibar77 rewrites JSON bodies, so the HMAC signature no longer matches what was signed."
CURE = "Switch the rewriting off with `nw edge route set NAME transform=off` and then resend the failed webhooks."
WORD = b"zanzibar77"


def left(chat: Talk, word: bytes = WORD) -> list[str]:
    """Names of the store's files that hold the word, just as they lie there."""
    folder = Path(chat.live.config.store.path).parent
    return sorted(path.name for path in folder.iterdir() if word in path.read_bytes())


def shown(chat: Talk, word: str = WORD.decode()) -> list[str]:
    """Vigil's messages that hold the word."""
    return [read(message) for message in chat.live.own() if word in read(message)]


def at_rest(chat: Talk) -> None:
    """Nothing is on the list, and nothing points to nothing."""
    assert chat.live.memory.erasures.open() == []
    assert chat.live.memory.erasures.orphans() == {}


def tombstones(chat: Talk) -> list[tuple[str, str, str]]:
    """(kind, why, words left) of all erasures."""
    rows = chat.live.memory.database.read("SELECT kind, why, gone FROM erasures ORDER BY id")
    return [(row[0], row[1], row[2]) for row in rows]


def learned(talk: Start, approve: bool = True) -> Talk:
    """Amy asked, Kim told the cause and Hal the cure, and the case was learned and approved."""
    chat = talk()
    chat.play(f"""
        amy: {ASKS}                                    -> hold
        kim: {CAUSE}                                   -> silent
        hal: {CURE}                                    -> silent
        amy: That worked, thank you!                   -> silent; asks
        kim reacts :white_check_mark: to root          -> nothing
        +10m                                           -> shows "zanzibar77"
    """)
    if approve:
        chat.play("hal clicks vigil_case_approve")
    assert left(chat)
    return chat


def cases(chat: Talk, status: Status) -> list[str]:
    """The answers of the cases in one state."""
    return [e.case.resolution for e in chat.live.memory.entries.with_status(status) if e.case.kind == "case"]


def test_a_reply_deleted_after_it_was_learned_leaves_what_the_other_helper_said(talk: Start) -> None:
    chat = learned(talk)
    chat.play("bob: @vigil why does the HMAC signature of a webhook not match the body?  -> public; suggests")
    chat.channel, chat.root = "C0HELP", chat.said[0][2]
    chat.play('kim deletes                    -> removes; shows "transform=off"')
    assert cases(chat, Status.LIVE) == []
    assert cases(chat, Status.PROPOSED) == [CURE]
    assert say("en", LEFT) in shown(chat, "transform=off")[-1]
    assert left(chat) == []
    chat.play("+2m")
    assert (left(chat), shown(chat)) == ([], [])
    at_rest(chat)
    assert tombstones(chat) == [("turn", "deleted", "")]


def test_a_question_deleted_before_anything_was_learned(talk: Start) -> None:
    chat = talk("drafts")
    chat.play("""
        amy: the rollout of zanzibar77 stops with DPL-017 progress deadline exceeded. How do I find out why?   -> hold
        +6m                                           -> private; drafts "zanzibar77"
        amy deletes root                              -> removes
    """)
    assert (left(chat), shown(chat)) == ([], [])
    chat.play("+2m")
    at_rest(chat)


def test_an_edited_reply_takes_the_case_back_to_review_with_the_new_words(talk: Start) -> None:
    chat = learned(talk)
    chat.play('kim edits: The edge gateway rewrites JSON bodies. -> removes; shows "gateway rewrites JSON bodies"')
    (answer,) = cases(chat, Status.PROPOSED)
    assert answer == f"The edge gateway rewrites JSON bodies.\n\n{CURE}"
    assert cases(chat, Status.LIVE) == []
    assert (left(chat), shown(chat)) == ([], [])
    precedents = [e for e in chat.live.memory.entries.with_status(Status.LIVE) if e.case.kind == "precedent"]
    assert ["rewrites JSON bodies" in e.case.resolution for e in precedents] == [True]
    chat.play("+2m")
    at_rest(chat)
    assert tombstones(chat) == [("turn", "edited", "")]


def test_words_that_are_only_added_disturb_nothing(talk: Start) -> None:
    chat = learned(talk)
    live = cases(chat, Status.LIVE)
    chat.play(f"kim edits: {CAUSE} I looked it up.   -> nothing")
    chat.play("+2m")
    assert cases(chat, Status.LIVE) == live
    at_rest(chat)


def test_a_case_that_a_helper_reworded_is_reviewed_without_what_it_quotes(talk: Start) -> None:
    chat = learned(talk, approve=False)
    memory, base = chat.live.memory, chat.live.knowledge
    (entry,) = memory.entries.with_status(Status.PROPOSED)
    worded = replace(entry.case, resolution=f"Hal's rule: {CURE}\nIt is zanzibar77 that rewrites.", title="Webhooks")
    base.edit(entry.id, worded, "U0HAL", chat.live.clock())
    base.approve(entry.id, "U0KIM", chat.live.clock())
    chat.play('kim deletes   -> removes; shows "Hal\'s rule"')
    assert cases(chat, Status.PROPOSED) == [f"Hal's rule: {CURE}"]
    assert left(chat) == []


def test_what_was_taught_anew_beside_a_live_case_goes_with_its_turn(talk: Start) -> None:
    chat = learned(talk)
    hands = Hands(chat.live)
    hands.shortcut("hal", str(chat.root), "vigil_teach")
    hands.submit("hal", title="Webhooks", problem="HMAC of webhooks", resolution=f"{CAUSE} Switch it off.")
    sources = [row[0] for row in chat.live.memory.database.read("SELECT source FROM entries WHERE kind='case'")]
    assert len(sources) == 2
    assert any("~" in source for source in sources)
    chat.play("kim deletes")
    assert left(chat) == []


def test_a_helper_has_the_whole_thread_forgotten(talk: Start) -> None:
    chat = learned(talk)
    chat.play("""
        amy: @vigil summary                                   -> answers "zanzibar77"
        #fresh
        bob: @vigil why does the HMAC signature of a webhook not match the body? -> public; suggests
    """)
    chat.channel, chat.root = "C0HELP", chat.said[0][2]
    chat.play('kim: @vigil forget                             -> answers "forgetting this thread"; removes')
    assert (left(chat), shown(chat)) == ([], [])
    assert left(chat, b"transform=off") == []
    chat.play("""
        +2m
        amy: so zanzibar77 it was, then                       -> nothing
        +2m
    """)
    assert left(chat) == []
    assert not chat.live.memory.database.value("SELECT count(*) FROM turns WHERE thread_id=?", (chat.thread_id,))
    at_rest(chat)
    assert (PEOPLE["kim"], "forget", True) in Hands(chat.live).audit()


def test_an_asker_has_only_the_own_messages_forgotten_and_a_stranger_none(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: our zanzibar77 webhooks are rejected: the HMAC signature does not match the body. What is it?   -> hold
        kim: It is the gateway: switch its rewriting off with `nw edge route set NAME transform=off`.          -> silent
        bob: @vigil forget                                    -> answers "helpers only"
    """)
    assert left(chat)
    chat.play('amy: @vigil forget this thread                 -> answers "forgetting your messages"')
    assert left(chat) == []
    assert left(chat, b"transform=off")
    chat.play("+2m")
    at_rest(chat)


def test_never_mind_deletes_nothing(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: it is zanzibar77 again   -> silent
        amy: @vigil forget it         -> public; suggests
    """)
    assert left(chat)


def test_a_slash_command_forgets_the_thread_it_links_to(talk: Start) -> None:
    chat = learned(talk)
    hands = Hands(chat.live)
    assert "forgetting this thread" in text_of(hands.slash("hal", f"forget {hands.link(str(chat.root))}"))
    assert (left(chat), shown(chat)) == ([], [])


def test_threads_past_their_time_go_with_all_that_was_learned_and_posted_from_them(talk: Start) -> None:
    chat = learned(talk)
    chat.play("bob> @vigil why does the HMAC signature of a webhook not match the body?  -> public; suggests")
    chat.play("+20d")
    chat.live.engine.retention._days = 10.0
    assert chat.live.engine.retention.run()
    chat.live.settle()
    chat.play("+2m")
    assert (left(chat), shown(chat)) == ([], [])
    assert cases(chat, Status.LIVE) == cases(chat, Status.PROPOSED) == []
    assert chat.live.memory.database.value("SELECT count(*) FROM turns WHERE thread_id=?", (chat.thread_id,)) == 0
    at_rest(chat)


def test_an_answer_under_way_while_its_words_are_erased_is_taken_back(talk: Start) -> None:
    chat = learned(talk)
    live, parts = chat.live, chat.live.engine
    live.box.say("C0FRESH", "U0BOB", "<@U0VIGIL> why does the HMAC signature of a webhook not match the body?")
    live.box.wait_acked()
    parts.worker.step()
    assert live.memory.outbox.claim("a sender that died", live.clock())
    live.box.delete("C0HELP", chat.said[1][2])
    live.box.wait_acked()
    while parts.worker.step() + parts.eraser.step():
        pass
    assert left(chat) == []
    live.clock.move(120)
    live.settle()
    live.clock.move(120)
    live.settle()
    assert shown(chat) == []
    assert live.own("fresh") == []
    at_rest(chat)


def test_a_mended_question_leaves_its_draft_in_the_mended_words(talk: Start) -> None:
    chat = talk("drafts")
    chat.play("""
        amy: the rollout of zanzibar77 stops with DPL-017 progress deadline exceeded. How do I find out why?   -> hold
        +6m                                           -> private; drafts "zanzibar77"
        amy edits: the rollout of `search` stops with DPL-017 progress deadline exceeded. How do I find out why?
    """)
    assert (left(chat), shown(chat)) == ([], [])
    (draft,) = chat.live.own("desk")
    assert "the rollout of `search` stops" in read(draft)
    assert "vigil_draft_publish" in read(draft)
    chat.play("hal clicks vigil_draft_publish -> suggests")
    chat.play("+2m")
    at_rest(chat)


def test_an_answer_that_repeats_a_code_which_was_edited_away_goes(talk: Start) -> None:
    chat = talk()
    chat.play("""
        bob: @vigil zanzibar77?                       -> public; suggests "zanzibar77"
        bob edits: @vigil never mind                  -> removes
    """)
    assert (left(chat), shown(chat)) == ([], [])
    chat.play("+2m")
    at_rest(chat)


def test_a_pointer_to_an_earlier_thread_does_not_keep_its_former_title(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: our zanzibar77 webhooks are rejected since the HMAC signature never matches the body. What is it?   -> hold
        kim: It is the edge gateway: switch its rewriting off with `nw edge route set NAME transform=off`.         -> silent
        #fresh
        bob: @vigil why are webhooks rejected, the HMAC signature never matches the body?  -> public; suggests "zanzibar77"
    """)
    chat.channel, chat.root = chat.said[0][1], chat.said[0][2]
    chat.play("""
        amy edits: our bank's webhooks are rejected since the HMAC signature never matches the body. What is it?
        +2m
    """)
    assert (left(chat), shown(chat)) == ([], [])
    at_rest(chat)
