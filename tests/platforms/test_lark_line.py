"""Every way in which the connection to Lark goes deaf is noticed, said in words, and mended or given up for a new process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.events import Turn
from bot.models import VigilError
from bot.platforms import lark_ears
from bot.platforms.base import SendLater, SendUnknown
from bot.platforms.chat_line import LONGEST_PAUSE
from bot.platforms.lark_line import PING_SECONDS, STUCK, LarkLine
from bot.platforms.lark_socket import Socket, running
from bot.platforms.lark_wire import Wire
from bot.sandbox import (
    Code,
    Cut,
    Drop,
    Hang,
    HangOpen,
    LarkSandbox,
    LarkWorkspace,
    NoHello,
    ServerError,
    TooMany,
)
from tests.platforms.lark_ears import LarkEar, lark_settings


@pytest.fixture(scope="module")
def town() -> Iterator[LarkSandbox]:
    """A tenant that sends again for longer than any of these troubles lasts."""
    with LarkSandbox(LarkWorkspace.small(retry_after=(0.5,) * 100)) as box:
        yield box


@pytest.fixture(scope="module")
def listening(town: LarkSandbox) -> Iterator[LarkEar]:
    ear = LarkEar(town, lark_settings(town, 1.5))
    yield ear
    ear.close()


@pytest.fixture
def ear(listening: LarkEar) -> Iterator[LarkEar]:
    listening.until(lambda: listening.beats and not listening.trouble, "a connection", 40)
    listening.clear()
    listening.troubles.clear()
    listening.since = listening.beats
    yield listening
    listening.box.faults.clear()


def hears(ear: LarkEar, words: str) -> None:
    ear.box.say("help", "ben", words)
    ear.until(lambda: any(isinstance(e, Turn) and e.text == words for e, _, _ in ear.heard), words, 40)
    ear.until(lambda: ear.beats > ear.since and not ear.trouble, "word of a new connection, and an end of trouble", 40)


def endpoints(box: LarkSandbox) -> list[float]:
    """When somebody asked where to connect to."""
    return [call.when for call in box.calls if call.method == "ws.endpoint"]


def test_a_cut_connection_is_made_again_and_caught_up_after(town: LarkSandbox, ear: LarkEar) -> None:
    town.abort_sockets()
    town.wait_for(lambda box: box.connections == 0)
    hears(ear, "after the cut")
    assert ear.beats == ear.since + 1
    town.wait_for(lambda box: box.connections == 1, what="a single connection")


def test_a_connection_without_pongs_is_spoken_of_and_replaced(town: LarkSandbox, ear: LarkEar) -> None:
    old = town._server.links[0]
    town.faults.next("pong", Drop(), times=6)
    ear.until(lambda: any("silent" in trouble for trouble in ear.troubles), "word of the silence")
    ear.until(lambda: not ear.trouble, "another connection", 40)
    town.wait_for(lambda box: [link for link in box._server.links if link is not old] == box._server.links)
    hears(ear, "pongs again")


def test_a_socket_that_answers_only_the_websockets_own_pings_is_deaf(town: LarkSandbox, ear: LarkEar) -> None:
    town.deafen_sockets()
    town.say("help", "ben", "said to the deaf")
    ear.until(lambda: any("silent" in trouble for trouble in ear.troubles), "word of the silence")
    hears(ear, "no longer deaf")
    ear.until(lambda: len(ear.wait(Turn)) >= 2, "what was said meanwhile", 40)


def test_a_socket_that_is_silent_altogether_is_replaced(town: LarkSandbox, ear: LarkEar) -> None:
    town.mute_sockets()
    ear.until(lambda: any("silent" in trouble for trouble in ear.troubles), "word of the silence")
    hears(ear, "after the silence")


@pytest.mark.parametrize("fault", [NoHello(), Hang(60)])
def test_a_new_connection_on_which_nothing_comes_back_counts_for_none(
    town: LarkSandbox, ear: LarkEar, fault: NoHello | Hang
) -> None:
    town.faults.next("socket", fault)
    town.abort_sockets()
    ear.until(lambda: any("has not answered" in trouble for trouble in ear.troubles), "word of it")
    hears(ear, f"after {fault}")
    assert ear.beats == ear.since + 1, "what answered nothing was no connection"


def test_the_sdks_lost_lock_is_noticed_and_left_behind(town: LarkSandbox, ear: LarkEar) -> None:
    """As after its own second connect: frames come in, and nothing goes out any more, neither pings nor acknowledgements."""
    socket = next(one for one in objects(Socket) if one.stands)

    async def lose() -> None:
        await socket._lock.acquire()

    asyncio.run_coroutine_threadsafe(lose(), running()).result(10)
    town.say("help", "ben", "heard and never acknowledged")
    ear.until(lambda: any("silent" in trouble for trouble in ear.troubles), "word of the silence")
    hears(ear, "with another lock")
    town.wait_acked(40)


def objects(kind: type[Socket]) -> list[Socket]:
    import gc

    return [one for one in gc.get_objects() if type(one) is kind]


@pytest.mark.parametrize(
    "fault", [HangOpen(), Drop(), ServerError(503), Code(1, "system busy"), Code(1000040343, "oops")]
)
def test_discovery_that_hangs_or_fails_is_tried_again(
    town: LarkSandbox, ear: LarkEar, fault: HangOpen | Drop | ServerError | Code
) -> None:
    town.faults.next("endpoint", fault, times=2)
    town.abort_sockets()
    ear.until(lambda: any("no connection to Lark" in trouble for trouble in ear.troubles), "word of it")
    assert "\n" not in ear.trouble
    hears(ear, f"after {fault}")


def test_a_handshake_that_hangs_is_given_up(town: LarkSandbox, ear: LarkEar) -> None:
    town.faults.next("socket", HangOpen())
    town.abort_sockets()
    ear.until(lambda: any("not ready within" in trouble for trouble in ear.troubles), "word of it")
    hears(ear, "after the handshake")


def test_a_connection_that_is_cut_as_soon_as_it_stands_is_not_asked_for_without_pause(
    town: LarkSandbox, ear: LarkEar
) -> None:
    before = len(endpoints(town))
    town.faults.next("socket", Cut(), times=4)
    town.abort_sockets()
    hears(ear, "at last")
    asked = endpoints(town)[before:]
    assert len(asked) == 5
    pauses = [later - sooner for sooner, later in pairwise(asked)]
    assert pauses[-1] >= 1.0, "the pauses grow"


def test_too_many_connections_are_waited_out_and_said_in_a_line(town: LarkSandbox, ear: LarkEar) -> None:
    before = len(endpoints(town))
    town.faults.next("socket", TooMany())
    town.abort_sockets()
    ear.until(lambda: ear.waits and "too many are open" in ear.trouble, "word of it")
    hears(ear, "there is room again")
    first, second = endpoints(town)[before:]
    assert second - first >= 4.0


def test_a_wrong_secret_ends_it_with_one_line(town: LarkSandbox) -> None:
    asked = len([call for call in town.calls if call.method == "auth.token"])
    ear = LarkEar(town, lark_settings(town, secret="wrong"))
    assert ear.error is not None
    assert not isinstance(ear.error, SendLater | SendUnknown)
    assert "secret" in str(ear.error)
    assert "\n" not in str(ear.error)
    assert len([call for call in town.calls if call.method == "auth.token"]) == asked + 1, "asked once"


def test_credentials_that_discovery_refuses_are_hopeless(town: LarkSandbox) -> None:
    async def hear(payload: bytes) -> None:
        return None

    wire = Wire(replace(lark_settings(town), app_secret="wrong"), hear)
    with pytest.raises(VigilError, match="Lark refuses the app") as refused:
        wire.connected()
    assert not isinstance(refused.value, SendLater | SendUnknown)
    assert "\n" not in str(refused.value)


def test_a_loop_that_hangs_ends_the_run_so_that_a_new_process_begins(town: LarkSandbox, ear: LarkEar) -> None:
    go = threading.Event()
    second = LarkEar(town, lark_settings(town, 1.5))
    running().call_soon_threadsafe(go.wait, 60)
    try:
        second.until(lambda: second.error, "the end of the run", 60)
    finally:
        go.set()
    assert isinstance(second.error, SendLater), "that is what a supervisor starts again"
    assert "only a new process can hear again" in str(second.error)
    assert any("silent" in trouble for trouble in second.troubles)
    second._thread.join(20)


def test_a_listener_that_starts_while_lark_is_away_waits_for_it() -> None:
    with LarkSandbox(LarkWorkspace.small(retry_after=(0.5,) * 20)) as away:
        settings = lark_settings(away)
        away.stop()
        ear = LarkEar(away, settings)
        assert "cannot reach Lark" in ear.trouble
        away.start()
        ear.until(lambda: ear.beats and not ear.trouble, "a connection", 40)
        hears(ear, "good morning")
        ear.close()


class Fake:
    """A connection that says what the test says."""

    def __init__(self) -> None:
        self.stands, self.pings, self.ended = True, 0, False
        self.pong_at: float | None = None

    def ping(self) -> None:
        self.pings += 1

    def end(self) -> None:
        self.ended = True


class Still:
    """Makes such connections; its clock stands still until the test moves it."""

    def __init__(self) -> None:
        self.now, self.works = 100.0, True
        self.made: list[Fake] = []
        self.tried: list[float] = []
        self.error: VigilError | None = None
        self.line = LarkLine(self, clock=lambda: self.now)

    def connected(self) -> Fake:
        self.tried.append(self.now)
        if self.error is not None:
            raise self.error
        self.made.append(Fake())
        return self.made[-1]

    def ticks(self) -> bool:
        return self.works

    def pass_on(self, seconds: float) -> None:
        """Time goes by, and the line is looked after."""
        self.now += seconds
        self.line.look()
        self.line.mend()


def test_silence_is_noticed_within_thirty_seconds_and_mended_before_a_supervisor_would_do_it() -> None:
    """With the shipped settings, whenever in the life of a connection it falls silent."""
    still = Still()
    still.line.connect()
    still.made[0].pong_at = still.now
    still.pass_on(0.0)
    assert (still.line.fresh(), still.line.fresh(), still.line.trouble()) == (True, False, "")
    noticed = 0.0
    while len(still.made) == 1:
        still.pass_on(0.25)
        noticed = noticed or (still.now if still.line.trouble() else 0.0)
    assert 100.0 < noticed <= 130.0
    assert still.now - noticed < 15.0, "a supervisor ends a listener after twenty seconds of trouble"
    assert still.made[0].ended
    assert still.made[0].pings >= 3
    assert not still.line.fresh(), "a connection that has not answered is no reason to catch up"
    still.made[1].pong_at = still.now
    still.pass_on(0.25)
    assert (still.line.fresh(), still.line.trouble()) == (True, "")


def test_attempts_come_with_longer_and_longer_pauses_until_a_connection_lasts() -> None:
    still = Still()
    still.error = SendUnknown("cannot reach Lark")
    for _ in range(400):
        still.pass_on(0.25)
    pauses = [later - sooner for sooner, later in pairwise(still.tried)]
    assert pauses[0] >= 1.5
    assert pauses == sorted(pauses)
    assert pauses[-1] <= LONGEST_PAUSE * PING_SECONDS + 0.25
    assert still.line.trouble().startswith("no connection to Lark for ")
    assert still.line.trouble().endswith(": cannot reach Lark")


def test_lark_is_not_asked_before_the_time_it_named() -> None:
    still = Still()
    still.error = SendLater("too many", 120.0)
    for _ in range(440):
        still.pass_on(0.25)
    assert len(still.tried) == 1
    assert still.line.waits()
    still.error = None
    for _ in range(60):
        still.pass_on(0.25)
    assert len(still.tried) == 2


def test_a_loop_that_does_nothing_any_more_is_hopeless_and_one_that_works_is_not() -> None:
    still = Still()
    assert still.line.hopeless() == ""
    still.works = False
    still.now += STUCK * PING_SECONDS
    assert still.line.hopeless() == ""
    still.now += 1
    assert "has hung for 17 s" in still.line.hopeless()
    still.works = True
    assert still.line.hopeless() == ""


def test_events_that_nobody_works_off_are_found_by_the_probe() -> None:
    now = [100.0]
    waiting: list[object] = []

    class Busy:
        worked_at = 0.0

        def probe(self) -> object:
            future: lark_ears.Future[None] = lark_ears.Future()
            waiting.append(future)
            return future

    ears = Busy()
    probes = lark_ears.Probes(ears, 10.0, lambda: now[0])  # type: ignore[arg-type]
    probes.send()
    probes.send()
    assert len(waiting) == 1, "one at a time"
    now[0] += lark_ears.LOST + 1
    assert "events have not been worked off for 13 s" in probes.trouble()
    ears.worked_at = now[0]
    assert probes.trouble() == "", "slow, but going on"
    waiting[0].set_result(None)  # type: ignore[attr-defined]
    now[0] += lark_ears.LOST + 1
    assert probes.trouble() == ""
    probes.send()
    assert len(waiting) == 2
