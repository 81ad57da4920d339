"""Sends what Vigil says to Lark: as a card, to a thread, a chat or one person, once under one key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.messages import Form, Message, Post, Target
from bot.models import VigilError
from bot.outgoing import PEOPLE, Gate
from bot.platforms import lark_whispers
from bot.platforms.base import Facts, SendExpired, SendRefused, SendUnknown
from bot.platforms.chat_fields import Table
from bot.platforms.lark_cards import Card, alone, rendered
from bot.platforms.lark_direct import Forgetful
from bot.platforms.lark_directory import GROUP, Directory
from bot.platforms.lark_errors import BAD_CARD, GONE, TOO_OLD, Refusal
from bot.platforms.lark_forms import form_card
from bot.platforms.lark_ids import Identity, channel_id, place, turn_id
from bot.platforms.lark_json import native
from bot.platforms.lark_seal import Permit, permit

MESSAGES, MESSAGE = "im/v1/messages", "im/v1/messages/:message_id"
REPLY, WHISPER = f"{MESSAGE}/reply", "ephemeral/v1/send"
SOON = 2.0
"""Seconds for which a second try of the same post waits its turn on the spot."""
HOMES = "lark home "
Call = Callable[..., Table]
"""Calls.call of lark_calls."""
GONE_WORDS = "\u2026"
"""What is left of a message that is too old to be recalled."""


class Posting:
    """Every way in which Vigil says something. Safe to use from several threads."""

    def __init__(
        self,
        call: Call,
        me: Callable[[], Identity],
        directory: Directory,
        gate: Callable[[], Gate],
        facts: Facts | None = None,
    ) -> None:
        self._call, self._me, self._directory, self._gate = call, me, directory, gate
        self._facts: Facts = Forgetful() if facts is None else facts

    def post(self, post: Post) -> str:
        """Put a message where it belongs; its id. Raises VigilError for what Lark has no form for."""
        match post.target:
            case Target.REPLY:
                return self._reply(post)
            case Target.DELETE:
                return self._delete(post)
            case Target.UPDATE:
                return self._change(post, post.address)
            case Target.HOME:
                return self._home(post)
            case Target.DIRECT:
                return self._direct(post)
            case Target.THREAD:
                where = place(post.thread_id or "")
                threaded = self._directory.threaded(channel_id(where.tenant, where.chat))
                body = {"uuid": uuid(post.key), "reply_in_thread": threaded}
                return self._send(REPLY, post, body, where.chat, at={"message_id": where.message})
        chat = place(post.channel_id).chat
        if chat.startswith("ou_"):
            return self._direct(replace(post, person=chat))
        body, query = {"receive_id": chat, "uuid": uuid(post.key)}, {"receive_id_type": "chat_id"}
        return self._send(MESSAGES, post, body, chat, query)

    def _content(self, post: Post, to: str = "") -> tuple[Card, Card, Permit]:
        """The post as it goes out, the same in plain words, and what may be mentioned and linked in it."""
        gate = self._gate()
        fit = gate.message(post.message)
        crew = [who for group in fit.groups for who in self._crew(group) if who not in fit.people]
        fit = replace(fit, people=(*fit.people, *crew)[:PEOPLE])
        card = rendered(fit, post.key, post.event_type, to)
        return card, alone(fit, post.key), permit(fit, gate.links_of(post.message))

    def _crew(self, group: str) -> list[str]:
        """Who is in a group, which Lark cannot mention as one; nobody where there is none such: the post goes all the same."""
        try:
            return sorted(self._directory.group(group))
        except Refusal:
            return []

    def _send(
        self,
        path: str,
        post: Post,
        body: dict[str, Any],
        spot: str,
        query: Mapping[str, str] | None = None,
        at: Mapping[str, str] | None = None,
        to: str = "",
    ) -> str:
        """Post a card; if Lark refuses it (and so has posted nothing), the words alone."""
        tenant, (card, plain, allowed) = self._me().tenant, self._content(post, to)
        body = {"msg_type": "interactive", **body}
        try:
            answer = self._call("POST", path, query, {**body, "content": card}, at=at, spot=spot, allowed=allowed)
        except Refusal as refused:
            if refused.code not in BAD_CARD:
                raise
            sent = {**body, "content": plain}
            answer = self._call("POST", path, query, sent, at=at, spot=spot, patience=SOON, allowed=allowed)
        message, chat = native(answer, "message_id"), native(answer, "chat_id")
        if not message or not chat:
            raise SendUnknown(f"Lark's answer to {path} names no message")
        if "receive_id" in body and body["receive_id"] != chat:  # it was sent to a person
            self._directory.met(chat, body["receive_id"])
        return turn_id(tenant, chat, message)

    def _direct(self, post: Post, to: str = "") -> str:
        body, query = {"receive_id": post.person, "uuid": uuid(post.key)}, {"receive_id_type": "open_id"}
        return self._send(MESSAGES, post, body, post.person, query, to=to)

    def _change(self, post: Post, address: str) -> str:
        """Give an own card other content, for all who see it."""
        message = place(address).message
        card, plain, allowed = self._content(post)
        try:
            self._patch(message, card, allowed)
        except Refusal as refused:
            if refused.code not in BAD_CARD:
                raise
            self._patch(message, plain, allowed, SOON)
        return address

    def _patch(self, message: str, card: Card, allowed: Permit, patience: float = 0.0) -> None:
        at, body = {"message_id": message}, {"content": card}
        self._call("PATCH", MESSAGE, None, body, at=at, spot=message, patience=patience, allowed=allowed)

    def _delete(self, post: Post) -> str:
        """Recall it; of what is too old for that, the words are taken away."""
        message = place(post.address).message
        try:
            self._call("DELETE", MESSAGE, at={"message_id": message})
        except Refusal as refused:
            if refused.code in TOO_OLD:
                return self._change(replace(post, message=Message(GONE_WORDS)), post.address)
            if refused.code not in GONE:
                raise
        return post.address

    def _home(self, post: Post) -> str:
        """Lark has no home page: a card in the direct chat, the same one every time as long as it can be changed."""
        known = self._facts.fact(HOMES + post.person)
        if known:
            try:
                return self._change(post, known)
            except SendRefused:  # recalled, or too old to be changed
                self._facts.remember(HOMES + post.person, "")
        sent = self._direct(post)
        self._facts.remember(HOMES + post.person, sent)
        return sent

    def _reply(self, post: Post) -> str:
        """Answer for one person's eyes: a card that only they see where Lark has that, else a direct message."""
        try:
            whisper = lark_whispers.read(post.address)
        except VigilError as wrong:
            raise SendExpired("there is no address to answer to; ask again") from wrong
        if self._ordinary(whisper) and self._whispered(post, whisper):
            return ""
        return self._direct(replace(post, person=whisper.person), whisper.person)

    def _ordinary(self, whisper: lark_whispers.Whisper) -> bool:
        """Whether it is a group in which a card can be for one person: topics and direct chats have none."""
        return self._directory.mode(channel_id(whisper.place.tenant, whisper.place.chat)) == GROUP

    def _whispered(self, post: Post, whisper: lark_whispers.Whisper) -> bool:
        """Whether the person was shown it; Lark refuses for somebody who has left. It is never sent twice."""
        card, _, allowed = self._content(post, whisper.person)
        try:
            self._whisper(whisper, card, allowed)
        except Refusal:
            return False
        except SendUnknown as unknown:
            raise SendRefused(f"{unknown}; such an answer cannot be looked for and is not sent again") from unknown
        return True

    def _whisper(self, whisper: lark_whispers.Whisper, card: Card, allowed: Permit) -> None:
        chat = whisper.place.chat
        body = {"chat_id": chat, "open_id": whisper.person, "msg_type": "interactive", "card": card}
        self._call("POST", WHISPER, None, body, spot=chat, allowed=allowed)

    def open_form(self, form: Form, where: str) -> None:
        """Show a form to the person whose click or command gave the address `where`; raises VigilError."""
        gate, whisper = self._gate(), lark_whispers.read(where)
        card, allowed = form_card(gate.form(form), whisper.person), Permit(links=gate.links)
        if self._ordinary(whisper):
            self._whisper(whisper, card, allowed)
            return
        body = {"receive_id": whisper.person, "msg_type": "interactive", "content": card}
        query = {"receive_id_type": "open_id"}
        self._call("POST", MESSAGES, query, body, spot=whisper.person, allowed=allowed)


def uuid(key: str) -> str:
    """What Lark knows a post by for an hour, fifty characters at most: sent again under the same, it is the same message."""
    return hashlib.sha256(key.encode()).hexdigest()[:50]
