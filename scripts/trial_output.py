"""Sends what should not get out through every way a text can reach people, and counts what would notify, link or preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import output_strings
from output_benign import damage, ordinary
from output_ways import GROUP, RUNBOOK, TYPED, modals, ways

from bot.config import Slack
from bot.messages import Button, Message, Post, Target
from bot.models import VigilError
from bot.outgoing_links import Links
from bot.platforms.slack import SlackPlatform
from bot.sandbox import Sandbox, Workspace
from bot.sandbox.clickable import host
from bot.sandbox.models import Json
from bot.sandbox.notifying import LINK, MENTION, PREVIEW, Sign, heard

BREACHES = ("notifying", "foreign_links", "previews", "benign_damaged")
CHANNEL = "slack:T0SMALL:C0HELP"
ALLOWED = Links(("wiki.acme.io", "*.docs.acme.io", "git.acme.io:8443"))
HOSTS = ("wiki.acme.io", "a.docs.acme.io", "git.acme.io:8443")
WHOLE = (RUNBOOK, "https://small.slack.com/archives/")
"""What may be linked beside the hosts: the page that an answer cites, and the workspace's own messages."""
MEANT = (f"<@{TYPED}>", f"<!subteam^{GROUP}>")
TOGETHER = 25  # made-up strings in one text; a way shows but the beginning of a long one, so every hundredth goes alone
Out = Callable[[Sandbox], SlackPlatform]


class Breach(NamedTuple):
    kind: str
    way: str
    what: str
    text: str


def platform(box: Sandbox) -> SlackPlatform:
    """Vigil's own mouth, as it is in production, at no pace."""
    return SlackPlatform(settings(box), str, links=ALLOWED)


def settings(box: Sandbox) -> Slack:
    return Slack(
        base_url=box.api_url, timeout_seconds=30.0, pace=100_000.0, bot_token="xoxb-sandbox", app_token="xapp-sandbox"
    )


def run(seed: int, small: bool, say: Callable[[str], None]) -> dict[str, int]:
    """10,000 mentions, 2,000 links and the naughty strings through every way (`small`: a share of them)."""
    return tried(seed, small, say, platform)


def tried(seed: int, small: bool, say: Callable[[str], None], out: Out) -> dict[str, int]:
    """The counts; `out` makes the platform that is tried."""
    forms = output_strings.mentions(seed, 150 if small else 10_000)
    shapes = output_strings.links(seed, 75 if small else 2_000)
    strings = output_strings.naughty()[:: 16 if small else 1]
    short, long = [text for text in strings if len(text) < 200], [text for text in strings if len(text) >= 200]
    texts = [*_joined(forms), *_joined(shapes), *_joined(short), *([] if small else long)]
    with Sandbox(Workspace.small()) as box:
        trial = Trial(box, out(box), say)
        trial.everything(texts)
        counts = Counter(
            mention_forms=len(forms), link_shapes=len(shapes), naughty=len(strings), ways=trial.ways, posts=trial.posts
        )
        counts.update(notifying=0, foreign_links=0, previews=0, refused=trial.refused)
        counts.update(breach.kind for breach in trial.breaches)
        counts.update(_benign(box, out(box), say))
    for kind in ("notifying", "foreign_links", "previews"):
        if worst := sorted((b for b in trial.breaches if b.kind == kind), key=lambda b: len(b.text)):
            say(f"seed {seed}, {kind}, by {worst[0].way}: {worst[0].what!r} of {worst[0].text[:300]!r}")
    return dict(counts)


def _joined(parts: Sequence[str]) -> Iterator[str]:
    """Some to a text, each in a paragraph of its own, and every hundredth alone."""
    for at in range(0, len(parts), TOGETHER):
        yield "\n\n".join(parts[at : at + TOGETHER])
    yield from parts[::100]


