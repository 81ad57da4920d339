"""Slash commands, shortcuts, button clicks and submitted modals become Commands and Clicks; pure and total."""

from __future__ import annotations

import re

from bot.events import FOREIGN, FORM, MESSAGE, WHISPER, Click, Command
from bot.platforms import slack_messages
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.slack_ids import Identity, channel_id, linked, seconds, turn_id
from bot.platforms.slack_json import native, stamp
from bot.platforms.slack_messages import Redact
from bot.platforms.slack_text import plain

SHORTCUTS = {"vigil_suggest": "suggest", "vigil_teach": "teach"}
# Elements whose value somebody typed; that of a button is Vigil's own.
_TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
# What an element holds, by the key under which Slack writes it.
_HELD = ("value", "selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time")


def command(payload: Table, me: Identity, redact: Redact, now: float) -> Command | None:
    """`/vigil VERB ARGUMENT`: a permalink in the argument becomes the thread; an empty command asks for help."""
    actor, channel = native(payload, "user_id"), native(payload, "channel_id")
    if not actor or not channel:
        return None
    known = linked(text(payload, "text"), me.team)
    turn, thread, said = known or (None, None, text(payload, "text"))
    verb, _, argument = redact(plain(said).strip()).partition(" ")  # as one text: `password is …` tells what follows
    return Command(
        verb=verb.lower() or "help",
        argument=argument.strip(),
        actor=actor,
        channel_id=channel_id(me.team, channel),
        at=now,
        thread_id=thread,
        turn_id=turn,
        reply_to=text(payload, "response_url"),
        trigger=text(payload, "trigger_id"),
    )


def shortcut(payload: Table, me: Identity, now: float) -> Command | None:
    """A message shortcut of Vigil's, for the thread of the message it was used on."""
    verb, actor = SHORTCUTS.get(text(payload, "callback_id")), native(table(payload, "user"), "id")
    channel, message = native(table(payload, "channel"), "id"), table(payload, "message")
    ts = stamp(message, "ts") or stamp(payload, "message_ts")
    if verb is None or not actor or not channel or not ts:
        return None
    return Command(
        verb=verb,
        argument="",
        actor=actor,
        channel_id=channel_id(me.team, channel),
        at=seconds(stamp(payload, "action_ts")) or now,
        thread_id=turn_id(me.team, channel, stamp(message, "thread_ts") or ts),
        turn_id=turn_id(me.team, channel, ts),
        reply_to=text(payload, "response_url"),
        trigger=text(payload, "trigger_id"),
        via="shortcut",
    )


def click(payload: Table, me: Identity, redact: Redact, now: float) -> Click | None:
    """The first action of a block_actions payload; a choice's Click carries the chosen value."""
    actor, done, container = native(table(payload, "user"), "id"), rows(payload, "actions"), table(payload, "container")
    if not actor or not done or not text(done[0], "action_id"):
        return None
    channel = native(table(payload, "channel"), "id") or native(container, "channel_id")
    ts = stamp(table(payload, "message"), "ts") or stamp(container, "message_ts")
    return Click(
        # slack_blocks numbers the second and later elements of one action, since Slack wants them different.
        action=re.sub(r"~[0-9]+$", "", text(done[0], "action_id")),
        value=redact(held(done[0])) if text(done[0], "type") in _TYPED else held(done[0]),
        actor=actor,
        channel_id=channel_id(me.team, channel) if channel else "",
        at=seconds(stamp(done[0], "action_ts")) or now,
        turn_id=turn_id(me.team, channel, ts) if channel and ts else None,
        reply_to=text(payload, "response_url"),
        trigger=text(payload, "trigger_id"),
        fields=fields(table(payload, "view"), redact),
        via=_via(payload, container, me),
    )


def _via(payload: Table, container: Table, me: Identity) -> str:
    """Where it was clicked. Slack sends no copy of what only one person saw, and one of every message that all can see."""
    if table(payload, "view"):
        return FORM
    if container.get("is_ephemeral") is True:
        return WHISPER
    message = table(payload, "message")
    return FOREIGN if message and not slack_messages.is_own(message, me) else MESSAGE


def submission(payload: Table, redact: Redact, now: float) -> Click | None:
    """A submitted modal: its callback_id, its private_metadata and what its fields hold."""
    actor, view = native(table(payload, "user"), "id"), table(payload, "view")
    if not actor or not text(view, "callback_id"):
        return None
    return Click(
        action=text(view, "callback_id"),
        value=text(view, "private_metadata"),
        actor=actor,
        channel_id="",
        at=now,
        fields=fields(view, redact),
        via=FORM,
    )


def held(element: Table) -> str:
    """What was chosen or typed in one element, "" when nothing was."""
    option = text(table(element, "selected_option"), "value")
    several = [text(row, "value") for row in rows(element, "selected_options")]
    return option or ",".join(several) or next((value for key in _HELD if (value := text(element, key))), "")


def fields(view: Table, redact: Redact) -> tuple[tuple[str, str], ...]:
    """(block id, content) of every field of a view, redacted."""
    values = table(table(view, "state"), "values")
    return tuple(
        (name, redact(held(table(inputs, action))))
        for name in values
        if isinstance(name, str)
        for inputs in [table(values, name)]
        for action in inputs
        if isinstance(action, str)
    )


FILL, FILL_ZH = "Please fill this in.", "请填写此项。"
HAN = re.compile("[\u4e00-\u9fff]")


def blanks(payload: Table) -> dict[str, str]:
    """Required fields that a submitted modal left blank, with what to tell the person ({} when it is complete)."""
    view = table(payload, "view")
    given = dict(fields(view, str))
    return {
        text(block, "block_id"): FILL_ZH if HAN.search(str(view)) else FILL
        for block in rows(view, "blocks")
        if text(block, "type") == "input" and block.get("optional") is not True
        if text(block, "block_id") and not given.get(text(block, "block_id"), "").strip()
    }
