"""The listener knows when it hears nothing, says so, mends it without haste, and counts what it acknowledges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk.socket_mode.builtin import SocketModeClient

from bot.events import Event, Turn
from bot.platforms.chat_keeping import IN_HAND, Kept
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack_acks import LOST, Acks, Probes
from bot.platforms.slack_line import SlackLine
from bot.sandbox import RateLimit, Sandbox, ServerError, Workspace
from bot.tally import Tally
from tests.platforms.conftest import RETRIES, slack_settings
from tests.platforms.ears import Ear
from tests.rivals import rivals

TURN = Turn("slack:T:C:1.0", "slack:T:C:1.0", "slack:T:C", "amy", "hello", 1.0)


@pytest.fixture(scope="module")
def town() -> Iterator[Sandbox]:
    """A workspace that sends again for longer than any of these troubles lasts."""
    with Sandbox(Workspace.small(retry_after=(0.5,) * 60)) as box:
        yield box


def asked(box: Sandbox) -> int:
    return len([call for call in box.calls if call.method == "apps.connections.open"])


def hears(ear: Ear, words: str) -> None:
    ear.box.say("help", "ben", words)
    ear.until(lambda: any(getattr(event, "text", "") == words for event, _, _ in ear.heard), words, 20)


def test_a_goodbye_instead_of_a_hello_is_no_connection_and_is_not_asked_for_without_pause(
    town: Sandbox, ear: Ear
) -> None:
    town.faults.next("apps.connections.open", ServerError(503), 3)  # so that the rivals are first
    town.abort_sockets()
    leave, before = rivals(town), asked(town)
    ear.until(lambda: "has not greeted" in ear.trouble, "word that nothing is heard")
    often = asked(town) - before
    leave()
    assert often <= 6, "Slack is not asked again and again"
    ear.until(lambda: not ear.trouble, "a connection", 20)
    hears(ear, "at last")


def test_only_one_connection_is_left_open(town: Sandbox, ear: Ear) -> None:
    for _ in range(3):
        town.disconnect()
        town.abort_sockets()
    ear.until(lambda: not ear.trouble, "a connection")
    hears(ear, "one at a time")
    town.wait_for(lambda box: box.connections == 1, 10, "a single connection")


def test_a_connection_that_was_already_gone_when_it_is_replaced_does_not_cost_the_new_one() -> None:
    def gone() -> None:
        raise AttributeError("'NoneType' object has no attribute 'close'")  # the SDK's reader was faster

    with Sandbox(Workspace.small()) as box:
        slack = SlackPlatform(slack_settings(box), str)

        def address() -> str:
            return str(slack.call("apps.connections.open", {}, token="xapp-sandbox")[0]["url"])

        client = SocketModeClient("xapp-sandbox", auto_reconnect_enabled=False)
        line = SlackLine(client, address, 0.5)
        line.connect()
        old = client.current_session
        old.disconnect, end = gone, old.disconnect
        line.connect()
        assert client.current_session is not old
        assert client.is_connected()
        end()
        line.close()


def test_a_silent_connection_is_spoken_of_before_it_is_replaced(town: Sandbox, ear: Ear) -> None:
    ear.troubles.clear()
    town.mute_sockets()
    ear.until(lambda: any("silent" in trouble for trouble in ear.troubles), "word of the silence")
    hears(ear, "after the silence")


@pytest.fixture
def away() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(retry_after=RETRIES)) as box:
        yield box


def test_what_is_counted_adds_up(away: Sandbox) -> None:
    ear = Ear(away, slack_settings(away))
    ear.fail_next = 2
    hears(ear, "third time lucky")
    ear.until(lambda: ear.tally.counts().get("acknowledged"), "the count of an acknowledgement that has left")
    new = ear.tally.counts()
    ear.close()
    assert (new["stored"], new["not_stored"], new["redelivered"]) == (1, 2, 2)
    assert (new["acknowledged"], new.get("dropped", 0)) == (1, 0)


def test_a_listener_that_starts_while_slack_is_away_waits_for_it(away: Sandbox) -> None:
    away.stop()
    ear = Ear(away, slack_settings(away))
    assert "cannot reach Slack" in ear.trouble
    away.start()
    ear.until(lambda: ear.beats and not ear.trouble, "a connection", 30)
    hears(ear, "good morning")
    ear.close()


class Client:
    """As much of the SDK's client as counting and probing need."""

    def __init__(self) -> None:
        self.acked: list[Any] = []
        self.queued: list[str] = []
        self.message_listeners: list[Callable[..., None]] = []

    def send_socket_mode_response(self, response: Any) -> None:
        self.acked.append(response)

    def enqueue_message(self, message: str) -> None:
        self.queued.append(message)


