"""The surface end to end, over the real socket: forms, teaching, the home page, answers whose address is used up."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Rules
from knowledge.embedding import Embedder
from tests.hands import HELP, QUESTION, Hands, actions_of, private_channel, text_of
from tests.harness import Live, Town

ANSWER = "E7734 means the export bucket is full: empty the folder staging/ and run the job again."


@pytest.fixture
def hands(town: Town, tmp_path: Path, model: Embedder) -> Hands:
    return Hands(Live(town, tmp_path, model))


def answered(hands: Hands) -> str:
    ts = hands.say("amy", "Our nightly export job fails with E7734, what can I do?")
    hands.say("bob", ANSWER, ts)
    return ts


def fields(form: dict[str, object]) -> dict[str, str]:
    """What the inputs of a form begin with."""
    blocks = [b for b in form["blocks"] if b["type"] == "input"]  # type: ignore[attr-defined]
    return {block["block_id"]: block["element"].get("initial_value", "") for block in blocks}


def test_teach_by_shortcut_opens_a_form_and_shows_the_case_to_the_helpers(hands: Hands) -> None:
    ts = answered(hands)
    assert hands.shortcut("kim", ts, "vigil_teach") == []
    given = fields(hands.form("kim"))
    assert given["resolution"] == ANSWER
    assert "E7734" in given["problem"]
    told = hands.submit("kim", title="Export fails with E7734", resolution="Empty staging/, then run it again.")
    assert "helpers will see it" in text_of(told)
    card = hands.cards()[-1]
    assert "Empty staging/" in text_of([card])
    assert "Somebody else has to approve" in text_of(hands.click(card, "vigil_case_approve", "kim", channel="C0DESK"))
    hands.click(card, "vigil_case_approve", "hal", channel="C0DESK")
    later = hands.say("cleo", "<@U0VIGIL> nightly export job fails with E7734, what can I do?")
    assert "Empty staging/" in text_of(hands.posts(later))


def test_teach_from_a_reply_and_from_a_thread_without_an_answer(hands: Hands) -> None:
    ts = hands.say("amy", QUESTION)
    reply = hands.say("amy", "It began this morning.", ts)
    hands.shortcut("kim", reply, "vigil_teach")
    given = fields(hands.form("kim"))
    assert "DPL-017" in given["problem"]
    assert given["resolution"] == ""


def test_teach_by_slash_by_choice_and_by_mention(hands: Hands) -> None:
    ts = answered(hands)
    assert hands.slash("kim", f"teach {hands.link(ts)}") == []
    assert fields(hands.form("kim"))["resolution"] == ANSWER
    hands.box._core.views.clear()
    [offer] = hands.slash("kim", "teach")
    assert hands.click(offer, "vigil_pick_teach", "kim", f"slack:T0TEST:{HELP}:{ts}") == []
    assert fields(hands.form("kim"))["resolution"] == ANSWER
    hands.say("kim", "<@U0VIGIL> teach", ts)
    assert "helpers will see it" in text_of([hands.posts(ts)[-1]])
    assert ANSWER.partition(":")[0] in text_of([hands.cards()[-1]])


def test_teaching_twice_proposes_once(hands: Hands) -> None:
    ts = answered(hands)
    for _ in range(2):
        hands.shortcut("kim", ts, "vigil_teach")
        hands.submit("kim")
    assert hands.value("SELECT count(*) FROM entries WHERE kind='case'") == 1
    assert len([card for card in hands.cards() if "vigil_case_approve" in actions_of(card)]) == 1


def test_nobody_teaches_from_what_they_may_not_read(hands: Hands) -> None:
    with private_channel(hands, "kim", "hal") as vault:
        secret = hands.say("kim", "The vault password rotation is stuck, the canary is heron", channel=vault)
        assert "cannot find that thread" in text_of(hands.slash("amy", f"teach {hands.link(secret, vault)}"))
        assert hands.box.views == {}


def test_the_suggest_shortcut(hands: Hands) -> None:
    ts = hands.say("amy", QUESTION)
    assert "answered in the thread" in text_of(hands.shortcut("bob", ts, "vigil_suggest"))
    assert "vigil_solved" in actions_of(hands.posts(ts)[-1])


def test_an_answer_whose_address_is_used_up_goes_as_a_direct_message(hands: Hands) -> None:
    hands.live.listen(False)
    kept: list[tuple[object, ...]] = []
    hands.live.town.ear = lambda *event: kept.append(event)
    hands.box.command(HELP, "U0AMY", "/vigil", "help").wait()
    hands.box._core.urls.clear()
    hands.live.listen()
    hands.live.town.ear(*kept[0])  # type: ignore[arg-type]
    hands.live.settle()
    assert hands.box.ephemerals == []
    assert "What I can do" in text_of(hands.direct("amy"))


def test_the_home_page_shows_only_what_its_reader_may_see(hands: Hands) -> None:
    hands.live.config.channels["vault"] = Rules(mode="private", helpers=("U0KIM",))  # type: ignore[index]
    with private_channel(hands, "kim", "hal"):
        hands.live.engine.catch_up.run()
        for who in ("U0AMY", "U0KIM"):
            hands.box.open_home(who)
        hands.live.settle()
        pages = {who: text_of([hands.box.home(who) or {}]) for who in ("U0AMY", "U0KIM")}
    assert "#help: I answer in the thread" in pages["U0AMY"]
    assert "#lab: I only take notes" in pages["U0AMY"]
    assert "vault" not in pages["U0AMY"]
    assert "#vault: I offer drafts" in pages["U0KIM"]


def test_the_home_page_counts_what_waits_for_its_reader(hands: Hands) -> None:
    ts = answered(hands)
    hands.shortcut("kim", ts, "vigil_teach")
    hands.submit("kim")
    for who in ("U0AMY", "U0HAL"):
        hands.box.open_home(who)
    hands.live.settle()
    assert "One proposed case" in text_of([hands.box.home("U0HAL") or {}])
    assert "proposed case" not in text_of([hands.box.home("U0AMY") or {}])


def test_a_channel_vigil_is_not_in(hands: Hands) -> None:
    with private_channel(hands, "amy") as vault:
        hands.box.workspace.channels[vault].members.remove("U0VIGIL")
        assert "Invite me" in text_of(hands.slash("amy", "stats", vault))
        assert "What I can do" in text_of(hands.slash("amy", "help", vault))