class Trial:
    """Sends texts by every way and judges what arrived at the sandbox."""

    def __init__(self, box: Sandbox, slack: SlackPlatform, say: Callable[[str], None]) -> None:
        self._box, self._slack, self._say = box, slack, say
        self.posts = self.refused = self._number = 0
        self.ways = len(ways()) + 5
        self.breaches: list[Breach] = []
        self._root = f"{CHANNEL}:{box.say('help', 'ana', 'it hangs')}"
        self._mine = slack.post(self._post(Target.CHANNEL, Message("first")))

    def everything(self, texts: Sequence[str]) -> None:
        """Each text by each way, and every way's message to each kind of place in turn."""
        for number, text in enumerate(texts):
            for at, (name, way) in enumerate(ways().items()):
                message = way(text)
                self._send(name, text, self._posts(message, number + at))
            for form in modals(text):
                self._try(
                    "modal", text, lambda form=form: self._slack.open_form(form, self._box._core.new_trigger("U0ANA"))
                )
            if number % 50 == 49:
                self._say(f"{number + 1} of {len(texts)} texts, {self.posts} posts, {len(self.breaches)} breaches")

    def _posts(self, message: Message, turn: int) -> Post:
        """One of: thread, channel, direct, update, home, an answer for one person, blocks that Slack refuses."""
        match turn % 7:
            case 0:
                return self._post(Target.THREAD, message, thread_id=self._root)
            case 1:
                return self._post(Target.CHANNEL, message)
            case 2:
                return self._post(Target.DIRECT, message, person="U0ANA")
            case 3:
                return self._post(Target.UPDATE, message, address=self._mine)
            case 4:
                return self._post(Target.HOME, message, person="U0ANA")
            case 5:
                return self._post(Target.REPLY, message, address=self._box._core.new_response_url("C0HELP", "U0ANA"))
        return self._post(Target.CHANNEL, replace(message, buttons=(Button("a" * 300, "x", "v"),)))

    def _post(self, target: Target, message: Message, **fields: str) -> Post:
        self._number += 1
        return Post(f"key-{self._number}", target, CHANNEL, message, **fields)

    def _send(self, way: str, text: str, post: Post) -> None:
        self._try(f"{way} to {post.target}", text, lambda: self._slack.post(post))

    def _try(self, way: str, text: str, send: Callable[[], object]) -> None:
        core = self._box._core
        core.calls.clear()
        core.responses.clear()
        try:
            send()
            self.posts += 1
        except VigilError as refused:  # refusing to say it is safe; how often is counted
            self.refused += 1
            self._say(f"refused: {way}: {str(refused)[:100]}")
        for sign in heard(self._box.calls, self._box.responses):
            if kind := breach(sign):
                self.breaches.append(Breach(kind, way, f"{sign.what[:200]} at {sign.where}", text))


def breach(sign: Sign) -> str:
    """Which promise a sign breaks, "" for none."""
    if sign.kind == MENTION:
        return "" if sign.what in MEANT else "notifying"
    if sign.kind == LINK:
        there = host(sign.what)
        good = there in HOSTS or there.endswith(".docs.acme.io") or sign.what.startswith(WHOLE)
        return "" if good and sign.what.lower().startswith(("https://", "http://")) else "foreign_links"
    return "previews" if sign.kind == PREVIEW else ""


def _benign(box: Sandbox, slack: SlackPlatform, say: Callable[[str], None]) -> dict[str, int]:
    """Ordinary answers come out readable, with their links, and their code to the letter."""
    damaged = 0
    cases = ordinary()
    for number, (text, found, links) in enumerate(cases):
        box._core.calls.clear()
        slack.post(Post(f"benign-{number}", Target.CHANNEL, CHANNEL, Message(text, vouched=(RUNBOOK,))))
        if missing := damage(_shown(box), found, links):
            damaged += 1
            say(f"damaged: {text!r} lacks {missing}")
    return {"benign": len(cases), "benign_damaged": damaged}


def _shown(box: Sandbox) -> str:
    """What stands in the channel last: the text of its blocks."""
    blocks: list[Json] = box.all_messages("help")[-1]["blocks"]
    return "\n".join(str(block["text"]["text"]) for block in blocks if block["type"] == "section")
