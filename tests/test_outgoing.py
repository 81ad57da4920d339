"""The gate takes out of messages what may not go out, and leaves ordinary words, code and allowed links as they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.messages import Button, Choice, Field, Form, Message, Source
from bot.outgoing import LINE, TEXT, Gate
from bot.outgoing_links import Links, addresses, honest, misspelt, site
from bot.outgoing_markdown import fit
from bot.outgoing_mentions import defanged
from bot.outgoing_signs import visible

LINKS = Links(("wiki.acme.io", "*.docs.acme.io", "git.acme.io:8443"), own="https://acme.slack.com/archives/")


@pytest.mark.parametrize(
    "url",
    [
        "https://wiki.acme.io", "http://wiki.acme.io/a?b#c", "HTTPS://WIKI.acme.io:443/", "https://a.docs.acme.io/x", "https://git.acme.io:8443/p",
        "https://acme.slack.com/archives/C1/p1",
    ],
)  # fmt: skip
def test_listed_hosts_and_own_messages_may_be_linked(url: str) -> None:
    assert LINKS.allow(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example", "https://acme.io", "https://docs.acme.io", "https://evilwiki.acme.io", "https://wiki.acme.io.evil.example",
        "https://wiki.acme.io@evil.example", "https://wiki.acme.io:x@evil.example", "https://wiki.acme.io\\@evil.example", "https://wiki.acme.io:8443",
        "https://git.acme.io", "//wiki.acme.io", "javascript:alert(1)//wiki.acme.io", "data:text/html,wiki.acme.io", "ftp://wiki.acme.io",
        "https://w\u0456ki.acme.io", "https://wiki\u3002acme.io", "https://wiki.acme.io%2eevil.example", "https:\\\\wiki.acme.io", "https://wiki.acme.io ",
        "https://acme.slack.com/oauth", "https://acme.slack.com.evil.example/archives/C1", "https://wiki.acme.io/" + "a" * 2000, "https://3405803777", "",
        "https://wiki.acme.io/\u0000", "https://wiki.acme.io/a\nb", "https://[2001:db8::9]/",
    ],
)  # fmt: skip
def test_nothing_else_may(url: str) -> None:
    assert not LINKS.allow(url)


def test_schemes_and_vouched_addresses() -> None:
    assert not Links(("wiki.acme.io",), ("https",)).allow("http://wiki.acme.io")
    vouched = Links().vouching(["https://page.example/x", ""])
    assert vouched.allow("https://page.example/x")
    assert not vouched.allow("https://page.example/x?d=secret")
    assert (site("https://A.example:81/x"), site("a page")) == ("a.example:81", "")
    assert [
        misspelt(entry)
        for entry in ("wiki.acme.io", "*.a.io", "h:1", "[::1]:80", "https://x", "a/b", "w\u0456ki", "", "*")
    ] == [False] * 4 + [True] * 5


def test_a_label_is_honest() -> None:
    assert honest("the wiki", "https://wiki.acme.io")
    assert honest("config.toml", "https://wiki.acme.io")
    assert not honest("https://bank.example", "https://wiki.acme.io")
    assert not honest("bank.com", "https://wiki.acme.io")
    assert not honest("\uff57\uff57\uff57.bank.io", "https://wiki.acme.io")


@pytest.mark.parametrize(
    ("markdown", "fitted"),
    [
        ("[a](https://wiki.acme.io/x) https://wiki.acme.io/y.", "[a](https://wiki.acme.io/x) https://wiki.acme.io/y."),
        ("[a](https://evil.example/?d=1)", "a (`https://evil.example/?d=1`)"),
        ("see https://evil.example/p, ok", "see `https://evil.example/p`, ok"),
        ("<https://evil.example> www.evil.example", "`https://evil.example` `www.evil.example`"),
        ("![a](https://wiki.acme.io/i.png) ![b][r]", "(image: a) (image: b)"),
        ("[![b](https://evil.example/b.svg)](https://wiki.acme.io)", "[b](https://wiki.acme.io)"),
        ("[a][1]\n\n[1]: https://evil.example", "[a][1]\n\n[1]: `https://evil.example`"),
        ("[a](javascript:alert(1)) [b](//evil.example)", "a b"),
        ("[https://bank.example](https://wiki.acme.io)", "https://wiki.acme.io"),
        ("ht\u200btps://evil.example", "`https://evil.example`"),
        ("`https://evil.example <!here>` stays", "`https://evil.example <!here>` stays"),
        ("```\ncurl https://evil.example @here\n```", "```\ncurl https://evil.example @here\n```"),
        ("one ` tick, https://evil.example", "one \u02cb tick, `https://evil.example`"),
        ("``twice``", "`twice`"),
        ("https://wiki.acme.io/@here", "https://wiki.acme.io/%40here"),
        ("see [quotas](quotas.md#x) and [below](#below)", "see quotas and below"),
        ("vector<std::string> and [ERROR]: no", "vector<std::string> and [ERROR]: no"),
    ],
)
def test_markdown_is_made_fit(markdown: str, fitted: str) -> None:
    assert fit(markdown, LINKS) == fitted


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("@here", "(@)here"), ("\uff20\uff48ere", "(@)\uff48ere"), ("@h\u200bere", "(@)h\u200bere"), ("@\u04bb\u0435re", "(@)\u04bb\u0435re"),
        ("<!channel|x>", "<(!)channel|x>"), ("<@U012AB>", "<(@)U012AB>"), ("@U012AB_", "(@)U012AB_"), ("<!subteam^S1|@x>", "<(!)subteam^S1|@x>"),
        ("&lt;!here&gt;", "&lt;(!)here&gt;"), ("&amp;amp;lt;!here", "&amp;amp;lt;(!)here"), ("&#64;here &commat;channel", "(@)here (@)channel"),
        ("\uff1c\uff01here>", "\uff1c(!)here>"), ("<!date^1^x^y|<!here>>", "<!date^1^x^y|<(!)here>>"), ("@**here**", "(@)**here**"),
        ('<at user_id="all">', '<(at) user_id="all">'), ("<at id=all></at>", "<(at) id=all></(at)>"), ("@_all @\u6240\u6709\u4eba", "(@)_all (@)\u6240\u6709\u4eba"),
        ("<@U1|<!here>>", "<(@)U1|<(!)here>>"), ("@everyone@here", "(@)everyone(@)here"), ("<@ U0AB1>", "<(@) U0AB1>"), ("<! here>", "<(!) here>"), ("</ at>", "</ (at)>"),
    ],
)  # fmt: skip
def test_mentions_are_broken(text: str, broken: str) -> None:
    assert defanged(text) == broken
    assert defanged(broken) == broken


@pytest.mark.parametrize(
    "text",
    ["a@b ann@here.org", "2 kg @ U2 price, lunch @ here", "ask @ben, @allen", "@types/node @Override", "<!-- x --> <!DOCTYPE html> <![CDATA[", "List<int> a<b && c", "<att> <atom>", "5 > 3 & x"],
)  # fmt: skip
def test_ordinary_words_stay(text: str) -> None:
    assert defanged(text) == text


def test_signs_that_cannot_be_seen_are_taken_out() -> None:
    assert visible("a\u202eb\u2066c\u200bd\x00e\x1b[31m\u00adf\ufeff\U000e0041\ud800") == "abcde[31mf"
    assert visible("a\r\nb\u2028c\x85d") == "a\nb\nc\nd"
    assert visible("Z" + "\u0351" * 40) == "Z" + "\u0351" * 3
    for kept in (
        "\U0001f469\u200d\U0001f4bb",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "caf\u00e9 e\u0301 \u1ebf \u2764\ufe0f",
        "\t\u4e2d\u6587\n",
    ):
        assert visible(kept) == kept


EVIL = "<!here> @channel [x](https://evil.example) \u202e"


def test_every_field_of_a_message_is_looked_at() -> None:
    message = Message(
        EVIL, EVIL, (Source(EVIL, "https://evil.example", EVIL), Source("t", "https://page.example", "", known=True)), EVIL,
        (Button("a", EVIL, "v"),), (Choice("c", EVIL, ((EVIL, "v"),)),), ("U1",) * 9, ("S1", "S2"), EVIL,
    )  # fmt: skip
    out = Gate(str, LINKS).message(message)
    said = [
        out.text,
        out.title,
        out.quiet,
        out.source_label,
        out.buttons[0].label,
        out.choices[0].label,
        out.choices[0].options[0][0],
    ]
    said += [part for source in out.sources for part in (source.title, source.note)]
    for text in said:
        assert not re.search(r"<!here|(?<!\()@channel|\u202e", text), text
    assert [source.url for source in out.sources] == ["", "https://page.example"]
    assert "](" not in out.text + out.quiet
    assert (out.buttons[0].value, out.choices[0].options[0][1], len(out.people), len(out.groups)) == ("v", "v", 5, 1)


def test_a_form_is_looked_at_and_what_is_to_be_edited_stays() -> None:
    out = Gate(str, LINKS).form(
        Form("a", "v", EVIL, EVIL, (Field("f", EVIL, "long", f"{EVIL}`x`", ((EVIL, "1"),)),), EVIL)
    )
    for text in (out.title, out.submit, out.note, out.fields[0].label, out.fields[0].options[0][0]):
        assert not re.search(r"<!here|(?<!\()@channel|\u202e", text), text
    assert out.fields[0].initial == f"{EVIL}`x`".replace("\u202e", "")


def test_lengths_are_limited_and_fences_closed() -> None:
    out = Gate().message(Message("```\n" + "code line\n" * 5000, "t" * 900, quiet="q " * 5000))
    assert len(out.text) <= TEXT
    assert out.text.count("```") % 2 == 0
    assert max(len(out.title), len(out.quiet)) <= LINE


def test_what_documents_vouch_for_is_linked() -> None:
    message = Message("[a](https://page.example/b) https://page.example/c", vouched=("https://page.example/b",))
    assert Gate(str, LINKS).message(message).text == "[a](https://page.example/b) `https://page.example/c`"


def test_addresses_are_found_as_they_would_be_linked() -> None:
    assert addresses("(see https://a.example/x_(y)), http://b.example. \u89c1https://c.example\u3002") == (
        "https://a.example/x_(y)", "http://b.example", "https://c.example",
    )  # fmt: skip


PIECES = [
    "[",
    "](",
    ")",
    "!",
    "`",
    "```\n",
    "https://evil.example",
    "https://wiki.acme.io/",
    "@here",
    "<!here>",
    "<",
    ">",
    "|",
    "\n",
    " ",
    "\u200b",
    "&lt;",
    "a",
    "*",
    "www.",
]


@settings(max_examples=200, deadline=None)
@example(["https://wiki.acme.io/", "[", "https://evil.example"])
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_what_is_fit_stays_fit(pieces: list[str]) -> None:
    once = fit("".join(pieces), LINKS)
    for text in (once, fit(once, LINKS)):
        prose = re.sub(r"```.*?(```|\Z)|`[^`\n]+`", " ", text, flags=re.DOTALL)
        assert not re.search(r"\]\(https://evil|(?<!\()@here|<!here|(?<![/\w])https://evil", prose)


@pytest.mark.parametrize(
    "piece", ["[", "![", "[![", "](", "`", "@", "<", "&amp;", "https://", "|a|\n", "\u0301", "[a](", "w.", "**"]
)
def test_hostile_length_costs_little(piece: str) -> None:
    """A text of 24,000 characters takes some milliseconds; a pattern that goes back and forth in it would take minutes."""
    assert fit((piece * 24_000)[:24_000], LINKS)
