"""Whatever people type is recorded and answered, and nothing of it mentions anybody."""

from __future__ import annotations

import re

from bot.sandbox.clickable import host
from bot.sandbox.notifying import LINK, MENTION, PREVIEW, heard
from tests.script import FULL, STUCK, Start, read

OWN = "test.slack.com"
NAUGHTY = (
    "", " ", "\u200b", "\u202eevil\u202c", "<!channel> <!here> <@U0AMY> <!subteam^S0ONCALL>", "@here @everyone",
    "\uff20channel", "'; DROP TABLE turns; --", "${7*7} {{7*7}} %s %n {0}", "```", "``````", "`" * 3_000, "*" * 3_000,
    "<" * 3_000, "&lt;&amp;&gt;", "\ue000" + "0\ue001", "\u0000\u0001\u001b[31m", "a\r\nb\u2028c\u2029d", "e\u0301" * 500,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 50, "\ud7ff\uffff\U0010ffff", "(" * 5_000, "[a](" * 2_000, "|a|b|\n" * 800,
    "?" * 2_000, "how " * 8_000, "\u5982\u4f55\u6062\u590d\u6570\u636e\u5e93\uff1f", "https://" + "a" * 9_000, "> " * 2_000,
    "NaN", "null", "-1", "undefined", "\ufeff", "\u0e01\u0e49" * 400, "Z\u0351\u036b\u0343\u036a\u0302" * 200,
)  # fmt: skip


def test_naughty_strings_are_recorded_and_mention_nobody(talk: Start) -> None:
    chat = talk()
    before, answered = len(chat.live.box.calls), len(chat.live.box.responses)
    for number, text in enumerate(NAUGHTY):
        chat.root = None
        chat._say("U0AMY", text, at_root=False)
        chat.root = None
        chat._say("U0BOB", f"<@U0VIGIL> {text}", at_root=False)
        chat.live.clock.move(1)
        if number % 8 == 7:
            chat.live.settle()
    chat.live.settle()
    chat._wait(600)
    count = chat.live.memory.database.value
    assert count("SELECT count(*) FROM turns WHERE flags&2=0") == 2 * len(NAUGHTY)
    assert chat.live.memory.inbox.backlog() == (0, 0)
    assert chat.live.memory.outbox.backlog() == (0, 0)
    said = heard(chat.live.box.calls[before:], chat.live.box.responses[answered:])
    assert {sign.what for sign in said if sign.kind == MENTION} <= {"<@U0AMY>", "<@U0BOB>", "<!subteam^S0ONCALL>"}
    assert [sign for sign in said if sign.kind == PREVIEW] == []
    assert [sign for sign in said if sign.kind == LINK and host(sign.what) != OWN] == []
    for message in chat.live.own():
        assert not re.search(r"<!(channel|here|everyone)|@here|@channel|@everyone", read(message)), message["text"]


def test_a_message_of_forty_thousand_characters_is_answered(talk: Start) -> None:
    chat = talk()
    log = "2026-11-18T10:00:00Z worker-7 retrying the import, attempt 3 of 5\n" * 600
    chat.play(f"#help\namy: @vigil {STUCK}  -> public; suggests")
    chat.root = None
    chat._say("U0BOB", f"<@U0VIGIL> {FULL}\n```{log[:39_800]}```", at_root=False)
    chat.live.settle()
    assert "storage nearly full" in read(chat.live.own("help")[-1])
