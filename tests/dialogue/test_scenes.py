"""What a turn looks back at, how much a message says, and what the readings that training ships with hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from bot.dialogue.cues import INDEX, cues
from bot.dialogue.features import context
from bot.dialogue.reading import Reader
from bot.dialogue.scenes import Scene, looking_back, scene
from bot.dialogue.triage import BACK, Weights, measured
from bot.models import Thread
from knowledge.embedding import HashingEmbedder
from tests.dialogue.triage_situations import ADVICE, QUOTA, flat, threaded

STILL = "amy: Same error, still 403."
SCRIPTS = Path(__file__).parents[2] / "scripts"


def reader() -> Reader:
    return Weights.load().reader(HashingEmbedder().embed, trusted=False)


def placed(thread: Thread) -> Scene:
    read = reader()
    return scene(thread, thread.last, read.names, read.read)


def test_it_looks_back_at_the_speaker_and_the_partner_as_they_stood() -> None:
    mine, other = looking_back(placed(threaded(QUOTA, ADVICE, STILL)))
    assert mine is not None
    assert mine.turn.author == "amy"
    assert not mine.reply
    assert not mine.before
    assert other is not None
    assert other.turn.author == "hana"
    assert [t.author for t in other.before] == ["amy"]


def test_nothing_is_looked_back_at_where_nobody_spoke() -> None:
    assert looking_back(placed(threaded(QUOTA))) == (None, None)


def test_an_earlier_message_is_read_alike_in_threads_and_without_what_came_later() -> None:
    thread = threaded(QUOTA, ADVICE, STILL)
    early = Thread(thread.id, thread.channel_id, thread.turns[:2], thread.helpers, threaded=True)
    _, other = looking_back(placed(thread))
    assert other is not None
    assert context(other) == context(placed(early))


def test_messages_of_one_minute_keep_their_order_when_looked_back_at() -> None:
    thread = flat(QUOTA, ADVICE, STILL, "hana: Which region?")
    at = thread.last.sent_at
    near = tuple(replace(turn, sent_at=at) for turn in thread.nearby)
    mine, other = looking_back(placed(replace(thread, nearby=near)))
    assert mine is not None
    assert [t.text for t in mine.before] == [near[0].text]
    assert other is not None
    assert [t.text for t in other.before] == [turn.text for turn in near[:2]]


def test_the_need_of_the_messages_before_stands_among_the_values() -> None:
    weights, place = Weights.load(), placed(threaded(QUOTA, ADVICE, STILL))
    values, _ = measured(place, looking_back(place), weights)
    named = dict(zip(weights.names, values.tolist(), strict=True))
    assert named[BACK[0]] > 0.5 > named[BACK[1]]


def test_longer_messages_say_more_in_any_script() -> None:
    long, words = INDEX["how long, code and all"], INDEX["how many words"]
    for short, more in (
        ("no", "no, the deploy still fails with code 7"),
        ("不行", "不行，部署的时候还是报错，代码是七"),
    ):
        assert cues(short)[long] < cues(more)[long]
        assert cues(short)[words] < cues(more)[words]
    assert cues("no ```x = 1```")[long] > cues("no")[long]


def test_the_readings_that_training_ships_with_hold_no_words_and_name_open_sets_only() -> None:
    for line in (SCRIPTS / "triage_readings.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert set(row) == {"file", "lines", "needs"}
        assert len(row["lines"]) == len(row["needs"])
        assert row["file"].startswith(("gitter_", "irc_ubuntu", "zulip_bytecode"))
        assert set(row["needs"]) <= set("012")
