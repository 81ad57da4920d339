"""A Lark tenant as tests and the demo hold it: it listens, its people have hands, and there are ways to wait."""

import copy
from collections.abc import Callable

from bot.sandbox.box import Box
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_limits import LarkLimits
from bot.sandbox.lark_models import Message
from bot.sandbox.lark_people import LarkPeople
from bot.sandbox.lark_server import LarkLink, LarkServer
from bot.sandbox.lark_views import message_view
from bot.sandbox.lark_workspace import LarkWorkspace
from bot.sandbox.models import Json


class LarkSandbox(LarkPeople, Box):
    """A tenant on this machine that speaks Lark's protocol; a context manager; safe from any thread.

    `url` is the `domain` for lark_oapi's clients, `app_id` and `app_secret` their credentials.
    """

    def __init__(self, workspace: LarkWorkspace | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        LarkPeople.__init__(self, LarkCore(LarkWorkspace() if workspace is None else workspace))
        Box.__init__(self, self._core, self._core.hub, LarkServer(self._core, self, host, port))

    @property
    def workspace(self) -> LarkWorkspace:
        return self._core.workspace

    @property
    def limits(self) -> LarkLimits:
        return self._core.limits

    @property
    def app_id(self) -> str:
        return self.workspace.app_id

    @property
    def app_secret(self) -> str:
        return self.workspace.app_secret

    def open_id(self, person: str) -> str:
        """Somebody's open id; the app's own is that of "vigil"."""
        return self.workspace.person(person).id

    def chat_id(self, chat: str) -> str:
        return self.workspace.chat(chat).id

    def messages(self, chat: str, thread: str | None = None) -> list[Message]:
        """What stands in a chat, oldest first, without what was said inside threads; with `thread` (a message's id or a
        thread's), all of that thread, or all that answers to that message."""
        with self._core.changed:
            place = self.workspace.chat(chat)
            found = [self.workspace.messages[key] for key in place.order]
            if thread is None:
                return copy.deepcopy([message for message in found if not message.quoted_in_thread])
            return copy.deepcopy([message for message in found if belongs(message, thread)])

    def all_messages(self, chat: str) -> list[Message]:
        """Everything said in a chat, threads too, oldest first."""
        with self._core.changed:
            return copy.deepcopy([self.workspace.messages[key] for key in self.workspace.chat(chat).order])

    def message(self, message_id: str) -> Message:
        with self._core.changed:
            return copy.deepcopy(self.workspace.messages[message_id])

    def shown(self, message_id: str) -> Json:
        """A message as im/v1/messages would give it."""
        with self._core.changed:
            return message_view(self.workspace, self.workspace.messages[message_id])

    @property
    def whispers(self) -> list[Message]:
        """The cards that one person sees (`visible_to`, an open id), and that are not deleted."""
        with self._core.changed:
            return copy.deepcopy([message for message in self.workspace.messages.values() if message.visible_to])

    @property
    def toasts(self) -> list[Json]:
        """What clicks were answered with: {message_id, user, type, content}."""
        with self._core.changed:
            return list(self._core.toasts)

    @property
    def pings(self) -> int:
        """How many pings of Lark's protocol came in, answered or not."""
        return self._core.hub.pings

    @property
    def refused(self) -> int:
        """How many deliveries the app answered with a failure."""
        return len(self._core.hub.refused)

    def wait_message(
        self,
        chat: str,
        thread: str | None = None,
        where: Callable[[Message], object] | None = None,
        timeout: float = 10.0,
    ) -> Message:
        """Wait for a message; with no `where` it is one of the app's own. `thread` looks among its answers only."""

        def look(box: LarkSandbox) -> Message | None:
            # No copies here: this runs on every change.
            for key in box.workspace.chat(chat).order:
                message = box.workspace.messages[key]
                fits = message.sender == box.workspace.app if where is None else where(message)
                if fits and (thread is None or (belongs(message, thread) and message.id != thread)):
                    return message
            return None

        what = f"a message in {chat}" + (f", thread {thread}" if thread else "")
        return copy.deepcopy(self.wait_for(look, timeout, what) or Message("", "", "", "", "", 0, 0))

    def expire_tokens(self) -> None:
        """Let every tenant access token given out so far be refused (99991663) from now on."""
        self._core.expire_tokens()

    def deafen_sockets(self, deaf: bool = True) -> None:
        """Let every open socket answer the WebSocket's own pings and nothing else: no pong, no event, no ack heard."""

        def deafen() -> None:
            for link in self._server.links:
                if isinstance(link, LarkLink):
                    link.deaf = deaf

        self._server.thread.do(deafen)


def belongs(message: Message, thread: str) -> bool:
    """Whether a message is of this thread: by thread id, or as the first message or an answer to it."""
    return thread in (message.thread_id, message.id, message.root_id, message.parent_id)