def test_an_acknowledgement_that_nothing_stands_behind_is_a_drop() -> None:
    client, tally = Client(), Tally()
    acks = Acks(tally)
    acks.watch(client)
    for fate in ("stored", "known", ""):
        acks.begin({"x-slack-retry-num": ["0"]})
        if fate:
            acks.settle(fate)
        client.send_socket_mode_response(fate)
    client.send_socket_mode_response("once more, on its own")
    counts = tally.counts()
    assert (counts["acknowledged"], counts["stored"], counts["known"], counts["dropped"]) == (4, 1, 1, 2)
    assert len(client.acked) == 4


class Slow:
    """A store whose commits take as long as the test says, or fail."""

    def __init__(self) -> None:
        self.now, self.takes, self.error = 100.0, 0.0, ""
        self.kept = Kept(self.put, Tally(), lambda text: text.replace("hunter2", "[secret]"), lambda: self.now)
        self.seen = ""

    def put(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> bool:
        self.now += self.takes
        self.seen = self.kept.trouble()
        if self.error:
            raise OSError(self.error)
        return True


def test_a_commit_that_hangs_or_fails_is_spoken_of() -> None:
    store = Slow()
    store.takes = IN_HAND + 1
    store.kept.put(TURN, "r", ())
    assert store.seen == "an event has been on its way into the store for 13 s"
    assert store.kept.trouble() == ""
    store.takes, store.error = 0.0, "no space left, hunter2"
    with pytest.raises(OSError, match="no space"):
        store.kept.put(TURN, "r", ())
    assert store.kept.trouble() == "nothing can be stored: no space left, [secret]"
    store.error = ""
    store.kept.put(TURN, "r", ())
    assert store.kept.trouble() == ""


def test_frames_that_nobody_works_off_are_found_by_the_probe() -> None:
    client, store = Client(), Slow()
    probes = Probes(client, store.kept, 15.0, lambda: store.now)
    probes.send()
    probes.send()
    assert len(client.queued) == 1, "one at a time"
    store.now += LOST + 1
    assert "frames have not been worked off for 13 s" in probes.trouble()
    (taken,) = client.message_listeners
    taken(client, {"type": "hello"}, None)
    assert probes.trouble() == "", "slow, but going on"
    taken(client, {"type": "vigil_probe", "at": 1.0}, None)
    store.now += LOST + 1
    assert probes.trouble() == ""
    store.now += 15
    probes.send()
    assert len(client.queued) == 2


def test_nobody_asks_for_a_connection_before_slack_allows_it(town: Sandbox, ear: Ear) -> None:
    town.faults.next("apps.connections.open", RateLimit(3))
    before = asked(town)
    town.abort_sockets()
    ear.until(lambda: ear.waits, "the wait")
    ear.until(lambda: asked(town) > before + 1, "the next attempt", 20)
    first, second = [call.when for call in town.calls if call.method == "apps.connections.open"][-2:]
    assert second - first >= 3.0, "asked before Retry-After was over"
    ear.until(lambda: not ear.trouble, "a connection", 20)
