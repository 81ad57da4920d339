"""The stage of a fault trial as a Lark tenant, with the ways in which its long connection goes deaf."""

from __future__ import annotations

from itertools import product
from typing import Any

from faults_load import ASKERS, EMOJI, HELPERS
from faults_stage import RETRIES, Posted, Stage, lasting_port, world

from bot.platforms import lark_events
from bot.platforms.lark_cards import mark
from bot.platforms.lark_ids import Identity, turn_id
from bot.platforms.lark_manifest import CALLBACK, EVENTS, scopes
from bot.sandbox import Cut, Delay, Hang, LarkSandbox, LarkWorkspace, Late, RateLimit, ServerError
from bot.sandbox.envelope import Envelope
from bot.sandbox.lark_models import Message
from bot.sandbox.models import Json
from bot.storage.sqlite import Database

WRITES = ("im.message.reply", "im.message.create", "im.message.delete", "im.message.patch")
READS = ("im.message.list", "im.message.get", "im.reaction.batch", "bot.info", "tenant.query", "auth.token")
CHANCES = (
    (WRITES, Cut(), 0.03), (WRITES, Late(5.0), 0.01), (WRITES, RateLimit(1), 0.02),
    (WRITES, ServerError(500, applied=True), 0.01), (WRITES, ServerError(503), 0.02), (WRITES, Hang(4, applied=True), 0.005),
    (WRITES, Hang(4), 0.005), (WRITES, Delay(0.5), 0.02), (READS, RateLimit(1), 0.01), (READS, ServerError(500), 0.01),
    (READS, Delay(1.0), 0.01), (READS, Hang(3), 0.003), (("ephemeral.send",), Cut(), 0.03), (("ephemeral.send",), Hang(3), 0.01),
    (("pong",), Delay(1.0), 0.01),
)  # fmt: skip
KINDS = {"suggestion": "vigil_suggestion", "follow_up": "vigil_follow_up", "oncall": "vigil_escalation"}
NAMED = {"+1": "THUMBSUP", "white_check_mark": "DONE", "wastebasket": "CrossMark"}
OTHERS = (
    "SMILE", "BLUSH", "LAUGH", "SMIRK", "LOL", "LOVE", "WINK", "PROUD", "WITTY", "SMART", "SCOWL", "THINKING", "WAVE", "WOW",
    "YEAH", "BEAR", "BULL", "ROSE", "HEART", "PARTY",
)  # fmt: skip
NAMES = [*EMOJI, *(f"{name}_{turn}" for name, turn in product(EMOJI, range(4)))]
EMOJIS = NAMED | dict(zip(NAMES, OTHERS, strict=True))
TROUBLES = {
    "tokens expire": 3, "sockets cut": 4, "sockets silent": 2, "no hello": 1, "handshake hangs": 1, "too many sockets": 2,
    "deafened": 3, "endpoint hangs": 3, "pongs missed": 2, "platform down": 4, "vigil down": 3, "terminated": 4,
    "database locked": 3, "cache spoilt": 3,
}  # fmt: skip


class LarkStage(Stage, LarkSandbox):
    """A tenant whose people and chats go by the load's names; the bot's messages are known by the marks of their keys."""

    name, manual, chances, troubles = "lark", "looked-not-sent-in-lark", CHANCES, TROUBLES

    def __init__(self) -> None:
        granted = {"scopes": scopes(), "events": frozenset((*EVENTS, CALLBACK))}
        LarkSandbox.__init__(self, LarkWorkspace(world(), retry_after=RETRIES, **granted), port=lasting_port())
        self._names = {self.open_id(name): name for name in (*ASKERS, *HELPERS)}
        self._meant = {emoji: name for name, emoji in EMOJIS.items()}
        self._seen = 0
        self._store: Database | None = None
        self._keys: dict[str, str] = {}
        self.begin()

    @property
    def api_url(self) -> str:
        """Where its calls go."""
        return self.url

    def section(self) -> str:
        lark = f'domain = "{self.url}"\napp_id = "{self.app_id}"\ntimeout_seconds = 2.0\npace = 1000.0'
        return f"[slack]\nenabled = false\n[lark]\nenabled = true\n{lark}\n"

    def secrets(self) -> dict[str, str]:
        return {"LARK_APP_SECRET": self.app_secret}

    def id_of(self, name: str) -> str:
        return self.workspace.groups[0].id if name == "S0ONCALL" else self.open_id(name)

    def who(self, person: str) -> str:
        return self._names.get(person, person)

    def meant(self, emoji: str) -> str:
        return self._meant.get(emoji, emoji)

    def turn_id(self, channel: str, message: str) -> str:
        return turn_id(self.workspace.tenant_key, self.chat_id(channel), message)

    def react(self, chat: str, message: str, emoji: str, user: str) -> None:
        super().react(chat, message, EMOJIS[emoji], user)

    def unreact(self, chat: str, message: str, emoji: str, user: str) -> None:
        super().unreact(chat, message, EMOJIS[emoji], user)

    def typed(self, channel: str, who: str, words: str, root: str) -> Any:
        """A command is a message like others, which is acknowledged as they are."""
        link = f" {self.url}/client/chat/open?openChatId={self.chat_id(channel)}&openMessageId={root}" if root else ""
        self.say(channel, who, f"/vigil {words}{link}")

    def understood(self, envelope: Envelope) -> Any:
        payload = envelope.payload
        me = Identity(self.workspace.tenant_key, self.app_id, self.workspace.app)
        message = self.workspace.messages.get(str(payload["event"].get("message_id", "")))
        known = lark_events.Known(chat=message.chat_id if message else "")
        return lark_events.heard(payload["header"]["event_type"], payload, me, str, 0.0, known)

    def answered_twice(self) -> list[str]:
        """Such answers carry the marks of their keys as all do: one of which two were shown counts with the rest."""
        return []

    def _watch(self, change: Json) -> None:
        messages = self.workspace.messages
        for message in list(messages.values())[self._seen :]:
            self._seen += 1
            self._came(message)
        for post in self.records.posts:
            if post.died is None and messages[post.ts].deleted:
                post.died = self.clock()
                self.note(f"the message {post.ts} of the bot's is gone", self.records.threads.get(post.thread))

    def _came(self, message: Message) -> None:
        thread = message.root_id or message.id
        if message.sender != self.workspace.app:
            if self._doing is not None:
                self.records.threads.setdefault(thread, self._doing)
            return
        elements = (message.card or {}).get("body", {}).get("elements") or [{}]
        post = Posted(message.chat_id, message.id, thread, str(elements[0].get("element_id", "")), "", self.clock())
        self.records.posts.append(post)
        self.records.by_thread[thread].append(post)
        self.note(
            f"the bot posts {post.key} ({message.id}): {message.content!r:.200}", self.records.threads.get(thread)
        )

    def know(self, store: Database) -> None:
        """From now on the bot's messages are known by the keys of this store."""
        self._store = store

    def settle_names(self) -> None:
        with self._core.changed:
            strange = [post for post in self.records.posts if not post.kind]
        if not strange or self._store is None:
            return
        if any(post.key not in self._keys for post in strange):
            self._keys = {mark(row[0]): row[0] for row in self._store.read("SELECT key FROM outbox")}
        for post in strange:
            if key := self._keys.get(post.key):
                post.kind = KINDS.get(key.rpartition("/")[2], "vigil_answer")
                post.key = key
