"""What is heard from Lark is kept within bounds, once for as long as Lark may send it, and read the same from history."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from bot.config import Lark
from bot.events import Command, Event, Turn
from bot.jobs.retention import KEEP_DAYS
from bot.memory import open_memory
from bot.models import VigilError
from bot.platforms import lark_ears, lark_whispers
from bot.platforms.chat_keeping import Kept
from bot.platforms.lark_calls import Calls
from bot.platforms.lark_ears import Ears
from bot.platforms.lark_events import Known, heard
from bot.platforms.lark_lookups import Lookups
from bot.platforms.lark_messages import turn
from bot.platforms.lark_pace import LarkPace
from bot.tally import Tally
from tests.platforms.lark_payloads import ME, kind_of, payload

REDELIVERED_FOR = 7 * 3600 + 600.0
"""Seconds for which Lark may send an event again."""


class Store:
    """Takes events once the test lets it."""

    def __init__(self) -> None:
        self.open, self.heard, self.error = threading.Event(), list[Event](), ""
        self.tally = Tally()

    def put(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> bool:
        assert self.open.wait(20)
        if self.error:
            raise OSError(self.error)
        self.heard.append(event)
        return True

    def ears(self) -> Ears:
        lookups = Lookups(Calls(Lark(domain="http://127.0.0.1:9", app_id="cli_x", app_secret="x"), LarkPace()))
        kept = Kept(self.put, self.tally, str)
        return Ears(ME, str, lambda: 1.0, kept, lookups, lambda event: None, self.tally, lambda stranger: None)


def text(number: int) -> bytes:
    item = payload("text")
    item["header"]["event_id"] = f"ev{number}"
    item["event"]["message"] |= {"message_id": f"om_{number}", "content": json.dumps({"text": f"number {number}"})}
    return json.dumps(item).encode()


def test_more_than_can_be_held_is_sent_back_and_what_is_held_is_kept_in_order() -> None:
    store = Store()
    ears = store.ears()

    async def flood() -> list[object]:
        work = [asyncio.ensure_future(ears.hear(text(number))) for number in range(lark_ears.IN_HAND + 50)]
        await asyncio.sleep(0)
        store.open.set()
        return await asyncio.gather(*work, return_exceptions=True)

    found = asyncio.run(flood())
    ears.close()
    refused = [one for one in found if isinstance(one, VigilError)]
    assert len(refused) == 50
    assert all(one is None for one in found[: lark_ears.IN_HAND])
    assert [event.text for event in store.heard] == [f"number {n}" for n in range(lark_ears.IN_HAND)]  # type: ignore[union-attr]
    counts = store.tally.counts()
    assert (counts["stored"], counts["acknowledged"], counts["not_stored"]) == (
        lark_ears.IN_HAND,
        lark_ears.IN_HAND,
        50,
    )


def test_what_cannot_be_stored_raises_and_its_words_stay_out_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    store = Store()
    store.error = "no space left"
    store.open.set()
    ears = store.ears()
    with pytest.raises(OSError, match="no space left"):
        asyncio.run(ears.hear(text(7)))
    ears.close()
    assert store.tally.counts().get("acknowledged") is None
    assert "number 7" not in "".join(capsys.readouterr())


def test_an_event_is_known_for_as_long_as_lark_may_send_it_again(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "vigil.db")
    for name in ("text", "command", "recalled", "reaction_created", "bot_added", "menu", "click_button"):
        found = heard(kind_of(payload(name)), payload(name), ME, str, 1.0, Known("oc_help"))
        assert found is not None
        if name in ("text", "command"):  # the same message's id
            item = payload(name)
            item["header"]["event_id"] += name
            item["event"]["message"]["message_id"] += name
            found = heard(kind_of(item), item, ME, str, 1.0)
            assert found is not None
        else:
            assert found.raw_id == "lark:event:ev0001"
            found = type(found)(found.event, f"{found.raw_id}{name}", found.aliases)
        assert memory.inbox.put(found.event, found.raw_id, found.aliases, 1_000.0)
        assert not memory.inbox.put(found.event, found.raw_id, found.aliases, 1_000.0 + REDELIVERED_FOR)
    assert KEEP_DAYS * 86_400 > REDELIVERED_FOR


def item_of(name: str, **more: Any) -> dict[str, Any]:
    """A message of an event as the API would give it."""
    event = payload(name)["event"]
    message, sender = event["message"], event["sender"]
    kept = {
        key: message[key] for key in ("message_id", "root_id", "parent_id", "thread_id", "chat_id") if key in message
    }
    mentions = [{**row, "id": row["id"]["open_id"], "id_type": "open_id"} for row in message.get("mentions", [])]
    who = {"id": sender["sender_id"]["open_id"], "id_type": "open_id", "sender_type": sender["sender_type"]}
    times = {key: message[key] for key in ("create_time", "update_time")}
    body = {"content": message["content"]}
    shape = {"msg_type": message["message_type"], "sender": who, "body": body, "mentions": mentions, "deleted": False}
    return {**kept, **times, **shape, "updated": False, **more}


@pytest.mark.parametrize(
    "name",
    [
        "text",
        "text_mention",
        "text_reply",
        "text_in_topic",
        "text_topic_root",
        "post",
        "file",
        "card",
        "system",
        "todo",
    ],
)
def test_history_tells_of_a_message_what_its_event_told(name: str) -> None:
    live = heard(kind_of(payload(name)), payload(name), ME, str, 1.0)
    assert live is not None
    assert turn(item_of(name), ME, str) == live.event


def test_history_tells_of_edits_recalls_commands_and_direct_chats() -> None:
    edited = turn(item_of("text", updated=True, update_time="1700000060456"), ME, str)
    assert edited is not None
    assert edited.edited_at == 1_700_000_060.456
    gone = turn(item_of("text_mention", deleted=True, body={"content": "This message was recalled"}), ME, str)
    assert gone is not None
    assert (gone.deleted, gone.text, gone.addressed, gone.mentions) == (True, "", False, ())
    direct = turn(item_of("text_direct"), ME, str, direct=True)
    assert direct is not None
    assert direct.addressed
    command = turn(item_of("command"), ME, str)
    live = heard(kind_of(payload("command")), payload("command"), ME, str, 1.0)
    assert command is not None
    assert live is not None
    assert isinstance(live.event, Command)
    assert (command.id, command.addressed, command.text) == (live.raw_id, True, "/vigil search password is hunter2")


def test_own_cards_are_known_with_the_key_they_were_sent_with() -> None:
    button = {
        "tag": "button",
        "behaviors": [{"type": "callback", "value": {"action": "a", "value": "v", "key": "d1/post"}}],
    }
    card = {
        "schema": "2.0",
        "body": {"elements": [{"tag": "markdown", "content": "Restart <at id=ou_ben></at>"}, button]},
    }
    mine = {"id": ME.app, "id_type": "app_id", "sender_type": "app"}
    found = turn(item_of("text", msg_type="interactive", sender=mine, body={"content": json.dumps(card)}), ME, str)
    assert isinstance(found, Turn)
    assert (found.own, found.is_bot, found.author, found.key) == (True, True, ME.bot, "d1/post")
    assert found.text == "Restart @ou_ben"
    other = {"id": "cli_other", "id_type": "app_id", "sender_type": "app"}
    forged = turn(item_of("text", msg_type="interactive", sender=other, body={"content": json.dumps(card)}), ME, str)
    assert forged is not None
    assert (forged.own, forged.key) == (False, ""), "the key of another app's card is worth nothing"


def test_addresses_of_answers_for_one_person() -> None:
    address = lark_whispers.address("lark:t:oc_1:om_1", "ou_ben")
    whisper = lark_whispers.read(address)
    assert (whisper.place.chat, whisper.place.message, whisper.person) == ("oc_1", "om_1", "ou_ben")
    assert lark_whispers.read(lark_whispers.address("lark:t:oc_1", "ou_ben")).place.message == ""
    assert lark_whispers.address("lark:t:oc_1", "") == ""
    for wrong in (
        "",
        "lark:t:oc_1",
        "lark:t:oc_1|",
        "|ou_ben",
        "slack:T:C|U",
        "lark:t:oc_1|ou_ben|ou_ana",
        "lark:t:oc_1|a:b",
        "lark:t:o\n|x",
    ):
        with pytest.raises(VigilError):
            lark_whispers.read(wrong)
