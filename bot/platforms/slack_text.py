"""Slack's mrkdwn to plain Markdown and back; code passes through unchanged and nothing that goes out can mention."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from bot.outgoing_links import honest, trimmed
from bot.outgoing_markdown import PIECES, calm
from bot.outgoing_mentions import defanged

# While a text is rewritten, finished pieces stand in it as \ue000NUMBER\ue001: private-use characters, which are
# taken out of the text itself first.
_HELD = re.compile("\ue000([0-9]+)\ue001")
_MARKS = re.compile("[\ue000\ue001]")
_SLACK = re.compile(r"(?P<code>```.*?```|(?<!`)`[^`\n]+`(?!`))|<(?P<token>[^<>\n]+)>", re.DOTALL)
_CROWD = ("here", "channel", "everyone", "group")
_STARRED = re.compile(r"(?<![\w*])\*(?![\s*])([^*\n]+?)(?<!\s)\*(?![\w*])")


def decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def encoded(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(mrkdwn: str) -> str:
    """Plain Markdown from what Slack sends: links, names and bold rewritten, entities decoded, code as it was typed."""

    def piece(found: re.Match[str]) -> str:
        return _token(found["token"]) if found["code"] is None else _code_as_typed(found["code"])

    return _around(_SLACK, mrkdwn, piece, lambda rest: decoded(_STARRED.sub(r"**\1**", rest)))


def mrkdwn(markdown: str) -> str:
    """Slack's mrkdwn from plain Markdown: code unchanged, everything else escaped, no mention of anybody in it."""
    return _around(PIECES, markdown, _piece, lambda rest: defanged(_styled(encoded(rest))))


def _around(
    pieces: re.Pattern[str], text: str, finish: Callable[[re.Match[str]], str], rewrite: Callable[[str], str]
) -> str:
    """`rewrite` the whole text with every piece held out of it, each put back as `finish` makes it."""
    held: list[str] = []
    parts, end = [], 0
    for found in pieces.finditer(text):
        parts += [_MARKS.sub("", text[end : found.start()]), f"\ue000{len(held)}\ue001"]
        held.append(finish(found))
        end = found.end()
    rest = rewrite("".join([*parts, _MARKS.sub("", text[end:])]))
    return _HELD.sub(lambda mark: held[int(mark[1])], rest)


def _code_as_typed(code: str) -> str:
    """Slack wraps addresses in <> even inside code; the writer typed the label."""

    def typed(found: re.Match[str]) -> str:
        target, _, shown = found[1].partition("|")
        return (shown or target) if re.match(r"(https?|mailto|tel):", target) else found[0]

    return decoded(re.sub(r"<([^<>\n]+)>", typed, code))


def _token(inside: str) -> str:
    """One <...> of Slack's as plain text."""
    target, _, shown = (decoded(part).strip() for part in inside.partition("|"))
    if target.startswith("@"):
        return target
    if target.startswith("#"):
        return f"#{shown.lstrip('#') or target[1:]}"
    if target.startswith("!"):
        return _special(target[1:], shown)
    bare = re.sub(r"^(https?://|mailto:|tel:)", "", target)
    if not shown or shown == target:
        return target
    if shown in (bare, bare.rstrip("/")):  # Slack made the link itself
        return shown
    return f"[{shown.replace('[', '(').replace(']', ')')}]({target.replace('(', '%28').replace(')', '%29')})"


def _special(target: str, shown: str) -> str:
    """<!here>, <!subteam^S1|@oncall>, <!date^...|fallback> and their kin."""
    kind, _, rest = target.partition("^")
    if kind == "subteam":
        return shown or f"@{rest}"
    return f"@{kind}" if kind in _CROWD else shown or kind


def label(text: str) -> str:
    """One line for a plain_text object: no markup is read there, and nothing in it looks like a mention either."""
    return re.sub(r"<(?=[!@#])", "< ", defanged(" ".join(_MARKS.sub("", text).split())))


def escaped(text: str) -> str:
    """Words that mean themselves in mrkdwn: no link, no mention."""
    return encoded(defanged(_MARKS.sub("", text)))


def link(url: str, name: str) -> str:
    """A titled link in mrkdwn; the name alone when the address is not http or https."""
    shown = " ".join(escaped(name).replace("|", "\u00a6").split())
    if not re.match(r"https?://[^\s/]", url):
        return shown
    return f"<{_address(url)}|{shown or 'link'}>" if honest(shown, url) else f"<{_address(url)}>"


def _address(url: str) -> str:
    """An address that stays within its brackets and mentions nobody either."""
    whole = re.sub(r"[\s<>|\"]", lambda found: quote(found[0]), url.strip())
    return calm(whole).replace("&", "&amp;")


def _piece(found: re.Match[str]) -> str:
    """A piece of Markdown that must not be rewritten, in its final form."""
    if found["fence"] is not None:
        # A longer fence may hold three backticks, which Slack would take for its end.
        body = found["fence"].replace("```", "`` `")
        return f"```\n{encoded(body)}```"
    if found["code"] is not None or found["table"] is not None:
        return encoded(found["code"]) if found["code"] else f"```\n{encoded(found['table'].rstrip())}\n```\n"
    if found["image"] is not None:
        return f"(image: {escaped(found['image'])})"
    if found["label"] is not None:
        return link(found["url"], found["label"])
    url = found["auto"] or trimmed(found["bare"])
    # Slack is asked to make no links by itself; what went through the gate and still is an address may be one.
    shown = f"<{_address(url)}>" if re.match(r"https?://[^\s/]", url, re.IGNORECASE) else escaped(url)
    return shown + escaped(found["bare"][len(url) :] if found["bare"] else "")


def _styled(text: str) -> str:
    """Headings, bullets, bold, italics and strike-through."""
    text = re.sub(
        r"^#{1,6}[ \t]+([^\n]{0,1000}[^\s#])[ \t#]*$",
        lambda found: f"**{found[1].replace('**', '')}**",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(r"^([ \t]*)[-*+][ \t]+", "\\1\u2022 ", text, flags=re.MULTILINE)
    text = _STARRED.sub(r"_\1_", text)
    text = re.sub(r"\*\*(?!\s)(.{1,400}?)(?<!\s)\*\*", r"*\1*", text)
    text = re.sub(r"(?<!\w)__(?!\s)(.{1,400}?)(?<!\s)__(?!\w)", r"*\1*", text)
    return re.sub(r"~~(?!\s)(.{1,400}?)(?<!\s)~~", r"~\1~", text)
