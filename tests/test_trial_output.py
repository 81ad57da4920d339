"""The output trial holds for Vigil's own platform, and counts what a leaky one lets out."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import Request, urlopen

import pytest

from bot.messages import Form, Message, Post
from bot.outgoing import Gate
from bot.platforms.slack import SlackPlatform
from bot.sandbox import Sandbox, Workspace

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import trial_output

    yield trial_output
    for name in ("trial_output", "output_ways", "output_strings", "output_benign"):
        sys.modules.pop(name, None)


class Raw(SlackPlatform):
    """Says every text as it was given."""

    box: Sandbox

    def post(self, post: Post) -> str:
        body = {
            "channel": "C0HELP",
            "text": post.message.text or "-",
            "blocks": [_section(post.message.text[:2900] or "-")],
        }
        headers = {"Content-Type": "application/json", "Authorization": "Bearer xoxb-sandbox"}
        with urlopen(Request(f"{self.box.api_url}chat.postMessage", json.dumps(body).encode(), headers)) as answer:
            return f"slack:T0SMALL:C0HELP:{json.load(answer)['ts']}"

    def open_form(self, form: Form, trigger: str) -> None:
        """No form at all: the messages are what is looked at."""


class OpenGate(Gate):
    """Lets every message through as it is."""

    __slots__ = ()

    def message(self, message: Message) -> Message:
        return message


class Ungated(SlackPlatform):
    """Renders whatever it is given, and relies on the seal."""

    def _gate(self) -> Gate:
        gate = super()._gate()
        return OpenGate(gate.redact, gate.links)


class Shouting(SlackPlatform):
    """Changes what is said."""

    def _gate(self) -> Gate:
        return replace(super()._gate(), redact=str.upper)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_nothing_gets_out(trial: ModuleType) -> None:
    counts = trial.run(3, True, print)
    assert {name: counts[name] for name in trial.BREACHES} == dict.fromkeys(trial.BREACHES, 0)
    assert counts["posts"] > 200
    assert counts["benign"] > 60


def breaches(trial: ModuleType, platform: Callable[[Sandbox], SlackPlatform], texts: int) -> Counter[str]:
    """What is counted over the first texts of a trial, by kind."""
    forms, shapes = trial.output_strings.mentions(3, 75), trial.output_strings.links(3, 75)
    with Sandbox(Workspace.small()) as box:
        tried = trial.Trial(box, platform(box), print)
        tried.everything(
            [text for pair in zip(trial._joined(forms), trial._joined(shapes), strict=False) for text in pair][:texts]
        )
        return Counter(breach.kind for breach in tried.breaches)


def test_a_platform_that_says_everything_is_found_out(trial: ModuleType) -> None:
    def raw(box: Sandbox) -> SlackPlatform:
        leaky = Raw(trial.settings(box), str)
        leaky.box = box
        return leaky

    counts = breaches(trial, raw, 2)
    assert min(counts["notifying"], counts["foreign_links"], counts["previews"]) > 20


def test_the_seal_alone_lets_no_link_and_no_preview_through(trial: ModuleType) -> None:
    counts = breaches(trial, lambda box: Ungated(trial.settings(box), str, links=trial.ALLOWED), 6)
    assert counts["foreign_links"] == counts["previews"] == 0


def test_damage_is_counted(trial: ModuleType) -> None:
    with Sandbox(Workspace.small()) as box:
        shouting = Shouting(trial.settings(box), str, links=trial.ALLOWED)
        assert trial._benign(box, shouting, lambda _: None)["benign_damaged"] > 20
