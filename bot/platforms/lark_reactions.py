"""Who reacted with what to messages of Lark's: many at once, or where that cannot be had one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.platforms.chat_fields import Table, rows, table
from bot.platforms.lark_errors import GONE, Refusal
from bot.platforms.lark_ids import Identity
from bot.platforms.lark_json import native
from bot.platforms.lark_pages import Read, every

BATCH, LISTED = "im/v1/messages/reactions/batch_query", "im/v1/messages/:message_id/reactions"
MANY, EACH = 20, 50
Found = frozenset[tuple[str, str]]
"""(person, emoji) of everybody who reacted."""


class Reactions:
    """Asks for reactions; of a message that is gone there are none."""

    def __init__(self, read: Read, me: Callable[[], Identity]) -> None:
        self._read, self._me = read, me

    def of(self, messages: Sequence[str]) -> Mapping[str, Found]:
        """What stands on each of these messages (Lark's ids); raises SendRefused or SendLater."""
        found: dict[str, Found] = {}
        for at in range(0, len(messages), MANY):
            found |= self._batch(messages[at : at + MANY])
        return {name: found[name] if name in found else self._one(name) for name in messages}

    def _batch(self, messages: Sequence[str]) -> dict[str, Found]:
        """Those messages of which Lark told everything; the others have to be asked for one by one.

        A message that Lark neither tells of nor says to have failed on has no reactions.
        """
        body = {"queries": [{"message_id": name} for name in messages], "page_size_per_message": EACH}
        try:
            answer = self._read(BATCH, {"user_id_type": "open_id"}, method="POST", body=body)
        except Refusal:  # not every tenant has this call
            return {}
        told, failed = rows(answer, "success_msg_reaction_details"), rows(answer, "fail_msg_reaction_details")
        partly = {native(row, "message_id") for row in [*(r for r in told if r.get("has_more") is True), *failed]}
        whole = {native(row, "message_id"): self._read_rows(rows(row, "message_reaction_items")) for row in told}
        return {name: whole.get(name, frozenset()) for name in messages if name not in partly}

    def _one(self, message: str) -> Found:
        try:
            query = {"user_id_type": "open_id"}
            return self._read_rows(list(every(self._read, LISTED, query, "items", {"message_id": message})))
        except Refusal as refused:
            if refused.code not in GONE:
                raise
            return frozenset()

    def _read_rows(self, items: Sequence[Table]) -> Found:
        stand = ((self._who(item), _emoji(item)) for item in items)
        return frozenset((who, emoji) for who, emoji in stand if who and emoji)

    def _who(self, item: Table) -> str:
        """An open id; Vigil's own for this app, and another app by its app id."""
        operator, me = table(item, "operator"), self._me()
        who = native(operator, "operator_id")
        return me.bot if who == me.app else who


def _emoji(item: Table) -> str:
    return native(table(item, "reaction_type"), "emoji_type") or native(item, "emoji_type")
