"""The sandbox says what Slack would notify, link and preview, also where a mention is disguised."""

import pytest

from bot.sandbox.clickable import bare, host
from bot.sandbox.models import Call, Json
from bot.sandbox.notifying import LINK, MENTION, PREVIEW, answer_signs, heard, signs

QUIET: Json = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


def kinds(text: str, **more: object) -> list[str]:
    return sorted({sign.kind for sign in signs(Call("chat.postMessage", {**QUIET, "text": text, **more}, 0.0, "ok"))})


@pytest.mark.parametrize(
    "text",
    [
        "<!here>", "<!channel|x>", "`<!everyone>`", "```<@U0ANA>```", "<!subteam^S1>", "@here", "\uff20here", "@h\u200bere", "&lt;!here&gt;", "&amp;lt;!here&amp;gt;",
        "\uff1c!here>", "@\u04bb\u0435r\u0435", "&#64;channel", "@U0ANA", "<at id=all></at>", "&lt;at user_id=x&gt;", "<https://x.io|@here>", "<<!here>>", "@\u6240\u6709\u4eba",
    ],
)  # fmt: skip
def test_a_mention_counts_in_every_spelling(text: str) -> None:
    assert MENTION in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "(@)here",
        "&lt;(!)here&gt;",
        "a@here.org",
        "`@here`",
        "```\n&lt;!here&gt;\n```",
        "List&lt;int&gt;",
        "@ben",
        "https://x.io",
        "`https://x.io`",
        "5 &lt; 3",
    ],
)
def test_what_is_none_does_not_count(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    "text", ["<https://x.io>", "`<https://x.io|y>`", "<!date^1^x^https://x.io|y>", "<mailto:a@b.c>", "<javascript:x>"]
)
def test_a_link_in_brackets_counts_everywhere(text: str) -> None:
    assert LINK in kinds(text)


def test_bare_addresses_count_where_slack_parses() -> None:
    for text in ("https://x.io/a", "`https://x.io`", "www.x.io", "x.com/a", "slack://x"):
        assert LINK in kinds(text, parse="full"), text
        block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        assert LINK in kinds("-", blocks=[block]), text
        assert kinds("-", blocks=[{"type": "section", "text": {**block["text"], "verbatim": True}}]) == []
    assert list(bare("main.py and a.b, v1.2")) == []


def test_pictures_attachments_and_previews_count() -> None:
    assert kinds("-", blocks=[{"type": "image", "image_url": "https://x.io/i", "alt_text": "x"}]) == [LINK]
    assert kinds("-", blocks=[{"type": "markdown", "text": "[a](https://x.io)"}]) == [LINK]
    assert kinds("-", attachments=[{"title": "t", "title_link": "https://x.io"}]) == [LINK]
    assert kinds("-", unfurl_links=True) == [PREVIEW]
    assert {sign.kind for sign in answer_signs({"text": "https://x.io"})} == {LINK, PREVIEW}
    assert heard([Call("chat.postMessage", {"text": "<!here>"}, 0.0, "not_in_channel")], []) == []


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://a.io/x", "a.io"), ("https://a.io@b.io/", "b.io"), ("https:\\\\b.io\\x", "b.io"), ("//B.io:81?x", "b.io:81"), ("https://a.io\\@b.io", "a.io"),
        ("https://\uff42.io", "b.io"), ("https://a%2eio/", "a.io"), ("ht\ntps://a.io", "a.io"), ("https://\u0431.io", "xn--90a.io"),
    ],
)  # fmt: skip
def test_a_host_is_where_a_browser_goes(url: str, where: str) -> None:
    assert host(url) == where
