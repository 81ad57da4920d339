"""What the calls, the connection and the people of a Lark tenant share: one state, and who is told of changes."""

import secrets
import time
from dataclasses import dataclass, field

from bot.sandbox.lark_hub import LarkHub
from bot.sandbox.lark_limits import LarkLimits
from bot.sandbox.lark_models import Chat, Denied
from bot.sandbox.lark_workspace import ALL_MESSAGES, LarkWorkspace
from bot.sandbox.models import Json
from bot.sandbox.state import State

KEEP_TOKEN, CARD_TOKEN_LIFE, CARD_TOKEN_USES = 1800.0, 1800.0, 2

# What the app must have been granted (any of these) before Lark sends it an event of this type.
EVENT_SCOPES = {
    "im.message.recalled_v1": ("im:message", "im:message:readonly"),
    "im.message.reaction.created_v1": ("im:message", "im:message.reactions:read"),
    "im.message.reaction.deleted_v1": ("im:message", "im:message.reactions:read"),
    "im.chat.member.bot.added_v1": ("im:chat", "im:chat:readonly", "im:chat.members:bot_access"),
    "im.chat.member.bot.deleted_v1": ("im:chat", "im:chat:readonly", "im:chat.members:bot_access"),
    "im.chat.member.user.added_v1": ("im:chat", "im:chat:readonly", "im:chat.members:read"),
    "im.chat.member.user.deleted_v1": ("im:chat", "im:chat:readonly", "im:chat.members:read"),
    "im.chat.member.user.withdrawn_v1": ("im:chat", "im:chat:readonly", "im:chat.members:read"),
    "im.chat.updated_v1": ("im:chat", "im:chat:readonly"),
    "im.chat.disbanded_v1": ("im:chat", "im:chat:readonly"),
}
RECEIVED, UPDATED = "im.message.receive_v1", "im.message.updated_v1"
MENTIONED = ("im:message.group_at_msg", "im:message.group_at_msg:readonly")
DIRECT = ("im:message.p2p_msg", "im:message.p2p_msg:readonly")
BOTS_TOO = "im:message.group_at_msg.include_bot:readonly"


@dataclass(slots=True)
class CardToken:
    """What a click gave the app, to change the clicked card a little later."""

    message_id: str
    born: float = field(default_factory=time.monotonic)
    uses: int = 0


class LarkCore(State):
    """Holds everything that changes while the sandbox runs; every reader and writer takes `changed` first."""

    def __init__(self, workspace: LarkWorkspace) -> None:
        super().__init__()
        self.workspace, self.rules = workspace, workspace.rules
        self.limits = LarkLimits()
        self.hub = LarkHub(self.changed, self.faults, workspace.rules)
        self.toasts: list[Json] = []
        self.sent: dict[str, tuple[float, str]] = {}  # uuid -> when, message id
        self.tokens: dict[str, float] = {}  # tenant access token -> until when
        self.cards: dict[str, CardToken] = {}
        self.tickets: dict[str, str] = {}
        # Ids of two sandboxes must differ: an app keeps those it has seen.
        self._mark = secrets.token_hex(8)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{self._mark}{self.number():016x}"

    def token(self) -> tuple[str, int]:
        """The tenant access token and the seconds it lives; a new one when the last has less than half an hour."""
        now = time.monotonic()
        with self.changed:
            last, until = max(self.tokens.items(), key=lambda item: item[1], default=("", 0.0))
            if until - now < min(KEEP_TOKEN, self.rules.token_life / 2):
                last, until = f"t-{secrets.token_hex(16)}", now + self.rules.token_life
                self.tokens[last] = until
            return last, int(until - now)

    @staticmethod
    def clock() -> float:
        """The clock by which tokens live."""
        return time.monotonic()

    def expire_tokens(self) -> None:
        """Let every token given out so far be refused from now on."""
        with self.changed:
            self.tokens.clear()

    def new_card_token(self, message_id: str) -> str:
        token = f"c-{secrets.token_hex(16)}"
        with self.changed:
            self.cards[token] = CardToken(message_id)
        return token

    def take_card_token(self, token: str) -> str:
        """Use a card's token and get the message; raises Denied when it is unknown, too old or used up."""
        with self.changed:
            card = self.cards.get(token)
            if card is None or time.monotonic() - card.born > CARD_TOKEN_LIFE or card.uses >= CARD_TOKEN_USES:
                raise Denied(300090)
            card.uses += 1
            return card.message_id

    def emit(self, kind: str, event: Json, chat: Chat | None = None) -> None:
        """Send an event to the app, if it is in that chat, published, subscribed and entitled."""
        if (chat is not None and not self.workspace.sees(chat)) or not self.wanted(kind, event):
            return
        with self.changed:
            self.hub.offer("events_api", self.wrapped(kind, event))

    def wanted(self, kind: str, event: Json) -> bool:
        rules = self.rules
        if not rules.published or (rules.events is not None and kind not in rules.events):
            return False
        needed = self.needed(event) if kind in (RECEIVED, UPDATED) else EVENT_SCOPES.get(kind, ())
        return not needed or bool(rules.scopes & set(needed))

    def needed(self, event: Json) -> tuple[str, ...]:
        """The scopes that let the app hear of a message: its own and, but for mentions, other bots' are never heard."""
        message = event["message"]
        called = any(m["id"]["open_id"] == self.workspace.app for m in message.get("mentions", []))
        if event["sender"]["sender_type"] != "user":
            return (BOTS_TOO,) if called else ("nothing lets an app hear this",)
        if message["chat_type"] == "p2p":
            return DIRECT
        return (*MENTIONED, ALL_MESSAGES) if called else (ALL_MESSAGES,)

    def wrapped(self, kind: str, event: Json) -> Json:
        """The frame of schema 2.0 around one event."""
        header = {
            "event_id": secrets.token_hex(16),
            "token": "",
            "create_time": str(int(time.time() * 1000)),
            "event_type": kind,
            "tenant_key": self.workspace.tenant_key,
            "app_id": self.workspace.app_id,
        }
        return {"schema": "2.0", "header": header, "event": event}
