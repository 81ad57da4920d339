"""Whether a found text may be quoted unasked depends on the turn, the thread and what the text shares with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import evidence, suggest
from knowledge.models import Kind
from tests.dialogue.talk import RULES, START, hit, score, thread

OPENING = "amy: how do I grow the volume of the orders cluster?"


@pytest.mark.parametrize(
    ("said", "meets"),
    [
        ("amy: I got this error [file: screen.png]", False),
        ("amy: still the same error", False),
        ("amy: [files: png] how can I fix this error?", False),
        ("amy: I got this error NW-4031 when the proxy restarts", True),
        ("amy: that worked, the replica is up and running now", False),
        ("amy: that worked for the replica, but how do I grow the primary's volume?", True),
        ("bob: you can set the pool size to 40, hope this helps", False),
        ("bob: can you remove the old image and pull the new one?", False),
        ("amy: the quota page names nothing for snapshots, where are snapshot quotas set?", True),
        ("amy: 数据库连不上了，怎么重启代理？", True),
        ("alarm: disk of orders-prod at 97 percent, writes refused", True),
    ],
)
def test_only_a_need_that_can_be_looked_up_is_met(said: str, meets: bool) -> None:
    talk = thread(OPENING, said)
    text = talk.last.text
    assert evidence.meets(talk, talk.last, text) is meets


@pytest.mark.parametrize(
    ("said", "tells"),
    [
        ("bob: which line of the log is it?", False),
        ("bob: could you please share the output of the installer and the manifest?", False),
        ("bob: [file: screen.png]", False),
        ("bob: so this one? https://docs.example/pool#size", False),
        ("bob: I'm getting the same timeout on staging since the upgrade of the proxy", False),
        ("bob: raise pool_size to 40 and restart the proxy", True),
        ("bob: the proxy keeps idle sessions, see https://docs.example/pool#size", True),
        ("bob: ```\nnw pool resize --to 40\n```", True),
    ],
)
def test_a_precedent_keeps_what_tells_something(said: str, tells: bool) -> None:
    assert evidence.tells(thread(OPENING, said).last) is tells


def test_an_open_thread_needs_more_evidence_than_a_resolved_one() -> None:
    loose = hit("grow it", 0.7, kind=Kind.PRECEDENT, source="precedent:x")
    done = hit("grow it", 0.7, kind=Kind.PRECEDENT, source="precedent:x", cause=suggest.RESOLVED_SIGN)
    assert not evidence.strong(loose, RULES)
    assert evidence.strong(replace(loose, helpful=evidence.UNRESOLVED), RULES)
    assert evidence.strong(done, RULES)
    assert not evidence.strong(replace(loose, helpful=0.8), replace(RULES, evidence=0.9))


@pytest.mark.parametrize(
    ("found", "kind", "same"),
    [
        ("The deploy fails with QuotaExceededError: raise the snapshot quota of the project.", Kind.PRECEDENT, True),
        ("The deploy runs in a container; pull the image again.", Kind.PRECEDENT, False),
        ("Snapshot quotas are set for a project and raised by the owner.", Kind.SECTION, True),
        ("The deploy runs in a container; pull the image again.", Kind.SECTION, False),
    ],
)
def test_a_source_shares_the_words_of_the_error(found: str, kind: Kind, same: bool) -> None:
    talk = thread("amy: my deploy stops.\nQuotaExceededError: snapshot quota of project orders is used up\nwhat now?")
    assert evidence.on_subject(talk, score(talk), hit(found, kind=kind, source="precedent:x", problem="Deploy")) is same


def test_a_source_that_shares_only_common_words_is_off_the_subject() -> None:
    talk = thread(OPENING)
    found = hit("Grow the volume.")
    assert evidence.on_subject(talk, score(talk), replace(found, shared=(("volum", 0.8), ("grow", 0.3))))
    assert not evidence.on_subject(talk, score(talk), replace(found, shared=(("cluster", 0.2),)))


@pytest.mark.parametrize(
    ("said", "news"),
    [
        ("Run `nw db storage grow --to 500GB` to grow the volume.", False),
        ("Grow the volume of the orders cluster.", False),
        ("Run `nw db storage show`, then ask the owner for a larger plan.", True),
        ("Volumes are grown by the account's owner under billing.", True),
    ],
)
def test_what_the_thread_says_already_is_no_news(said: str, news: bool) -> None:
    talk = thread(OPENING, "amy: I ran `nw db storage grow --to 500GB` to grow the volume of the cluster, no luck")
    assert evidence.brings_news(talk, said) is news


def test_a_page_that_the_thread_links_is_no_news() -> None:
    talk = thread(OPENING, "amy: I followed https://docs.example/disk#grow and it fails")
    assert not evidence.brings_news(talk, "Ask the owner for a larger plan.", "https://docs.example/disk#grow")


def test_who_addresses_vigil_is_answered_all_the_same() -> None:
    talk = thread("amy!: still the same error")
    assert suggest.draft(talk, score(talk, addressed=True), [hit("Grow the volume.")], RULES, START) is not None
    assert suggest.draft(talk, score(talk), [hit("Grow the volume.")], RULES, START) is None
