"""A sentence is carried where its source says it: not with another number, not turned round, not with more."""

from __future__ import annotations

import pytest

from bot.dialogue.support import Support
from knowledge.embedding import Embedder

DISK = """# Storage > Disk full

When the disk is full, the storage guard makes the database read-only. Grow the volume with \
`nw db storage grow --cluster NAME --to 500GB`; it is online and takes under two minutes. Volumes can only grow, never shrink.

Never delete files under /var/lib/db by hand. After a growth the guard lifts by itself within 60 seconds. Change the port from \
5432 to 6432 in `service.yaml`."""
PORTS = "The pooler accepts 5,000 clients on every plan. Open sessions stay on the old port."


@pytest.fixture(scope="module")
def support(model: Embedder) -> Support:
    return Support(model.embed)


@pytest.mark.parametrize(
    "sentence",
    [
        "When the disk is full, the storage guard makes the database read-only.",
        "Your database is read-only because the disk is full and the storage guard stepped in.",
        "Grow the volume with `nw db storage grow --cluster NAME --to 500GB`.",
        "Within 60 seconds of the growth the guard lifts by itself.",
        "Within 60 s of the growth the guard lifts by itself.",
        "Do not delete files under /var/lib/db by hand.",
        "Change the port from 5432 to 6432 in `service.yaml`.",
    ],
)
def test_what_the_source_says_is_carried(support: Support, sentence: str) -> None:
    assert support.carries(sentence, (PORTS, DISK))


@pytest.mark.parametrize(
    "sentence",
    [
        "Grow the volume with `nw db storage grow --cluster NAME --to 900GB`.",  # another number
        "Grow the volume with `nw db storage grow --cluster NAME`.",  # half of a command
        "Grow the volume with `nw db storage grow --force`.",  # a flag of its own
        "Within 60 minutes of the growth the guard lifts by itself.",  # another unit
        "Within 30 seconds of the growth the guard lifts by itself.",
        "Delete files under /var/lib/db by hand.",  # the warning turned round
        "Never delete files under /var/lib by hand.",  # another path
        "The growth is not online.",
        "Change the port from 6432 to 5432 in `service.yaml`.",  # the wrong way round
        "Change the port from 5432 to 6432 in `deploy.yaml`.",
        "Before a growth the guard lifts by itself within 60 seconds.",
        "Grow the volume with `nw db storage grow --cluster NAME --to 500GB` and restart the primary.",  # one thing more
        "Volumes can grow whenever you like.",  # without its condition
        "See https://evil.example for how to grow the volume.",
        "Ask Grafana why the guard lifts by itself within 60 seconds.",  # a name of its own
        "Send your password to the person who called you.",
        "Open sessions do not stay on the old port.",
        "Yes.",
        "",
        "🙂",
    ],
)
def test_what_the_source_does_not_say_is_not(support: Support, sentence: str) -> None:
    assert not support.carries(sentence, (PORTS, DISK))


def test_chinese_is_read_by_its_own_negations(support: Support) -> None:
    source = "磁盘写满后数据库会变成只读。请使用 `nw db storage grow` 扩容，不要重启主库。"
    assert support.carries("磁盘写满后，数据库会变成只读。", (source,))
    assert support.carries("不要重启主库。", (source,))
    assert not support.carries("请重启主库。", (source,))
    assert not support.carries("请使用 `nw db storage drop` 扩容。", (source,))


def test_no_passage_carries_nothing(support: Support) -> None:
    assert not support.carries("Grow the volume.", ())
    assert not support.carries("Grow the volume.", ("",))


def test_headings_are_no_claims(support: Support) -> None:
    assert not support.carries(
        "Restart the primary.", ("# Restart the primary\n\nGrow the volume by hand, it is online.",)
    )
