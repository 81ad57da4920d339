"""A token in disguise vanishes whole: escaped, encoded, broken apart, in other letters; and plain text does not go with it."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.redaction import findings, redact
from knowledge.redaction_model import Finding
from knowledge.redaction_views import PLAIN, undisguised

BODY = "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xYzA2c"
TOKEN = "ghp" + "_" + BODY
GONE = "[secret:token]"
BOLD = "".join(
    chr(0x1D5D4 + ord(c) - 65) if c.isupper() else chr(0x1D5EE + ord(c) - 97) if c.islower() else c for c in TOKEN
)

HIDDEN = {
    "zero-width": ("use {} now", "\u200b".join(TOKEN)),
    "soft hyphens": ("use {} now", "\u00ad".join(TOKEN)),
    "struck through": ("use {} now", "\u0336".join(TOKEN)),
    "full-width": ("密钥：{}。", "".join(chr(ord(c) + 0xFEE0) for c in TOKEN)),
    "mathematical": ("use {} now", BOLD),
    "Cyrillic twins": ("use {} now", TOKEN.replace("a", "а").replace("p", "р").replace("c", "с")),
    "percent": ("x.io/a?k={}&b=1", "".join(f"%{ord(c):02x}" for c in TOKEN)),
    "percent twice": ("x.io/a?k={}&b=1", TOKEN.replace("_", "%255F")),
    "entities": ("<td>{}</td>", "".join(f"&#{ord(c)};" for c in TOKEN)),
    "named entity": ("<td>{}</td>", TOKEN.replace("_", "&lowbar;")),
    "unicode escapes": ('{{"a": "{}"}}', TOKEN.replace("_", "\\u005f")),
    "markdown escape": ("use {} now", TOKEN.replace("_", "\\_")),
    "over lines": ("it is:\n{}\nthanks", TOKEN[:11] + "\n    " + TOKEN[11:25] + "\n" + TOKEN[25:]),
    "prefix over lines": ("it is:\n{}\nthanks", TOKEN[:2] + "\n" + TOKEN[2:]),
    "shell continuation": ("K={}", TOKEN[:20] + "\\\n" + TOKEN[20:]),
    "quoted mail": ("> {}\n> thanks", TOKEN[:20] + "\n> " + TOKEN[20:]),
    "joined strings": ('k = "{}"', TOKEN[:20] + '" + "' + TOKEN[20:]),
    "emphasis": ("use {} now", TOKEN[:10] + "**" + TOKEN[10:20] + "**" + TOKEN[20:]),
    "bold tag": ("use {} now", TOKEN[:10] + "<b>" + TOKEN[10:20] + "</b>" + TOKEN[20:]),
    "spaced": ("it is {} ok", " ".join(TOKEN)),
    "groups": ("it is {} ok", " ".join(TOKEN[i : i + 8] for i in range(0, 40, 8))),
    "base64": ("data: {} end", base64.b64encode(f"token {TOKEN}".encode()).decode()),
    "base64 twice": ("data: {} end", base64.b64encode(base64.b64encode(TOKEN.encode())).decode()),
    "base64 in lines": ("it says\n{}\n\nso what", base64.encodebytes(f"Authorization: Bearer {TOKEN}\n".encode() * 2).decode().strip()),
    "hex": ("dump 0x{} end", TOKEN.encode().hex()),
    "JSON in a log": ('"start\\n{} end"', TOKEN),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
def test_a_token_in_disguise_vanishes_and_what_stands_around_it_stays(name: str) -> None:
    frame, shown = HIDDEN[name]
    before, after = (part.replace("{{", "{").replace("}}", "}") for part in frame.split("{}"))
    found = redact(frame.format(shown))
    assert found == f"{before}{GONE}{after}"


def test_a_password_may_be_escaped_too() -> None:
    assert redact("next=%2Fx%3Fpassword%3DS3cret99") == "next=%2Fx%3Fpassword%3D[secret:password]"
    assert redact("card ４１１１１１１１１１１１１１１１") == "card [personal:card]"


ORDINARY = [
    "重启以后还是不行，错误码：E1234，请看一下！",
    "Перезапустите сервис, потом он работает",
    "https://x.io/a%20b%2Fc?next=%2Fhome&amp;page=2 and 50%ab off",
    "café naïve e\u0301 re\u0301sume\u0301 \u200b👩\u200d💻 \u202bשלום\u202c",
    "```\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\ndo echo $i\ndone\n```",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "0045 0970 726f 6475 6365 7273 010c 0001",
    "sk- learn is a great library for machine learning 2 go",
    "VGhpcyBpcyBwbGFpbiBvbGQgdGV4dCwgbm90aGluZyBlbHNl",
    "sha512-" + base64.b64encode(bytes(range(64))).decode(),
    "WhatsApp-Image-2024-04-01-at-11.46.45.jpg",
    "one-two-three\nfour5five6seven8nine\nten-eleven-12-thirteen",
    "C:\\new\\table\\x64\\u1234 and \\d+\\.\\w+",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_what_only_looks_disguised_stays_as_it_was_written(text: str) -> None:
    assert redact(text) == text


def test_what_follows_a_token_on_the_next_line_stays() -> None:
    assert redact(f"{TOKEN}\nthanks a lot") == f"{GONE}\nthanks a lot"
    assert redact(f"`{TOKEN}` **fails**") == f"`{GONE}` **fails**"


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(["a", "é", "ｇ", "&#95;", "%5F", "\u200b", "\\_", "𝐠", "&amp;", "<b>", "x_1"]), max_size=30
    )
)
def test_a_reading_leads_back_to_where_it_was_read(parts: list[str]) -> None:
    text = "".join(parts)
    view = undisguised(text)
    places = view.back(_each(view.text))
    assert [p.start for p in places] == sorted(p.start for p in places)
    assert all(0 <= p.start < p.end <= len(text) for p in places)
    for read, place in zip(view.text, places, strict=True):
        assert read == text[place.start].translate(PLAIN) or place.end - place.start > 1


def _each(text: str) -> list[Finding]:  # every character as a finding of its own

    return [Finding("x", place, place + 1) for place in range(len(text))]


@settings(max_examples=150)
@given(
    st.text(alphabet=string.printable + "é密｜ｇ％\u200b&#;%\\", max_size=200),
    st.sampled_from(sorted(HIDDEN)),
    st.integers(0, 200),
)
def test_spans_say_exactly_what_is_replaced(text: str, name: str, place: int) -> None:
    whole = text[:place] + " " + HIDDEN[name][1] + " " + text[place:]
    masks, position, parts = findings(whole), 0, []
    for mask in masks:
        assert position <= mask.start < mask.end <= len(whole)
        parts += [whole[position : mask.start], f"[{mask.kind}]"]
        position = mask.end
    assert "".join([*parts, whole[position:]]) == redact(whole)
    assert findings(redact(whole)) == []


@pytest.mark.parametrize(
    "piece", ["%25", "&#95;", "a\u200b", "a1\n", '" + "', "sk- a ", "*a*", "a b ", "QUJD", "my address is 1 "]
)
def test_long_hostile_texts_settle(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    assert redact(redact(text)) == redact(text)
