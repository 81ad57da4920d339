"""Who somebody is before a channel: guests, visitors, the deactivated and the unknown in a public channel, and no learned office."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.dialogue.roles import Roles
from bot.sandbox.models import User
from tests.hands import HELP, Hands, text_of
from tests.harness import TEAM

PLACE = f"slack:{TEAM}:{HELP}"
EXTRA = {
    "guest": User("U0GUEST", "guest", "Guest", is_restricted=True),
    "away": User("U0AWAY", "away", "Away", is_restricted=True),
    "visitor": User("U0VISIT", "visitor", "Visitor", team="T0OTHER"),
    "gone": User("U0GONE", "gone", "Gone", deleted=True),
    "member": User("U0MEMBER", "member", "Member"),
}


@pytest.fixture
def crowd(hands: Hands) -> Iterator[Hands]:
    """The guest, the visitor and the one who left are in the public channel; the other guest and a member are not."""
    workspace = hands.box.workspace
    inside = ["U0GUEST", "U0VISIT", "U0GONE"]
    workspace.users |= {user.id: user for user in EXTRA.values()}
    workspace.channels[HELP].members += inside
    yield hands
    for user in EXTRA.values():
        del workspace.users[user.id]
    workspace.channels[HELP].members[:] = [m for m in workspace.channels[HELP].members if m not in inside]


@pytest.mark.parametrize(
    ("name", "reads"), [("guest", True), ("away", False), ("visitor", True), ("gone", True), ("member", True)]
)
def test_a_public_channel_is_open_to_members_and_to_who_is_in_it(crowd: Hands, name: str, reads: bool) -> None:
    assert crowd.live.directory.open_to(PLACE, EXTRA[name].id) is reads
    assert not crowd.live.directory.open_to(PLACE, "U0NOBODY")


@pytest.mark.parametrize(("name", "helps"), [("guest", False), ("visitor", False), ("gone", False), ("member", True)])
def test_by_helping_alone_only_members_come_to_an_office(crowd: Hands, name: str, helps: bool) -> None:
    class Learned:
        def helpers(self, channel_id: str) -> frozenset[str]:
            return frozenset(user.id for user in EXTRA.values())

    actor = Roles(Learned(), crowd.live.directory).at(PLACE, EXTRA[name].id)
    assert actor.helps is helps


def test_a_guest_elsewhere_is_told_nothing_of_a_public_channel(crowd: Hands) -> None:
    before = len(crowd.box.ephemerals)
    crowd.box.command(HELP, "U0AWAY", "/vigil", "stats").wait()
    crowd.live.settle()
    assert "I cannot read this channel" in text_of(crowd.box.ephemerals[before:])
    assert ("U0AWAY", "stats", False) in crowd.audit()


@pytest.mark.parametrize("value", ["", "nonsense", "slack:T0TEST:C0NONE:1.1", "lark:T:C:1"])
def test_a_choice_of_what_is_nowhere_is_refused(crowd: Hands, value: str) -> None:
    from bot.events import WHISPER, Click

    click = Click("vigil_pick_resolve", value, "U0KIM", PLACE, crowd.live.clock(), via=WHISPER)
    crowd.live.engine.mind.respond(click, crowd.live.clock())
    assert not crowd.value("SELECT count(*) FROM marks")
