"""Doors that close while Vigil is at work: what was learned, drafted or queued before goes to nobody who may not see it now."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.jobs.places import Places
from bot.sandbox.models import User
from knowledge.embedding import Embedder
from knowledge.models import Case, Entry, Kind
from tests.hands import Hands, actions_of, private_channel, text_of
from tests.harness import TEAM, Live, Town

SECRET = "Restart the falcon gateway with `gw heal --now`."
FOUND = "approved case"
ASK = "search falcon gateway drops with F7734"


@pytest.fixture
def hands(town: Town, tmp_path: Path, model: Embedder) -> Hands:
    return Hands(Live(town, tmp_path, model, knows=()))


def learned(hands: Hands, channel: str = "C0HELP") -> Entry:
    """An approved case of that channel."""
    live, place = hands.live, f"slack:{TEAM}:{channel}"
    case = Case(Kind.CASE, "Falcon gateway drops", "The falcon gateway drops every request with F7734, what helps?",
                SECRET, live.directory.audience(place), "thread:then", container=place, authors=("U0HAL",),
                happened_at=live.clock())  # fmt: skip
    return live.knowledge.approve(live.knowledge.propose(case, "vigil", live.clock()).id, "U0CLEO", live.clock())


def closed(hands: Hands, channel: str = "C0HELP") -> None:
    """The channel is made private, and Slack says so there."""
    place = hands.box.workspace.channels[channel]
    place.kind = "group"
    hands.live.clock.move(1.0)
    core = hands.box._core
    said = {"type": "message", "subtype": "channel_convert_to_private", "user": "U0HAL", "text": "made it private",
            "channel": channel, "channel_type": "group", "ts": core.workspace.new_ts()}  # fmt: skip
    core.emit(said, place)
    hands.live.settle()


@pytest.fixture(autouse=True)
def as_before(town: Town) -> object:
    """The town's channels are shared by many tests."""
    channels = {k: (c.kind, c.shared, list(c.members)) for k, c in town.box.workspace.channels.items()}
    yield
    for name, (kind, shared, members) in channels.items():
        place = town.box.workspace.channels[name]
        place.kind, place.shared, place.members = kind, shared, members
    town.box.workspace.users.pop("U0GUS", None)


def test_a_channel_made_private_takes_what_it_taught_along(hands: Hands) -> None:
    entry, live = learned(hands), hands.live
    assert FOUND in text_of(hands.slash("amy", ASK, "C0LAB"))
    closed(hands)
    assert FOUND not in text_of(hands.slash("amy", ASK, "C0LAB"))
    places = Places({"slack": live.town.platform}, live.memory.channels, live.memory.rescoping, live.memory.runs,
                    live.directory.readership, live.clock)  # fmt: skip
    places.run()
    live.knowledge.refresh()
    moved = live.memory.entries.get(entry.id)
    assert moved is not None
    assert moved.case.audience.scopes == {f"channel:slack:{TEAM}:C0HELP"}
    assert FOUND in text_of(hands.slash("amy", ASK, "C0HELP")), "those who are in it find it there"


def test_an_answer_that_waits_in_the_outbox_is_held_to_those_who_read_it_when_it_goes_out(hands: Hands) -> None:
    learned(hands)
    live, sender = hands.live, hands.live.engine.sender
    hands.box.say("C0LAB", "U0AMY", f"<@U0VIGIL> {ASK}")
    hands.box.wait_acked()
    while live.engine.worker.step():
        continue
    assert live.memory.outbox.backlog() == (1, 0)
    hands.box.workspace.channels["C0HELP"].kind = "group"  # and nobody has said so yet
    while sender.step():
        continue
    assert live.memory.outbox.backlog() == (0, 1)
    assert live.own("C0LAB") == []


def test_a_guest_who_joins_is_shown_nothing_of_the_workspace(hands: Hands) -> None:
    learned(hands)
    hands.box.workspace.users["U0GUS"] = User("U0GUS", "gus", "Gus", is_restricted=True)
    assert FOUND in text_of(hands.slash("amy", ASK, "C0LAB"))
    hands.box.join("C0LAB", "U0GUS")
    hands.live.settle()
    assert FOUND not in text_of(hands.slash("amy", ASK, "C0LAB"))
    assert FOUND in text_of(hands.slash("amy", ASK, "C0HELP"))


def test_a_form_is_for_those_who_read_where_its_words_come_from(hands: Hands) -> None:
    with private_channel(hands, "bob", "kim", "hal") as vault:
        live, place = hands.live, f"slack:{TEAM}:{vault}"
        live.engine.catch_up.run()
        case = Case(Kind.CASE, "Falcon", "The falcon gateway drops with F7734, what helps against it?", SECRET,
                    live.directory.audience(place), "thread:then", container=place, authors=("U0HAL",))  # fmt: skip
        entry = live.knowledge.propose(case, "vigil", live.clock())
        for number in range(3):  # who answers becomes a helper
            root = hands.say("bob", f"the falcon drops again, case {number}, what now?", None, vault)
            hands.say("kim", "restart the gateway", root, vault)
        shown = [live.town.forms(click(entry, person, place)) for person in ("U0KIM", "U0BOB", "U0AMY")]
        assert [form is not None for form in shown] == [True, False, False], "a helper, a member, a stranger"


def click(entry: Entry, person: str, place: str) -> object:
    from bot.events import Click

    return Click("vigil_case_edit", f"{entry.id}.{entry.version}", person, place, 0.0)


def test_a_draft_is_not_published_from_what_the_channel_may_no_longer_see(hands: Hands) -> None:
    learned(hands)
    hands.box.say("C0DRAFTS", "U0AMY", "The falcon gateway drops every request with F7734, what can we do against it?")
    hands.live.settle()
    hands.live.clock.move(600.0)
    hands.live.settle()
    card = next(m for m in hands.live.own() if "vigil_draft_publish" in actions_of(m))
    closed(hands)
    hands.click(card, "vigil_draft_publish", "kim")
    assert all("gw heal" not in text_of([m]) for m in hands.live.own("C0DRAFTS"))
