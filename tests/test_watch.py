"""The watch over weeks of a made-up team: it counts each day once, and tells what moved, why, and nothing it may not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.messages import Message, Post, Target
from bot.outcomes import Counted, Erasure
from tests.harness import CHANNELS, TEAM
from tests.script import Start, read
from tests.weeks import DAY, DESK, HELP, KNOWN, LAB, MONDAY, VAULT, Weeks

CALM = 4  # weeks in which nothing changes
NEW = ("payroll export", "payroll export", "payroll export", *KNOWN[:3])
Go = Callable[..., Weeks]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after CALM weeks, in which nothing was told."""
    folder = tmp_path_factory.mktemp("calm")
    weeks = Weeks(folder)
    assert [weeks.week(a_day=9) for _ in range(CALM)] == [0] * CALM
    weeks.memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    weeks.memory.database.close()
    return folder


@pytest.fixture
def go(calm: Path, tmp_path: Path) -> Go:
    """The team of those weeks, on a copy of its store, as it begins the next."""

    def start(private: bool = True) -> Weeks:
        shutil.copy(calm / "vigil.db", tmp_path / "vigil.db")
        return Weeks(tmp_path, MONDAY + CALM * 7 * DAY + 9 * 3600, private)

    return start


def test_a_new_topic_is_told_once_a_week_with_its_words(go: Go) -> None:
    weeks = go()
    assert weeks.week(NEW, a_day=9) == 1
    (post,) = weeks.posts()
    assert "Likely cause: a new topic" in post
    assert "“payroll”" in post
    assert "“export”" in post
    assert "U1" not in post
    assert f'"channel_id":"{DESK}"' in post
    for _ in range(3):
        weeks.clock.move_to(weeks.clock() + 3600)
        assert weeks.watch.run() == 0
    assert len(weeks.posts()) == 1


def test_another_week_like_the_others_is_not_worth_a_word(go: Go) -> None:
    weeks = go()
    assert weeks.week(a_day=9) == 0
    assert weeks.numbers("decided") == {"": 7 * 9 * (CALM + 1)}


def test_few_questions_alarm_nobody(tmp_path: Path) -> None:
    weeks = Weeks(tmp_path)
    weeks.watch.run()
    for _ in range(CALM):
        weeks.week(a_day=1)
    assert weeks.week(NEW[:1], a_day=3, right=0.0) == 0


