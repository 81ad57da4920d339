"""Speaks to Lark's OpenAPI: posts once, looks back, and knows who is who."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.config import Lark
from bot.messages import Form, Post
from bot.models import VigilError
from bot.outgoing import Gate
from bot.outgoing_links import Links
from bot.platforms import lark_links
from bot.platforms.base import Asking, Facts
from bot.platforms.chat_fields import rows, table
from bot.platforms.chat_platform import ChatPlatform
from bot.platforms.lark_calls import Calls
from bot.platforms.lark_checks import Check, checks
from bot.platforms.lark_direct import DirectChats
from bot.platforms.lark_directory import Directory
from bot.platforms.lark_errors import Refusal
from bot.platforms.lark_history import Past
from bot.platforms.lark_ids import Identity, place, turn_id
from bot.platforms.lark_json import native
from bot.platforms.lark_messages import Redact
from bot.platforms.lark_pace import LarkPace
from bot.platforms.lark_posting import MESSAGE, Posting


class LarkPlatform(ChatPlatform):
    """The Platform of one tenant. Safe to use from several threads."""

    name = "lark"
    directory: Directory
    _past: Past
    history_per_minute = 600

    def __init__(
        self,
        settings: Lark,
        redact: Redact,
        facts: Facts | None = None,
        asking: Asking = str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        links: Links | None = None,
    ) -> None:
        """In `facts` it is kept over a restart how long Lark asked to wait, and which direct chats and home cards there are.

        `clock` and `sleep` are for the pace, `asking` as in app; `links` says where links may lead, beside the tenant's own
        messages and what messages vouch for.
        """
        self._settings, self._redact, self._links = settings, redact, links or Links()
        calls = Calls(settings, LarkPace(facts, settings.pace, clock), sleep, asking, clock)
        self.call, self.read = calls.call, calls.read
        self._me: Identity | None = None
        self.directory = Directory(self.read, self.auth, DirectChats(facts), redact=redact)
        self._posting = Posting(self.call, self.auth, self.directory, self._gate, facts)
        self._past = Past(self.read, self.auth, redact, self.directory)

    def auth(self) -> Identity:
        """Who Vigil is in this tenant, asked once; raises VigilError when that cannot be learned."""
        if self._me is None:
            bot = native(table(self.read("bot/v3/info"), "bot"), "open_id")
            tenant = native(table(self.read("tenant/v2/tenant/query"), "tenant"), "tenant_key")
            if not bot or not tenant:
                raise VigilError("Lark does not say who the bot is; switch the bot on in the developer console")
            self._me = Identity(tenant, self._settings.app_id, bot)
        return self._me

    def _post(self, post: Post) -> str:
        return self._posting.post(post)

    def open_form(self, form: Form, where: str) -> None:
        """Show a form to the person whose click or command gave the address `where`; raises VigilError."""
        self._posting.open_form(form, where)

    def _gate(self) -> Gate:
        """What everything goes through; secrets are taken out once more, whoever wrote it."""
        return Gate(self._redact, self._links.at(lark_links.home(self._settings.domain)))

    def find(self, post: Post, since: float) -> str | None:
        return self._past.find(post, since)

    def is_group(self, name: str) -> bool:
        return name.startswith("g") and name.isalnum() and name.islower()

    def permalink(self, turn_id: str) -> str:
        where = place(turn_id)
        return lark_links.link(self._settings.domain, where.chat, where.message) if where.message else ""

    def linked(self, text: str) -> tuple[str, str] | None:
        found = lark_links.linked(text, self._settings.domain)
        if found is None:
            return None
        try:
            item = next(iter(rows(self.read(MESSAGE, at={"message_id": found[1]}), "items")), {})
        except Refusal:
            return None
        chat, tenant = native(item, "chat_id"), self.auth().tenant
        if chat != found[0]:
            return None
        return turn_id(tenant, chat, found[1]), turn_id(tenant, chat, native(item, "root_id") or found[1])

    def check(self) -> list[Check]:
        """What `vigil doctor` asks: (what, whether it is well, how to mend it), a line each."""
        return checks(self.read, self.channels)
