"""Messages and forms become blocks that Slack takes, whatever is in them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages import Button, Choice, Field, Form, Message, Post, Source, Target
from bot.models import VigilError
from bot.platforms.slack_blocks import carries, metadata, rendered, view
from bot.sandbox.checks import checked_blocks, checked_view

FULL = Message(
    text="Raise the quota:\n\n```\nquota set --project p 20\n```",
    title="Quota",
    sources=(
        Source("Quotas & limits", "https://docs.example.com/q?a=1&b=2", "runbook, 3 days old"),
        Source("A talk", "", ""),
    ),
    quiet="AI suggestion, check before acting",
    buttons=(Button("helpful", "Helpful", "d1", "primary"), Button("unhelpful", "Not helpful", "d1", "odd")),
    choices=(Choice("pick", "Which thread?", (("Deploys hang", "slack:T:C:1.0"),)),),
    people=("U0BEN", "not an id"),
    groups=("S0ONCALL",),
)


def test_a_full_message() -> None:
    sent = rendered(FULL, "key-1")
    first, sources, quiet, actions = sent.blocks
    assert first == {
        "type": "section",
        "block_id": "key-1",
        "text": {
            "type": "mrkdwn",
            "text": "<@U0BEN> <!subteam^S0ONCALL>\n*Quota*\nRaise the quota:\n\n```\nquota set --project p 20\n```",
        },
    }
    assert sources["text"]["text"] == (
        "*Sources*\n"
        "\u2022 <https://docs.example.com/q?a=1&amp;b=2|Quotas &amp; limits> \u00b7 runbook, 3 days old\n\u2022 A talk"
    )
    assert quiet["elements"][0]["text"] == "AI suggestion, check before acting"
    assert [element["action_id"] for element in actions["elements"]] == ["helpful", "unhelpful", "pick"]
    assert [element.get("style") for element in actions["elements"]] == ["primary", None, None]
    assert sent.text.startswith("<@U0BEN> <!subteam^S0ONCALL>\n*Quota*\n")
    assert "Quotas &amp; limits" in sent.text


def test_the_same_action_twice_is_told_apart() -> None:
    sent = rendered(Message("x", buttons=(Button("pick", "A", "1"), Button("pick", "B", "2"))))
    assert [element["action_id"] for element in sent.blocks[-1]["elements"]] == ["pick", "pick~2"]


def test_a_long_message_keeps_its_sources_and_buttons() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "words " * 90 for number in range(600))
    sent = rendered(Message(text, sources=(Source("S", "https://x.io", ""),), buttons=(Button("b", "B", "v"),)))
    assert len(sent.blocks) == 50
    assert sent.blocks[-1]["type"] == "actions"
    assert sent.blocks[-2]["text"]["text"].startswith("*Sources*")
    assert len(sent.text) <= 4000
    checked_blocks(list(sent.blocks))


def test_a_value_that_would_not_come_back_whole_is_refused() -> None:
    with pytest.raises(VigilError, match="2000"):
        rendered(Message("x", buttons=(Button("b", "B", "v" * 2001),)))
    with pytest.raises(VigilError, match="3000"):
        view(Form("f", "v" * 3001, "T", "OK", ()))


def test_a_key_is_found_in_metadata_or_block_id() -> None:
    post = Post("key-1", Target.CHANNEL, "slack:T:C", FULL, event_type="vigil_summary", decision_id="d1")
    assert metadata(post) == {"event_type": "vigil_summary", "event_payload": {"key": "key-1", "decision": "d1"}}
    assert carries({"metadata": metadata(post)}, "key-1")
    assert carries({"blocks": list(rendered(FULL, "key-1").blocks)}, "key-1")
    assert not carries({"text": "key-1", "blocks": [{"block_id": "key-2"}], "metadata": []}, "key-1")


def test_a_form_with_every_kind_of_field() -> None:
    fields = (
        Field("reason", "Why?", "long", "because", optional=True),
        Field("kind", "What kind?", "choice", "b", (("A", "a"), ("B", "b"))),
        Field("name", "Name"),
    )
    made = view(Form("why_not", "d1", "What was wrong with this suggestion?", "Send", fields, note="For **us** only."))
    checked_view(made, ("modal",))
    assert made["callback_id"] == "why_not"
    assert made["private_metadata"] == "d1"
    assert len(made["title"]["text"]) == 24
    note, reason, kind, name = made["blocks"]
    assert note["text"]["text"] == "For *us* only."
    assert (reason["block_id"], reason["optional"], reason["element"]["multiline"]) == ("reason", True, True)
    assert kind["element"]["initial_option"]["value"] == "b"
    assert name["element"]["action_id"] == "value"


WORDS = st.text(max_size=40) | st.sampled_from(
    ["", " ", "<!channel>", "@here", "x" * 4000, "```\ncode", "\n\n" * 50, "`" * 7]
)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_slack_takes_every_message(data: st.DataObject) -> None:
    options = st.lists(st.tuples(WORDS, st.text(max_size=150)), max_size=110).map(tuple)
    message = Message(
        text=data.draw(WORDS) * data.draw(st.integers(1, 12)),
        title=data.draw(WORDS),
        sources=tuple(
            data.draw(st.lists(st.builds(Source, WORDS, WORDS | st.just("https://x.io/|<>"), WORDS), max_size=5))
        ),
        quiet=data.draw(WORDS),
        buttons=tuple(data.draw(st.lists(st.builds(Button, st.just("b"), WORDS, st.text(max_size=50)), max_size=30))),
        choices=tuple(data.draw(st.lists(st.builds(Choice, st.just("c"), WORDS, options), max_size=2))),
        people=("U1",),
    )
    sent = rendered(message, "key")
    checked_blocks(list(sent.blocks))
    assert 0 < len(sent.text) <= 4000
    assert "<!" not in json.dumps(sent.blocks) + sent.text
    assert sent.blocks[0]["block_id"] == "key"
