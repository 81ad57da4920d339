"""Whatever a payload holds, and whoever made it, what is sent to Slack mentions and links only what is permitted."""

from __future__ import annotations

from typing import Any

import pytest

from bot.messages import Message, Post, Source, Target
from bot.models import VigilError
from bot.outgoing_links import Links
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack_seal import Permit, sealed
from bot.sandbox import Sandbox
from bot.sandbox.notifying import heard

LINKS = Links(("wiki.acme.io",))
PERMIT = Permit(frozenset({"U0ANA"}), frozenset({"S0ONCALL"}), LINKS)


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("<@U0ANA> <!subteam^S0ONCALL> <https://wiki.acme.io/a?b=1&amp;c=2|x>",) * 2,
        (
            "<@U0BEN> <@U0ANA|x> <!subteam^S0OTHER>",
            "\u2039(@)U0BEN\u203a \u2039(@)U0ANA|x\u203a \u2039!subteam^S0OTHER\u203a",
        ),
        ("<!here> `<!channel|x>` @everyone", "\u2039!here\u203a `\u2039!channel|x\u203a` (@)everyone"),
        ("<https://evil.example|x>", "\u2039https://evil.example|x\u203a"),
        ("<https://wiki.acme.io@evil.example|x>", "\u2039https://wiki.acme.io@evil.example|x\u203a"),
        ("```\n@here &lt;!here&gt;\n```",) * 2,
        ("a\u202eb\u200bc\x00d", "abcd"),
        ("<<!here>>", "\u2039\u2039!here\u203a\u203a"),
    ],
)
def test_a_text_keeps_only_what_is_permitted(text: str, sent: str) -> None:
    made = sealed("chat.postMessage", {"text": text, "blocks": [section(text)]}, PERMIT)
    assert made["text"] == sent
    assert made["blocks"][0]["text"] == {"type": "mrkdwn", "text": sent, "verbatim": True}


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.postEphemeral", "response_url"])
def test_nothing_is_parsed_and_nothing_previewed(method: str) -> None:
    made = sealed(method, {"text": "x"})
    flags = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
    assert {key: made.get(key) for key in flags} == flags


def test_without_a_permit_nobody_is_mentioned_and_nothing_linked() -> None:
    made = sealed("views.open", {"view": {"type": "modal", "blocks": [section("<@U0ANA> <https://wiki.acme.io>")]}})
    assert made["view"]["blocks"][0]["text"]["text"] == "\u2039@U0ANA\u203a \u2039https://wiki.acme.io\u203a".replace(
        "@", "(@)"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"blocks": [{"type": "image", "image_url": "https://evil.example/i.png", "alt_text": "x"}]},
        {"blocks": [{"type": "markdown", "text": "[x](https://evil.example)"}]},
        {"attachments": [{"text": "x"}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "url": "https://evil.example"}]}]},
        {"markdown_text": "![x](https://evil.example)"},
    ],
)
def test_what_is_not_looked_into_is_not_sent(body: dict[str, Any]) -> None:
    with pytest.raises(VigilError, match="not looked into"):
        sealed("chat.postMessage", body, PERMIT)


def test_what_says_nothing_passes_and_the_key_stays() -> None:
    assert sealed("users.info", {"user": "<@U0BEN>"}) == {"user": "<@U0BEN>"}
    metadata = {"event_type": "e", "event_payload": {"key": "<a>@here"}}
    assert sealed("chat.update", {"text": "x", "metadata": metadata})["metadata"] == metadata


@pytest.mark.parametrize("target", [Target.CHANNEL, Target.UPDATE, Target.HOME, Target.REPLY, Target.DIRECT])
def test_every_target_goes_through_gate_and_seal(box: Sandbox, target: Target) -> None:
    slack = SlackPlatform(settings_of(box), str, links=LINKS)
    own = slack.post(Post("k0", Target.CHANNEL, "slack:T0SMALL:C0HELP", Message("x")))
    evil = "<!here> @channel ![i](https://evil.example/i) [x](https://evil.example/?d=1) https://evil.example h\u202ei"
    message = Message(evil, evil, (Source(evil, "https://evil.example", evil),), evil, people=("U0ANA",))
    address = own if target is Target.UPDATE else box._core.new_response_url("C0HELP", "U0ANA")
    slack.post(Post("k1", target, "slack:T0SMALL:C0HELP", message, person="U0ANA", address=address))
    found = {sign.what for sign in heard(box.calls, box.responses)}
    assert found == {"<@U0ANA>"}


def settings_of(box: Sandbox) -> Any:
    from tests.platforms.conftest import slack_settings

    return slack_settings(box)
