"""Messages become cards within Lark's limits, and nothing that somebody wrote becomes a tag, a mention or a link."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.messages import Button, Choice, Message, Source
from bot.models import VigilError
from bot.outgoing import Gate
from bot.outgoing_links import Links
from bot.platforms.lark_cards import alone, carries, mark, rendered, sent_with
from bot.platforms.lark_markdown import card_markdown, line, link, literal
from bot.platforms.lark_seal import Permit, marked, sealed, written
from bot.sandbox.lark_card_checks import checked_card

LINKS = Links(("wiki.acme.io",))
SEND = "POST im/v1/messages"


def elements(card: dict[str, Any]) -> list[dict[str, Any]]:
    return list(card["body"]["elements"])


def out(message: Message, permit: Permit | None = None) -> str:
    """A message as it goes to Lark, through gate and seal."""
    fit = Gate(links=LINKS).message(message)
    allowed = permit or Permit(frozenset(fit.people), LINKS)
    sent = sealed(SEND, {"msg_type": "interactive", "content": rendered(fit, "k")}, allowed)["content"]
    checked_card(sent)
    return str(sent)


def test_everything_has_its_place() -> None:
    message = Message(
        "Try **this**:\n\n```bash\nkubectl get pods\n```",
        "Draft",
        (Source("Pods *restart*", "https://wiki.acme.io/pods", "2 days old"), Source("A chat", "", "")),
        "From approved knowledge.",
        (Button("send", "Send", "d1", "primary"), Button("drop", "Drop", "d1", "danger"), Button("why", "Why", "d1")),
        (Choice("mute", "Mute for", (("an hour", "1"), ("a day", "24"))),),
        ("ou_1a2b",),
    )
    card = rendered(message, "key-1", "vigil_draft")
    assert card["header"] == {"title": {"tag": "plain_text", "content": "Draft"}, "template": "wathet"}
    assert card["config"]["update_multi"] is True
    text, sources, row, menu, quiet = elements(card)
    assert text["content"] == "<at id=ou_1a2b></at>\nTry **this**:\n\n```bash\nkubectl get pods\n```"
    assert "[Pods &#42;restart&#42;](https://wiki.acme.io/pods) \u00b7 2 days old" in sources["content"]
    assert [column["elements"][0]["type"] for column in row["columns"]] == [
        "primary_filled",
        "danger_filled",
        "default",
    ]
    assert menu["options"][1] == {"text": {"tag": "plain_text", "content": "a day"}, "value": "24"}
    assert quiet["text_size"] == "notation"
    checked_card(written(card))
    assert carries(written(card), "key-1")
    assert sent_with(card) == "key-1"
    assert not carries(written(card), "key-2")


def test_a_card_without_buttons_is_found_by_its_mark() -> None:
    card = rendered(Message("hi"), "key-1")
    assert elements(card)[0]["element_id"] == mark("key-1")
    assert len(mark("k" * 500)) == 20
    assert carries(written(card), "key-1")
    assert sent_with(card) == ""
    assert not carries("{}", "")
    assert not carries("[1", "key-1")


def test_an_empty_message_is_a_card_all_the_same() -> None:
    checked_card(written(rendered(Message(""), "k")))
    checked_card(written(alone(Message(""), "k")))


@pytest.mark.parametrize("letter", ["a", "重", "\\", '"', "<", "*", "\U0001f525"])
def test_a_long_text_is_shortened_and_never_fails(letter: str) -> None:
    long = Message(
        "\n".join([letter * 100] * 120),
        letter * 400,
        tuple(Source(letter * 300, f"https://wiki.acme.io/{n}{'x' * 1500}", letter * 300) for n in range(40)),
        letter * 300,
        tuple(Button("a", letter * 300, "v" * 2000) for _ in range(5)),
        (Choice("c", letter * 300, tuple((letter * 300, f"{n}") for n in range(200))),),
    )
    sent = out(long)
    assert len(sent.encode()) <= 30 * 1024
    card = json.loads(sent)
    assert sum(column["elements"][0]["tag"] == "button" for e in elements(card) for column in e.get("columns", [])) == 5
    assert "\u2026" in elements(card)[0]["content"]


def test_a_shortened_code_block_is_closed() -> None:
    sent = out(Message("```\n" + "重启 pod-0\n" * 5000 + "```"))
    assert json.loads(sent)["body"]["elements"][0]["content"].count("```") == 2


def test_what_never_fits_is_said() -> None:
    with pytest.raises(VigilError, match="does not fit"):
        rendered(Message("x", buttons=tuple(Button("a", "b", "v" * 2000) for _ in range(25))), "k")
    with pytest.raises(VigilError, match="pass an id instead"):
        rendered(Message("x", choices=(Choice("a", "b", (("x", "v" * 3000),)),)), "k")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("# Title\ntext", "**Title**\ntext"),
        ("* one\n+ two\n- three\n1. four", "- one\n- two\n- three\n1. four"),
        ("**b** *i* ~~s~~ `c`", "**b** *i* ~~s~~ `c`"),
        ("a < b & c > d", "a &#60; b & c > d"),
        ("&lt;at id=all&gt;", "&#38;lt;(at) id=all&#38;gt;"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```\n"),
        ("![x](img_v2_1)", "(image: x)"),
        ("[a](https://wiki.acme.io/%28x%29)", "[a](https://wiki.acme.io/%28x%29)"),
        ("> quoted", "> quoted"),
        ("````\n```\n````", "```\n`` `\n```"),
        ("```py\nx = 1", "```py\nx = 1\n```"),
    ],
)
def test_markdown(given: str, expected: str) -> None:
    assert card_markdown(given) == expected


def test_words_mean_themselves() -> None:
    assert line("a_b https://x.io/a_b_c.") == "a&#95;b `https://x.io/a_b_c`."
    assert link("", "https://x.io/a_b") == "`https://x.io/a_b`"
    assert link("https://wiki.acme.io/a", "_www.evil.io_") == "[https://wiki.acme.io/a](https://wiki.acme.io/a)"
    assert literal("a *b* _c_ [d](e) <at id=all></at> `f` \n g").isprintable()
    assert not set("*_[]<>`~") & set(literal("a *b* _c_ [d] <e> `f` ~g~"))
    assert link("javascript:alert(1)", "x") == "x"
    assert link("https://wiki.acme.io/a", "https://evil.io") == "[https://wiki.acme.io/a](https://wiki.acme.io/a)"
    assert "](" not in link("https://wiki.acme.io/a](https://evil.io", "x").removeprefix("[x](")


NAUGHTY = [
    "<at id=all></at>",
    "<at id='all'></at>",
    '<at user_id="all">everyone</at>',
    "<at ids=ou_1,ou_2></at>",
    "<at email=ann@acme.io></at>",
    "<AT ID=all></AT>",
    "< at id=all></ at>",
    "<person id='ou_1' show_name=true></person>",
    "<person\nid=ou_1></person>",
    "&lt;at id=all&gt;&lt;/at&gt;",
    "&#60;at id=all&#62;",
    "&amp;lt;at id=all&amp;gt;",
    "\uff1cat id=all\uff1e",
    "<\u200bat id=all></at>",
    "<a href='https://evil.io'>x</a>",
    "<link url='https://evil.io'>x</link>",
    "<font color='red'>x</font>",
    "<font color='grey'><at id=all></at></font>",
    "![](img_v2_1)",
    "!\u200b[x](img_v2_1)",
    "[x](https://evil.io)",
    "[x][1]\n\n[1]: https://evil.io",
    "[x]( https://evil.io )",
    "[![x](https://evil.io/p.png)](https://evil.io)",
    "https://evil.io/?q=1",
    "https://wiki.acme.io@evil.io/",
    "www.evil.io",
    "`<at id=all></at>`",
    "```\n<at id=all></at>\n```",
    "``` <at id=all></at> ```",
    "```\n```<at id=all></at>",
    "`a` `<at id=all></at>",
    "a`\n<at id=all></at>\n`",
    "@all @everyone @_all @所有人",
    "lark://client/x",
    "[x](lark://client/x)",
    "<text_tag color='red'>x</text_tag>",
    "<at id=ou_1></at><at id=ou_2></at>",
    "\\<at id=all>\\</at>",
    "<<at id=all>at id=all></at>",
    "<at\u00a0id=all></at>",
    "https://wiki.acme.io/x![x](img_v2_1)",
    "![x](https://wiki.acme.io/p.png)",
    "_www.evil.io_",
    "https://wiki.acme.io/x[y](https://evil.io)",
    "\\`a` `<at id=all></at>www.evil.io",
]


@pytest.mark.parametrize("naughty", NAUGHTY)
@pytest.mark.parametrize("sealed_only", [False, True])
def test_nothing_that_is_written_becomes_a_tag(naughty: str, sealed_only: bool) -> None:
    if sealed_only:  # whatever made it
        card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": naughty}]}}
        sent = sealed(SEND, {"content": card}, Permit(frozenset(), LINKS))["content"]
    else:
        sent = out(
            Message(
                naughty, naughty, (Source(naughty, "https://wiki.acme.io/", naughty),), naughty,
                (Button("a", naughty, "v"),), (Choice("c", naughty, ((naughty, "v"),)),), source_label=naughty,
            )
        )  # fmt: skip
    for element in every(json.loads(sent)):
        if element.get("tag") == "markdown":
            assert clean(element["content"]), element["content"]
        if element.get("tag") == "plain_text":
            assert "<at" not in element["content"].lower()


def every(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [one for item in part for one in every(item)]
    if isinstance(part, dict):
        return [part, *(one for item in part.values() for one in every(item))]
    return []


def clean(content: str) -> bool:
    """Whether Lark's Markdown finds no tag, picture or foreign link in it; code is looked into as if it were none."""
    import re

    rest = re.sub(r"</?font(?: color='grey')?>", "", content)
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", rest, flags=re.DOTALL)
    tags = re.findall(r"<\s*/?\s*[a-zA-Z]", prose) + re.findall(r"<\s*/?\s*(?:at|person)\b", rest, re.IGNORECASE)
    leads = [*re.findall(r"\]\(([^)]*)\)", prose), *re.findall(r"(?:https?://|www\.)[^\s)\]]*", prose)]
    return not tags and "![" not in prose and all(url.startswith("https://wiki.acme.io/") for url in leads)