def test_missed_nights_are_caught_up_once_by_whoever_comes(go: Go) -> None:
    weeks = go()
    weeks.week(a_day=3, watched=False)
    missed = [int(weeks.clock() // DAY) - 7 + day for day in range(7)]
    sql = "SELECT day, sum(number) FROM series WHERE name='decided' GROUP BY day ORDER BY day DESC LIMIT 7"
    other = Weeks(weeks.folder, weeks.clock())
    assert (weeks.watch.measure(), other.watch.measure()) == (7, 0)
    assert weeks.memory.database.read(sql) == [(day, 3) for day in reversed(missed)]
    assert not weeks.memory.series.write(missed[0], weeks.memory.series.counted(missed[0]), first=True)
    weeks.restart()
    assert weeks.watch.measure() == 0
    assert weeks.memory.database.read(sql) == [(day, 3) for day in reversed(missed)]


def test_ratings_that_come_later_are_counted_with_their_day(go: Go) -> None:
    weeks = go()
    weeks.week(a_day=5)
    before = weeks.numbers("rated")
    weeks.memory.database.write("UPDATE feedback SET helpful=0")
    weeks.clock.move_to(weeks.clock() + DAY)
    weeks.watch.run()
    after = weeks.numbers("rated")
    assert sum(after.values()) == sum(before.values())
    assert 0 < after["helpful"] < before["helpful"]  # those of the last week turned, the older days stay as they were


def test_words_of_a_private_channel_are_not_told_elsewhere(go: Go) -> None:
    weeks = go(private=True)
    assert weeks.week(NEW, a_day=9, channel=VAULT) == 0
    assert weeks.posts() == []


def test_a_channel_in_shadow_mode_is_not_spoken_of(go: Go) -> None:
    weeks = go()
    weeks.office.modes = {HELP: weeks.office.rules(LAB)}
    assert weeks.week(NEW, a_day=9) == 0
    assert weeks.numbers("nearest")


def test_a_source_that_people_reject_is_named(go: Go) -> None:
    weeks = go()
    assert weeks.week(KNOWN[:3], a_day=9, right=0.05) >= 1
    post = weeks.posts()[0]
    assert "a source that no longer helps" in post
    assert any(f"[The {topic}](https://guide.example/" in post for topic in KNOWN[:3])
    assert "a year ago" in post


def test_a_changed_model_is_the_likelier_cause(go: Go) -> None:
    weeks = go()
    weeks.restart(width=64)
    assert weeks.week(KNOWN[:3], a_day=9, right=0.05) == 1
    (post,) = weeks.posts()
    assert "embedding went from `hashing-256` to `hashing-64`" in post


def test_a_broken_promise_without_a_culprit_is_told_as_that(go: Go) -> None:
    weeks = go()
    weeks.week(a_day=9, right=0.1, watched=False)
    weeks.memory.database.write("UPDATE shown SET entry_id=0")
    weeks.clock.move_to(weeks.clock() + 1800)
    assert weeks.watch.run() == 1
    assert "I see no single cause" in weeks.posts()[0]


def test_nothing_is_told_at_night(go: Go) -> None:
    weeks = go()
    weeks.week(NEW, a_day=9, watched=False)
    weeks.clock.move_to((weeks.clock() // DAY + 1) * DAY + 7200)
    assert (weeks.watch.run(), weeks.posts()) == (0, [])
    weeks.clock.move_to(weeks.clock() + 8 * 3600)
    assert weeks.watch.run() == 1


def test_the_series_holds_numbers_and_nobodys_words(go: Go) -> None:
    weeks = go()
    weeks.week(NEW, a_day=4)
    rows = weeks.memory.database.read("SELECT DISTINCT channel_id, name, part FROM series")
    parts = {
        part for _, name, part in rows if name not in ("triage", "embedding") and not part.replace(".", "").isdigit()
    }
    assert parts <= {"", "helpful", "unhelpful", "section", "case", "precedent"}
    assert {channel for channel, _, _ in rows} == {"", HELP}


def test_a_post_about_a_topic_goes_with_the_words_it_tells(go: Go) -> None:
    weeks = go()
    weeks.week(NEW, a_day=9)
    assert "payroll" in weeks.posts()[0]
    (asker,) = weeks.memory.database.read("SELECT author FROM turns WHERE text LIKE '%payroll%' LIMIT 1")[0]
    weeks.memory.erasures.request(Erasure("person", asker, "requested"), weeks.clock())
    while weeks.memory.erasures.open():
        weeks.engine.eraser.step()
        weeks.clock.move_to(weeks.clock() + 30)
    assert not any("payroll" in post for post in weeks.posts())
    assert weeks.memory.erasures.orphans() == {}


def test_a_week_of_a_year_ago_is_not_caught_up(tmp_path: Path) -> None:
    weeks = Weeks(tmp_path, MONDAY - 400 * DAY)
    assert weeks.watch.run() == 0
    weeks.ask(KNOWN[0], "U1")
    weeks.clock.move_to(MONDAY)
    weeks.watch.run()
    days = [row[0] for row in weeks.memory.database.read("SELECT day FROM series WHERE name='measured' ORDER BY day")]
    assert days == list(range(int(MONDAY // DAY) - 63, int(MONDAY // DAY)))


def test_helpers_read_it_in_their_channel(talk: Start) -> None:
    live = talk().live
    today, here = int(live.clock() // DAY), f"slack:{TEAM}:{CHANNELS['help']}"
    for day in range(today - 35, today):
        liked = 1 if day >= today - 7 else 9
        counts = [Counted(day, here, "rated", "helpful", liked), Counted(day, here, "rated", "unhelpful", 10 - liked)]
        assert live.memory.series.write(day, counts, first=True)
    assert (live.engine.watch.run(), live.engine.watch.run()) == (1, 0)
    live.settle()
    (post,) = live.own("desk")
    assert "helpful, of ratings: 10 % in the last 7 days (70 cases), 90 % in the weeks before" in read(post)
    assert [message["in"] for message in live.own()] == [CHANNELS["desk"]]


def test_a_sent_post_about_a_topic_goes_too(talk: Start) -> None:
    chat = talk("fresh")
    chat.play("amy: the payroll export stopped again, what is wrong with it?")
    live, desk = chat.live, f"slack:{TEAM}:{CHANNELS['desk']}"
    post = Post(f"watch-topic-1/{desk}", Target.CHANNEL, desk, Message("“payroll”"), event_type="vigil_watch")
    assert live.memory.series.tell(post, "topic", live.clock(), DAY, [chat.thread_id])
    assert not live.memory.series.tell(post, "topic", live.clock() + 1, DAY)
    live.settle()
    assert len(live.own("desk")) == 1
    chat.play("amy deletes root   -> removes")
    assert live.own("desk") == []
    chat.play("+2m")
    assert live.memory.erasures.orphans() == {}
