"""Counts what Slack would make of what was said: whom it would notify, which links it would draw, what it would preview.

Written against Slack's documentation and for the strictest reading of it: a sign that is folded, hidden or escaped counts as
well, since another program may undo that before a reader sees it. It shares nothing with the code that it judges.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from bot.sandbox.clickable import bare, markdown_links
from bot.sandbox.disguises import folded, named, readings
from bot.sandbox.models import Call, Json

SIGN = re.compile("[<`]")
MENTION, LINK, PREVIEW = "mention", "link", "preview"
SAYING = (
    "chat.postMessage",
    "chat.update",
    "chat.postEphemeral",
    "views.open",
    "views.update",
    "views.push",
    "views.publish",
)


class Sign(NamedTuple):
    """One thing found: its kind, what it is (a mention as it stands, a link's address) and where (a JSON pointer)."""

    kind: str
    what: str
    where: str


def signs(call: Call) -> list[Sign]:
    """What one call to the Web API would notify, link and preview; nothing for calls that say nothing."""
    if call.method not in SAYING:
        return []
    found = list(_body(call.args, "/", parsed=call.args.get("parse") != "none" or bool(call.args.get("link_names"))))
    return found + (_previews(call.args) if call.method == "chat.postMessage" else [])


def answer_signs(body: Json) -> list[Sign]:
    """The same for an answer at a response URL or in an acknowledgement; Slack ignores `parse` there."""
    return [*_body(body, "/", parsed=not body.get("blocks")), *_previews(body)]


def _previews(body: Json) -> list[Sign]:
    return [Sign(PREVIEW, key, f"/{key}") for key in ("unfurl_links", "unfurl_media") if body.get(key) is not False]


def _body(body: Any, where: str, parsed: bool) -> Iterator[Sign]:
    """Every text below a value. A bare "text" is parsed as the call asks, a text object as it says itself."""
    if isinstance(body, list):
        for number, one in enumerate(body):
            yield from _body(one, f"{where}{number}/", parsed)
    if not isinstance(body, dict):
        return
    kind = body.get("type")
    if kind in ("mrkdwn", "plain_text"):
        shown = str(body.get("text"))
        yield from _plain(shown, where) if kind == "plain_text" else _mrkdwn(shown, where, not body.get("verbatim"))
        return
    for key, value in body.items():
        here = f"{where}{key}"
        if key in ("text", "fallback", "pretext", "title", "markdown_text") and isinstance(value, str):
            yield from (
                _marked(value, here) if kind == "markdown" or key == "markdown_text" else _mrkdwn(value, here, parsed)
            )
        elif key in ("url", "image_url", "thumb_url", "title_link", "author_link", "from_url") and isinstance(
            value, str
        ):
            yield Sign(LINK, value, here)
        elif key in ("user_id", "usergroup_id", "range") and kind in ("user", "usergroup", "broadcast"):
            yield Sign(MENTION, f"{kind} {value}", here)
        elif key not in ("metadata", "private_metadata"):
            yield from _body(value, f"{here}/", parsed)


def _mrkdwn(text: str, where: str, parsed: bool) -> Iterator[Sign]:
    """mrkdwn as Slack reads it: tokens count everywhere, in code too; the rest where Slack or a reader would see a mention."""
    prose, tokens = _split(text)
    for token in tokens:
        yield from _token(token, where)
    for reading in readings(prose):
        yield from (Sign(MENTION, found, where) for found in named(reading))
    if parsed:
        yield from (Sign(LINK, url, where) for url in bare(_unescaped(text)))


def _marked(text: str, where: str) -> Iterator[Sign]:
    """A markdown block: links in Markdown, bare ones, and tokens all the same."""
    yield from _mrkdwn(text, where, parsed=True)
    yield from (Sign(LINK, url, where) for url in markdown_links(text))


def _plain(text: str, where: str) -> Iterator[Sign]:
    """Nothing is parsed in a plain_text object; a mention there still looks like one, and may be copied."""
    for reading in readings(text):
        yield from (Sign(MENTION, found, where) for found in named(reading))


def _split(text: str) -> tuple[str, list[str]]:
    """(what stands outside of tokens and code, the tokens), read sign by sign."""
    prose, tokens, at = list[str](), list[str](), 0
    while at < len(text):
        if text[at] == "<" and (end := text.find(">", at)) > at:
            start = text.rfind("<", at, end)  # the innermost
            tokens.append(text[start + 1 : end])
            prose.append(text[at:start] + " ")
            at = end + 1
        elif text[at] == "`" and (end := _code_end(text, at)):
            tokens += _split_tokens(text[at:end])
            prose.append("`")
            at = end
        else:
            found = SIGN.search(text, at + 1)
            prose.append(text[at : found.start() if found else len(text)])
            at = found.start() if found else len(text)
    return "".join(prose), tokens


def _code_end(text: str, at: int) -> int:
    """Where the code that begins here ends, 0 when none does."""
    if text.startswith("```", at):
        end = text.find("```", at + 3)
        return end + 3 if end >= 0 else 0
    end = text.find("`", at + 1)
    return end + 1 if end > at + 1 and "\n" not in text[at:end] else 0


def _split_tokens(code: str) -> list[str]:
    return [part.split(">")[0] for part in code.split("<")[1:] if ">" in part]


def _token(inside: str, where: str) -> Iterator[Sign]:
    """What `<inside>` is to Slack."""
    target = inside.split("|")[0]
    plain = folded(target).strip()
    if plain.startswith("!date^"):
        yield from (Sign(LINK, _unescaped(part), where) for part in target.split("^")[3:4])
    elif plain.startswith(("!", "@")) or plain.lstrip("/ ").lower().split(" ")[0] == "at":
        yield Sign(MENTION, f"<{inside}>", where)
    elif not plain.startswith("#"):
        yield Sign(LINK, _unescaped(target), where)
    for reading in readings(inside.partition("|")[2]):
        yield from (Sign(MENTION, found, where) for found in named(reading))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def heard(calls: Sequence[Call], answers: Sequence[Json]) -> list[Sign]:
    """Everything that calls which were carried out, and answers, would notify, link and preview."""
    said = [sign for call in calls if call.outcome.startswith("ok") for sign in signs(call)]
    return said + [sign for answer in answers for sign in answer_signs(answer["body"])]