def test_only_who_may_be_is_mentioned() -> None:
    text = "<at id=ou_1></at> <at id=ou_2></at> <at id=all></at>"
    assert marked(text, Permit(frozenset(["ou_1"]))).count("<at") == 1
    assert marked("`<at id=ou_1></at>`", Permit(frozenset(["ou_1"]))).count("<at") == 0
    assert "<at id=all>" not in out(Message("x", people=("all", "@_all", "ou_1><at id=all", "ou_9f")))


def test_what_nobody_looks_into_is_not_sent() -> None:
    body = {"schema": "2.0", "body": {"elements": []}}
    for element in (
        {"tag": "img", "img_key": "x"},
        {"tag": "div", "text": {"tag": "lark_md", "content": "x"}},
        {"tag": "button", "text": {"tag": "plain_text", "content": "x"}, "url": "https://evil.io"},
        {"tag": "button", "behaviors": [{"type": "open_url", "default_url": "https://evil.io"}]},
        {"tag": "person", "user_id": "ou_1"},
        {"tag": "table", "rows": []},
        {"tag": "hr", "icon": {}},
    ):
        card = {**body, "body": {"elements": [element]}}
        with pytest.raises(VigilError, match=r"not be sent|only tell the app"):
            sealed(SEND, {"content": card})
    for name, sent in (
        (SEND, {"content": '{"text": "x"}'}),
        (SEND, {"msg_type": "text", "content": body}),
        ("PUT im/v1/messages/:message_id", {"content": body}),
        ("POST im/v1/batch_messages", {"content": body}),
        ("POST im/v1/messages/:message_id/urgent_app", {"user_id_list": ["ou_1"]}),
    ):
        with pytest.raises(VigilError):
            sealed(name, sent)


def test_a_click_tells_what_it_was_given() -> None:
    value = "a<b>@all https://evil.io"
    card = json.loads(out(Message("x", buttons=(Button("act", "B", value),))))
    button = next(one for one in every(card) if one.get("tag") == "button")
    assert button["behaviors"] == [{"type": "callback", "value": {"action": "act", "value": value, "key": "k"}}]


def test_a_card_for_one_person_says_so_in_its_clicks() -> None:
    card = rendered(replace(Message("x"), buttons=(Button("act", "B", "v"),)), "k", to="ou_1")
    assert next(one for one in every(card) if one.get("tag") == "button")["behaviors"][0]["value"]["to"] == "ou_1"


def test_lone_surrogates_and_controls_do_not_leave() -> None:
    sent = out(Message("a\ud800b\x00c\u202ed", "t\udfff", buttons=(Button("a", "b\ud800", "v"),)))
    assert sent.encode().decode() == sent
    assert "\u202e" not in sent
