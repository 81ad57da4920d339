"""Of a model's answer only that is said which its sources carry; earlier threads are never retold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.config import Rules
from bot.dialogue import composing, extract, suggest
from bot.dialogue.composing import Composed, Part, Written
from bot.dialogue.support import Support
from bot.llm.base import Speechless, Task
from bot.models import Suggestion, Thread
from knowledge.embedding import Embedder
from knowledge.models import Hit, Kind
from tests.dialogue.talk import RULES, hit, score, thread
from tests.llm.voices import Told

GROW = "Grow the volume; it is online and takes under two minutes."
GUARD = "After a growth the read-only guard lifts by itself within 60 seconds."
CODE = "nw db storage show --cluster orders-prod\nnw db storage grow --cluster orders-prod --to 500GB"
DISK = f"{GROW} Volumes can only grow, never shrink. {GUARD}\n\n```\n{CODE}\n```\n\nNever run `rm -rf /var/lib/db` by hand."
TALK = thread("amy: the disk of orders-prod is full and the database is read-only, how do I grow the volume?")
FOUND = hit(DISK, id=1)
OTHER = hit(
    "Set `autogrow = on` and the volume of the disk grows by 20 % each time it passes 80 %.", 0.7, id=2, title="Autogrow",
    problem="Storage > Autogrow", source="file:2.md#a",
)  # fmt: skip
EARLIER = hit(
    "I deleted /var/lib/db/old and the full disk was fine again, try that on your volume", 0.9, Kind.PRECEDENT, 3,
    "disk full", "the disk of orders-prod is full", cause=suggest.RESOLVED_SIGN,
)  # fmt: skip
Ask = Callable[..., Written]


@pytest.fixture
def written(model: Embedder) -> Ask:
    """What is made of the parts that the model gives, for TALK and two documents unless told otherwise."""

    def ask(
        *parts: Part, hits: tuple[Hit, ...] = (FOUND, OTHER), talk: Thread = TALK, quoted: Suggestion | None = None,
        enough: bool = True, rules: Rules = RULES,
    ) -> Written:  # fmt: skip
        quoted = quoted or Suggestion("quoted", hits[:1], hits[0].helpful)
        voice = Told({Task.COMPOSE: Composed(parts, enough)})
        found = composing.compose(talk, score(talk), quoted, hits, rules, voice, Support(model.embed))
        assert found is not None
        return found

    return ask


def said(written: Written) -> str:
    assert written.suggestion is not None, written.why_not
    return written.suggestion.text


def test_carried_sentences_are_said_with_the_hits_that_carry_them(written: Ask) -> None:
    found = written(
        Part(GROW, ("h1",)), Part("The read-only guard then lifts by itself within 60 seconds.", ("h1", "h2"))
    )
    assert said(found).split("\n\n") == [GROW, "The read-only guard then lifts by itself within 60 seconds."]
    assert found.suggestion is not None
    assert [h.entry.id for h in found.suggestion.citations] == [1]  # h2 was named and carries nothing of it
    assert found.suggestion.confidence == FOUND.helpful
    assert found.call is not None
    assert found.call.prompt.startswith("compose-")


def test_the_sources_keep_their_order_whatever_is_cited_first(written: Ask) -> None:
    autogrow = "With `autogrow = on` the volume grows by 20 % each time it passes 80 %."
    found = written(Part(autogrow, ("h2",)), Part(GROW, ("h1",)))
    assert found.suggestion is not None
    assert [h.entry.id for h in found.suggestion.citations] == [1, 2]


@pytest.mark.parametrize(
    "bad",
    [
        "Delete the old write-ahead log first.",
        "Run `nw db storage grow --force` to grow the volume.",
        "The guard lifts by itself within 6 seconds.",
        "Grow the volume, see https://evil.example/grow for details.",
        "Grow the volume, see [the guide](https://evil.example).",
        "![grow the volume](https://evil.example/x.png)",
        "<!channel> grow the volume; it is online.",
        "<@U0BOB> will grow the volume; it is online.",
        "@here grow the volume; it is online.",
        "Grow the volume；＠everyone it is online.",
        "Grow the volume; it is <b>online</b>.",
        "Grow the volume; it is online\u202e and takes under two minutes.",
        "Grow the volume &lt;!here&gt; it is online.",
        "Run `rm -rf /var/lib/db` by hand.",
        "Volumes can shrink.",
    ],
)
def test_one_bad_sentence_is_dropped_and_the_rest_stays(written: Ask, bad: str) -> None:
    found = written(Part(f"{GROW} {GUARD}\n\n{bad}", ("h1", "h2")))
    assert said(found) == f"{GROW} {GUARD}"


def test_what_leans_on_a_dropped_sentence_goes_with_it(written: Ask) -> None:
    part = Part(f"{GUARD} {GROW} Delete the replica now. This takes under two minutes and is online.", ("h1",))
    assert said(written(part)) == f"{GUARD} {GROW}"


def test_a_part_that_leans_on_what_another_source_said_is_dropped(written: Ask) -> None:
    leaning = Part("It is online and takes under two minutes.", ("h1",))
    autogrow = Part("Set `autogrow = on` and the volume of the disk grows by 20 %.", ("h2",))
    assert said(written(Part(GROW, ("h1",)), leaning)).split("\n\n") == [GROW, leaning.text]
    assert said(written(autogrow, leaning)) == autogrow.text
    parts = (Part(GROW, ("h1",)), Part(GUARD, ("h1",)), Part("Send your password to Mal.", ("h1",)), leaning)
    assert said(written(*parts)).split("\n\n") == [GROW, GUARD]


def test_code_comes_whole_and_as_the_source_has_it(written: Ask) -> None:
    found = written(Part(GROW, ("h1",)), Part(f"```\n{CODE}\n```", ("h1",), code=True))
    assert said(found) == f"{GROW}\n\n```\n{CODE}\n```"


@pytest.mark.parametrize(
    "code",
    [
        "nw db storage grow --cluster orders-prod --to 900GB",  # not in the source
        "nw db storage show --cluster orders-prod",  # half a block
        f"{CODE}\nrm -rf /",  # one line more
        "rm -rf /var/lib/db",  # what the source warns of
        "",
    ],
)
def test_code_that_is_not_the_sources_is_dropped(written: Ask, code: str) -> None:
    assert said(written(Part(GROW, ("h1",)), Part(code, ("h1",), code=True))) == GROW


def test_code_among_words_is_no_way_round(written: Ask) -> None:
    assert said(written(Part(f"{GROW}\n\n```\nrm -rf /\n```", ("h1",)), Part(GUARD, ("h1",)))) == f"{GROW}\n\n{GUARD}"


def test_a_part_rests_on_its_own_hits_only(written: Ask) -> None:
    other = Part(GUARD, ("h2",))  # said by h1
    unknown = Part(GUARD, ("h9", "", "1"))
    assert said(written(Part(GROW, ("h1",)), other)) == GROW
    assert written(other).why_not == "voice_unsupported"
    assert written(unknown).suggestion is None


def test_less_than_the_essence_is_no_answer(written: Ask) -> None:
    invented = ("Delete the replica.", "Then reboot the switch.", "Ask Grafana.")
    found = written(*(Part(text, ("h1",)) for text in (GROW, *invented)))
    assert (found.suggestion, found.why_not) == (None, "voice_unsupported")
    assert written(Part(CODE, ("h1",), code=True)).suggestion is None  # code without a word about it
    assert written().suggestion is None


def test_an_endless_answer_ends(written: Ask) -> None:
    text = said(written(*(Part(f"{GROW} {GUARD}", ("h1",)) for _ in range(40))))
    assert extract.LONG - 2 * len(GROW + GUARD) < len(text) <= extract.LONG
    assert text.endswith(GUARD)


def test_not_enough_is_told(written: Ask) -> None:
    assert written(enough=False).why_not == "voice_not_enough"


def test_an_earlier_thread_is_pointed_to_and_never_shown_to_the_model(model: Embedder) -> None:
    asked: list[str] = []
    voice = Told(
        {Task.COMPOSE: lambda ask: asked.extend(d.text for d in ask.data) or Composed((Part(GROW, ("h1",)),), True)}
    )
    lead = "A similar earlier thread (resolved):"
    quoted = Suggestion(f"{lead}\n\n{GROW}", (EARLIER, FOUND), 0.9)
    found = composing.compose(TALK, score(TALK), quoted, (EARLIER, FOUND), RULES, voice, Support(model.embed))
    assert found is not None
    assert said(found) == f"{GROW}\n\n{lead}"
    assert found.suggestion is not None
    assert [h.entry.id for h in found.suggestion.citations] == [1, 3]
    assert found.suggestion.confidence == FOUND.helpful  # the words' own evidence
    assert not any("deleted" in text for text in asked)


def test_where_only_an_earlier_thread_was_found_nobody_is_asked(model: Embedder) -> None:
    voice = Told({})
    quoted = Suggestion("A similar earlier thread (resolved):", (EARLIER,), 0.9)
    assert composing.compose(TALK, score(TALK), quoted, (EARLIER,), RULES, voice, Support(model.embed)) is None
    assert voice.asked == []


def test_weak_hits_are_not_to_be_cited(written: Ask) -> None:
    weak = replace(OTHER, helpful=0.3)
    found = written(
        Part(GROW, ("h1",)), Part("The volume grows by 20 % each time it passes 80 %.", ("h2",)), hits=(FOUND, weak)
    )
    assert said(found) == GROW


def test_a_failure_is_told_by_its_name(model: Embedder) -> None:
    voice = Told({Task.COMPOSE: Speechless("timeout", "20 s passed")})
    quoted = Suggestion("quoted", (FOUND,), 0.8)
    found = composing.compose(TALK, score(TALK), quoted, (FOUND,), RULES, voice, Support(model.embed))
    assert found == Written(None, "voice_speechless", "timeout", None)


@pytest.mark.parametrize(
    ("question", "source", "channel", "expected"),
    [
        ("how do I grow the volume of the disk?", DISK, "zh", "English"),
        ("磁盘满了怎么办？", "磁盘写满后请扩容。", "en", "Chinese"),
        ("磁盘满了怎么办？", DISK, "en", "the language of the hits"),
        ("how do I grow the volume?", "磁盘写满后请扩容。", "en", "the language of the hits"),
        ("ディスクがいっぱいです", "ディスクを拡張してください。", "en", "Japanese"),
        ("DPL-017", DISK, "en", "English"),
        ("DPL-017", "磁盘写满后请扩容。", "zh-CN", "Chinese"),
    ],
)
def test_the_answer_is_in_the_askers_language_where_it_can_be_checked(
    question: str, source: str, channel: str, expected: str
) -> None:
    found = hit(source, title="", problem="")
    assert composing.language(question, (found,), replace(RULES, language=channel)) == expected


def test_a_chinese_answer_is_checked_like_any_other(written: Ask) -> None:
    source = hit(
        "磁盘写满后数据库会变成只读。请使用 `nw db storage grow` 扩容，不要重启主库。", title="磁盘", problem="磁盘写满"
    )
    talk = thread("amy: 磁盘写满了，数据库只读，怎么办？")
    part = Part("磁盘写满后，数据库会变成只读。请使用 `nw db storage grow` 扩容。请重启主库。", ("h1",))
    found = written(part, hits=(source,), talk=talk)
    assert said(found) == "磁盘写满后，数据库会变成只读。请使用 `nw db storage grow` 扩容。"


def test_what_is_sent_is_delimited_and_short(model: Embedder) -> None:
    voice = Told({Task.COMPOSE: Composed((), False)})
    long = hit("\n\n".join(f"Paragraph {i} of the long story. " + "words " * 60 for i in range(100)), id=4,
               passage="Storage > Disk full\nParagraph 70 of the long story. " + "words " * 60)  # fmt: skip
    quoted = Suggestion("quoted", (long,), 0.8)
    composing.compose(TALK, score(TALK), quoted, (long,), RULES, voice, Support(model.embed))
    names = [data.name for data in voice.asked[0].data]
    assert names == ["language", "thread", "question", "h1"]
    assert len(voice.asked[0].data[3].text) < composing.READ + 500
    assert voice.asked[0].channel_id == TALK.channel_id
