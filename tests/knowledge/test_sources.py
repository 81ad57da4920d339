"""Files of every kind become cases with headings and permalinks, and what is broken is reported and skipped."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from knowledge.documents import parse_date, slug
from knowledge.models import Audience, Case, Kind
from knowledge.slack_export import plain
from knowledge.sources import Document, read

READERS = Audience.of("workspace:slack:T1")

GUIDE = """\
---
title: Connection pool exhausted
updated: 2026-03-01
---
Applies to all clusters.

# Connection pool exhausted

## Fix

Raise the limit:

```
# not a heading
pgbouncer --reload
```

## Fix

Or restart it.

### After a `restart` {#after}

Watch the graphs.
"""


def read_all(root: Path, base_url: str = "") -> tuple[list[Document], list[tuple[str, str]]]:
    skipped: list[tuple[str, str]] = []
    documents = list(read(root, READERS, lambda path, reason: skipped.append((path.name, reason)), base_url))
    return documents, skipped


def cases(root: Path, base_url: str = "") -> list[Case]:
    return [case for document in read_all(root, base_url)[0] for case in document.cases]


def put(root: Path, name: str, content: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


def test_markdown_is_cut_at_its_headings_with_their_path_and_anchor(docs: Path) -> None:
    put(docs, "db/pool.md", GUIDE)
    found = cases(docs)
    assert [(c.source, c.problem) for c in found] == [
        ("file:docs/db/pool.md", "Connection pool exhausted"),
        ("file:docs/db/pool.md#fix", "Connection pool exhausted > Fix"),
        ("file:docs/db/pool.md#fix-1", "Connection pool exhausted > Fix"),
        ("file:docs/db/pool.md#after", "Connection pool exhausted > Fix > After a restart"),
    ]
    assert found[1].resolution == "Raise the limit:\n\n```\n# not a heading\npgbouncer --reload\n```"
    assert {c.container for c in found} == {"file:docs/db/pool.md"}
    assert {c.kind for c in found} == {Kind.SECTION}
    assert {c.audience for c in found} == {READERS}
    assert found[0].happened_at == datetime(2026, 3, 1, tzinfo=UTC).timestamp()


def test_urls_point_below_the_base_or_name_the_file(docs: Path) -> None:
    put(docs, "db/pool.md", "# Pool\n\n## Fix it\nNow.")
    assert cases(docs)[0].url == "docs/db/pool.md#fix-it"
    assert cases(docs, "https://wiki.test/help")[0].url == "https://wiki.test/help/db/pool.md#fix-it"


def test_a_file_without_headings_is_one_case_under_its_name(docs: Path) -> None:
    path = put(docs, "notes.md", "Only words.")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (case,) = cases(path)
    assert (case.title, case.source, case.happened_at) == ("notes", "file:notes.md", 1_700_000_000)


def test_html_keeps_the_text_the_ids_and_the_code_and_drops_the_menus(docs: Path) -> None:
    page = """<html><head><title>Site</title><script>evil()</script></head><body><nav>Menu</nav><main>
    <h1 id="quota">Disk quota</h1><p>Quotas are <b>per team</b>.</p>
    <section id="raise"><h2>Raise it</h2><p>Run <code>quota set</code>:</p><pre>quota \\
      set 5</pre><ul><li>one</li><li>two</li></ul></section></main><footer>Bye</footer></body></html>"""
    put(docs, "quota.html", page)
    first, second = cases(docs)
    assert (first.title, first.resolution) == ("Disk quota", "Quotas are per team.")
    assert (second.problem, second.source) == ("Disk quota > Raise it", "file:docs/quota.html#raise")
    assert "Run `quota set`:" in second.resolution
    assert "```\nquota \\\n      set 5\n```" in second.resolution
    assert "- one\n- two" in second.resolution
    assert not any(word in first.resolution + second.resolution for word in ("Menu", "Bye", "evil"))


def test_deeply_nested_html_neither_crashes_nor_hides_the_other_files(docs: Path) -> None:
    put(docs, "deep.html", "<div>" * 50_000 + "bottom" + "</div>" * 50_000)
    put(docs, "ok.txt", "Fine\n\nAll is well.")
    assert "file:docs/ok.txt" in [c.source for c in cases(docs)]


def test_text_takes_its_first_line_as_title_and_its_stated_date(docs: Path) -> None:
    put(docs, "a.txt", b"\xef\xbb\xbfRestart the proxy\r\n\r\nUpdated: 3 May 2026\r\n\r\nDo it twice.")
    put(docs, "b.txt", b"caf\xe9 rules\n\nopen late")
    first, second = cases(docs)
    assert (first.title, first.happened_at) == ("Restart the proxy", datetime(2026, 5, 3, tzinfo=UTC).timestamp())
    assert second.title == "café rules"


def test_pdf_pages_are_sections_and_an_encrypted_or_broken_one_is_skipped(docs: Path) -> None:
    put(docs, "ok.pdf", small_pdf("Restart the proxy twice."))
    put(docs, "broken.pdf", b"%PDF-1.4 nothing else")
    locked = PdfWriter()
    locked.add_blank_page(72, 72)
    locked.encrypt("pw", algorithm="RC4-128")
    with (docs / "locked.pdf").open("wb") as stream:
        locked.write(stream)
    documents, skipped = read_all(docs)
    (case,) = documents[0].cases
    assert (case.source, case.problem) == ("file:docs/ok.pdf#page=1", "ok > page 1")
    assert case.resolution == "Restart the proxy twice."
    assert [name for name, _ in skipped] == ["broken.pdf", "locked.pdf"]
    assert "encrypted" in skipped[1][1]


def small_pdf(words: str) -> bytes:
    stream = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 6\n0000000000 65535 f \n" + table
    return body + head + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def lines(*rows: Any) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()


def test_json_lines_are_cases_and_bad_lines_are_reported(docs: Path) -> None:
    good = {"_id": "admin/backup#run", "title": "Backups > Run", "text": "Nightly."}
    data = lines(good, "{broken", {"title": "no text"}, {"title": "Own", "text": "x", "url": "https://w.test/own"})
    put(docs, "corpus.jsonl.gz", gzip.compress(data))
    documents, skipped = read_all(docs, "https://guide.test/latest")
    first, second = documents[0].cases
    assert (first.source, first.url) == (
        "file:docs/corpus.jsonl.gz#admin/backup#run",
        "https://guide.test/latest/admin/backup#run",
    )
    assert (second.source, second.url) == ("file:docs/corpus.jsonl.gz#own", "https://w.test/own")
    assert skipped == [("corpus.jsonl.gz", "line 2: not JSON in UTF-8"), ("corpus.jsonl.gz", "line 3: no text")]
    assert not documents[0].complete


def test_queries_transcripts_and_damaged_files_are_no_collections(docs: Path) -> None:
    put(docs, "queries.jsonl", lines({"_id": "q1", "text": "why?"}))
    put(docs, "cut.jsonl.gz", gzip.compress(lines({"title": "a", "text": "b" * 5000}))[:-20])
    put(docs, "qrels.tsv.gz", gzip.compress(b"a\tb\t1"))
    documents, skipped = read_all(docs)
    assert documents == []
    assert [name for name, _ in skipped] == ["cut.jsonl.gz", "qrels.tsv.gz", "queries.jsonl"]
    assert "not a collection of documents" in skipped[2][1]


def test_bad_files_are_skipped_with_a_reason_and_hidden_ones_in_silence(docs: Path, tmp_path: Path) -> None:
    put(docs, "a.md", b"\x00\x01\x02binary")
    put(docs, "b.md", b"")
    put(docs, "c.md", "  \n\n ")
    put(docs, "d.png", b"\x89PNG")
    put(docs, ".git/e.md", "# hidden")
    outside = put(tmp_path, "outside.md", "# secret")
    (docs / "f.md").symlink_to(outside)
    os.mkfifo(docs / "g.md")
    put(docs, "z.md", "# Good\n\ntext")
    documents, skipped = read_all(docs)
    assert [d.container for d in documents] == ["file:docs/z.md"]
    assert sorted(name for name, _ in skipped) == ["a.md", "b.md", "c.md", "d.png", "f.md", "g.md"]


def test_a_missing_path_is_reported(tmp_path: Path) -> None:
    assert read_all(tmp_path / "nowhere") == ([], [("nowhere", "there is no such file or folder")])


def export(path: Path, days: dict[str, Any], **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("channels.json", json.dumps([{"id": "C1", "name": "support"}]))
        archive.writestr("users.json", json.dumps([{"id": "U2", "profile": {"display_name": "bea"}}]))
        for name, content in days.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def said(ts: str, user: str, text: str, thread: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "message", "ts": ts, "user": user, "text": text, "thread_ts": thread or ts, **more}


def test_answered_threads_of_a_slack_export_are_precedents(tmp_path: Path) -> None:
    days = {
        "support/2026-01-01.json": [
            said("100.1", "U1", "Pool is full, see <https://x.test/a|graph> &amp; help <@U2>"),
            said("200.1", "U1", "Anybody?"),
            said("201.1", "U1", "Hello?", "200.1"),
            said("300.1", "U3", "joined", subtype="channel_join"),
        ],
        "support/2026-01-02.json": [
            said("102.1", "U1", "thanks", "100.1"),
            said("101.1", "U2", "Restart it with `pool -r`", "100.1"),
            said("103.1", "B1", "noise", "100.1", bot_id="B1"),
        ],
    }
    (document,) = read_all(export(tmp_path / "export.zip", days))[0]
    (case,) = document.cases
    assert case.kind is Kind.PRECEDENT
    assert case.problem == "Pool is full, see graph (https://x.test/a) & help @bea"
    assert case.resolution == "Restart it with `pool -r`"
    assert (case.source, document.container) == ("file:export.zip#C1/100.1", "file:export.zip#C1")
    assert (case.authors, case.happened_at) == (("U1", "U2"), 102.1)


def test_a_bad_day_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    days = {
        "support/2026-01-01.json": b"{not json",
        "support/2026-01-02.json": [said("1.1", "U1", "Q?"), said("1.2", "U2", "A.", "1.1")],
    }
    documents, skipped = read_all(export(tmp_path / "export.zip", days))
    assert (len(documents[0].cases), documents[0].complete) == (1, False)
    assert skipped == [("export.zip", "support/2026-01-01.json is not a list in JSON")]


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ({"../../etc/x.json": []}, "outside itself"),
        ({"support/2026-01-01.json": b" " * 5_000_000}, "too big"),
    ],
)
def test_hostile_zips_are_refused(tmp_path: Path, days: dict[str, Any], reason: str) -> None:
    documents, skipped = read_all(export(tmp_path / "export.zip", days))
    assert documents == []
    assert reason in skipped[0][1]


def test_a_zip_that_is_no_export_is_skipped(tmp_path: Path) -> None:
    put(tmp_path, "a.zip", b"PK nothing")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("readme.txt", "hi")
    assert [name for name, _ in read_all(tmp_path)[1]] == ["a.zip", "b.zip"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<https://a.test>", "https://a.test"),
        ("<!here> <!subteam^S1|@oncall>", "@here @oncall"),
        ("<#C1|help> <@U9>", "#help @U9"),
        ("`a &lt; b` *bold*", "`a < b` *bold*"),
    ],
)
def test_mrkdwn_reads_as_plain_text(text: str, expected: str) -> None:
    assert plain(text, {}) == expected


def test_slugs_are_those_of_github() -> None:
    assert [slug(h) for h in ("What's new?", "A & B", "数据库 连接", "snake_case v1.2")] == [
        "whats-new",
        "a--b",
        "数据库-连接",
        "snake_case-v12",
    ]


@pytest.mark.parametrize("text", ["2026-03-01", "1 March 2026", "March 1, 2026", "2026/03/01", "2026-03-01T00:00:00Z"])
def test_dates_are_read_in_their_usual_forms(text: str) -> None:
    assert parse_date(text) == datetime(2026, 3, 1, tzinfo=UTC).timestamp()
