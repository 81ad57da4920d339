"""Slack's mrkdwn reads to plain Markdown and back, code is never touched, and nothing that goes out can mention."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outgoing_mentions import defanged
from bot.platforms.slack_split import first, parts
from bot.platforms.slack_text import label, link, mrkdwn, plain


@pytest.mark.parametrize(
    ("slack", "markdown"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com/(x)|the page>", "[the page](https://example.com/%28x%29)"),
        ("<http://example.com|example.com>", "example.com"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("<@U1> and <@U2|ben>", "@U1 and @U2"),
        ("<#C1|help> <#C2> <#C3|>", "#help #C2 #C3"),
        ("<!here> <!channel|@channel> <!subteam^S1|@oncall> <!subteam^S2>", "@here @channel @oncall @S2"),
        ("<!date^1700000000^{date}|14 November>", "14 November"),
        ("*bold* 2*3*4 * no * _it_ ~gone~ :wave:", "**bold** 2*3*4 * no * _it_ ~gone~ :wave:"),
        ("`*a* &lt;b&gt; _c_`", "`*a* <b> _c_`"),
        ("```\n  *a*  &amp;&amp; <http://x.io/a|x.io/a>\n```", "```\n  *a*  && x.io/a\n```"),
        ("*see <https://x.io|this>*", "**see [this](https://x.io)**"),
        ("", ""),
    ],
)
def test_read(slack: str, markdown: str) -> None:
    assert plain(slack) == markdown


@pytest.mark.parametrize(
    ("markdown", "slack"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("**bold** and *it* and __b__ and ~~x~~", "*bold* and _it_ and *b* and ~x~"),
        ("## Head **line**\n- one\n  * two\n3. three", "*Head line*\n\u2022 one\n  \u2022 two\n3. three"),
        ("[a|b](https://x.io/a?b=1&c=2) <https://y.io>", "<https://x.io/a?b=1&amp;c=2|a\u00a6b> <https://y.io>"),
        ("[x](javascript:alert) ![pic](https://x.io/p.png)", "x (image: pic)"),
        ("[`code`](https://x.io)", "<https://x.io|`code`>"),
        ("```python\nif a < b:\n    **go**\n```\nafter", "```\nif a &lt; b:\n    **go**\n```\nafter"),
        ("`a **b** <c>` and **d**", "`a **b** &lt;c&gt;` and *d*"),
        ("| a | b |\n|---|---|\n| **1** | 2 |\n", "```\n| a | b |\n|---|---|\n| **1** | 2 |\n```\n"),
        ("<!here> <@U1> <#C1> @here", "&lt;(!)here&gt; &lt;(@)U1&gt; &lt;#C1&gt; (@)here"),
        ("> quoted", "&gt; quoted"),
        ("```\nnever closed", "```\nnever closed```"),
    ],
)
def test_write(markdown: str, slack: str) -> None:
    assert mrkdwn(markdown) == slack


CODE = st.text(st.characters(codec="utf-8", exclude_characters="`"), min_size=1, max_size=60)


@settings(max_examples=80, deadline=None)
@given(CODE.filter(lambda code: "\n" not in code), CODE, st.text(max_size=20))
def test_code_goes_out_and_comes_back_byte_for_byte(inline: str, block: str, around: str) -> None:
    around = around.replace("`", "'").replace("|", "/")
    fence = f"```\n{block}\n```"
    back = plain(mrkdwn(f"{around}\n\nsee `{inline}` and\n{fence}\n{around}"))
    assert f"`{inline}`" in back
    assert fence in back


MENTIONS = ["@here", "@channel", "@everyone", "<!here>", "<!channel|x>", "<@U1>", "<!subteam^S1>", "<#C1>"]
DISGUISED = [
    "\uff20here",
    "@\u200bhere",
    "@h\u200dere",
    "@\uff48\uff45\uff52\uff45",
    "\ufe6bchannel",
    "@HERE",
    "@\u2060every\u00adone",
]
PIECES = [
    "*",
    "_",
    "~",
    "`",
    "```",
    "\n",
    "[",
    "](",
    ")",
    "!",
    "#",
    "# ",
    "- ",
    "|",
    "<",
    ">",
    "&",
    "https://x.io",
    "\ue0000\ue001",
    " ",
]


def seen(text: str) -> str:
    """What a reader (or a careless parser) makes of a text: compatibility forms folded, invisible marks gone."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn")).casefold()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*MENTIONS, *DISGUISED, *PIECES, "word"]), max_size=12))
def test_nothing_that_goes_out_can_mention(pieces: list[str]) -> None:
    text = "".join(pieces)
    for sent in (mrkdwn(text), link("https://x.io", text), label(text)):
        assert not re.search(r"<[!@#]", sent)
        outside = re.sub(r"```.*?```|(?<!`)`[^`\n]+`(?!`)", "", sent, flags=re.DOTALL)
        assert not re.search(r"@(here|channel|everyone)", seen(outside))


def test_defusing_leaves_addresses_and_names_alone() -> None:
    text = "mail a@example.com, ask @ben or @heretic? see user@host"
    assert defanged(text) == text.replace("@heretic", "(@)heretic")
    assert defanged(defanged("@here")) == "(@)here"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["word ", "longer_words_" * 4, "\n", "\n\n", "```\n", "<https://x.io/a b|c>", "&amp;", "x" * 70]
        ),
        max_size=40,
    ),
    st.integers(40, 90),
)
def test_parts_keep_within_the_limit_and_lose_no_word(pieces: list[str], limit: int) -> None:
    text = "".join(pieces)
    split = parts(text, limit)
    assert all(0 < len(part) <= limit for part in split)
    letters = re.sub(r"[\s`]", "", text)
    assert re.sub(r"[\s`]", "", "".join(split)) == letters
    assert len(first(text, limit)) <= limit


def test_a_code_fence_is_closed_and_reopened() -> None:
    lines = "".join(f"line {number}\n" for number in range(30))
    split = parts(f"before\n\n```\n{lines}```\nafter", 100)
    assert all(part.count("```") % 2 == 0 for part in split)
    code = "".join(found for part in split for found in re.findall(r"```\n(.*?)```", part, re.DOTALL))
    assert code == lines


def test_paragraphs_stay_whole_where_they_fit() -> None:
    assert parts("one one\n\ntwo two\n\nthree", 20) == ["one one\n\ntwo two", "three"]


@pytest.mark.parametrize(
    ("markdown", "sent"),
    [
        ("[the guide](https://guide.io/fix)", "<https://guide.io/fix|the guide>"),
        ("[https://guide.io](https://guide.io/fix)", "<https://guide.io/fix|https://guide.io>"),
        ("[www.guide.io](https://guide.io/fix)", "<https://guide.io/fix|www.guide.io>"),
        ("[https://bank.io/login](https://evil.io/x)", "<https://evil.io/x>"),
        ("[see www.bank.io](https://evil.io/x)", "<https://evil.io/x>"),
    ],
)
def test_a_label_names_no_other_place_than_its_link(markdown: str, sent: str) -> None:
    assert mrkdwn(markdown) == sent
