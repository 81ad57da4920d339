"""What people do in a Lark tenant: say, answer, forward, edit, recall, react, click, use the menu, come and go."""

import time
from collections.abc import Sequence

from bot.sandbox import lark_posting
from bot.sandbox.asked import Asked
from bot.sandbox.envelope import Envelope
from bot.sandbox.lark_cards import answered, clicked, find_element
from bot.sandbox.lark_content import Draft, card_draft, rich_draft, text_draft, written
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_models import Chat, Denied, Message
from bot.sandbox.lark_reactions import known_emoji
from bot.sandbox.lark_views import ids
from bot.sandbox.lark_workspace import made
from bot.sandbox.models import Json, SandboxError


class LarkPeople:
    """The hands of the tenant's people; every method may be called from any thread and returns at once.

    Chats and people go by id, by name, or by the id they have in the workspace's data ("C0HELP", "U0BEN").
    """

    def __init__(self, core: LarkCore) -> None:
        self._core = core

    def say(
        self,
        chat: str,
        user: str,
        text: str = "",
        thread: str | None = None,
        *,
        in_thread: bool = False,
        post: list[list[Json]] | None = None,
        title: str = "",
        files: Sequence[str] = (),
        image: bool = False,
        card: Json | None = None,
        at: float | None = None,
    ) -> str:
        """Say something and return its message id; `thread` is the message that is answered, `in_thread` as a topic.

        `<@NAME>` in the text mentions somebody, `<@all>` everybody. Instead of text: `post` (paragraphs of elements),
        a file by name, an image, a card of another bot's. With `at` (epoch seconds) it becomes old history, unsent.
        """
        core = self._core
        with core.changed:
            place, author = core.workspace.chat(chat), core.workspace.person(user).id
            parent = None if thread is None else self._message(thread)
            draft = self._draft(text, post, title, files, image, card)
            if at is not None:
                return lark_posting.place(core, place, author, draft, parent, in_thread, int(at * 1000)).id
            return lark_posting.post(core, place, author, draft, parent, in_thread).id

    def _draft(
        self,
        text: str,
        post: list[list[Json]] | None,
        title: str,
        files: Sequence[str],
        image: bool,
        card: Json | None,
    ) -> Draft:
        workspace = self._core.workspace
        try:
            if post is not None:
                return rich_draft(workspace, title, post)
            if card is not None:
                return card_draft(written(card))
            if files:
                return Draft("file", written({"file_key": made("file_v3_", files[0]), "file_name": files[0]}))
            if image:
                return Draft("image", written({"image_key": made("img_v3_", f"{time.time()}")}))
            return text_draft(workspace, {"text": marked(text)})
        except Denied as denied:
            raise SandboxError(f"nobody can say this: {denied}") from denied

    def forward(self, chat: str, user: str, messages: Sequence[str]) -> str:
        """Forward messages merged into one; the app reads them by asking for that one."""
        core = self._core
        with core.changed:
            place, author = core.workspace.chat(chat), core.workspace.person(user).id
            draft = Draft("merge_forward", written({"content": "Merged and Forwarded Message"}))
            children = [self._message(name) for name in messages]
            whole = lark_posting.post(core, place, author, draft)
            for child in children:
                copied = Message(core.new_id("om_"), child.chat_id, child.sender, child.msg_type, child.content, 0, 0)
                copied.create_time = copied.update_time = child.create_time
                copied.mentions, copied.upper_id = list(child.mentions), whole.id
                whole.children.append(copied)
            return whole.id

    def _message(self, name: str, chat: str | None = None) -> Message:
        message = self._core.workspace.messages.get(name)
        if message is None or (chat is not None and message.chat_id != self._core.workspace.chat(chat).id):
            raise SandboxError(f"there is no message {name}" + (f" in {chat}" if chat else ""))
        return message

    def edit(self, chat: str, message: str, text: str = "", *, post: list[list[Json]] | None = None) -> None:
        with self._core.changed:
            draft = self._draft(text, post, "", (), False, None)
            lark_posting.edit(self._core, self._message(message, chat), draft)

    def delete(self, chat: str, message: str, by: str = "message_owner") -> None:
        """Recall a message: its author, or `by` "group_owner", "group_manager", "enterprise_manager"."""
        with self._core.changed:
            lark_posting.recall(self._core, self._message(message, chat), by)

    def react(self, chat: str, message: str, emoji: str, user: str) -> None:
        """Add an emoji by Lark's key ("THUMBSUP", "DONE", "ThumbsDown")."""
        if not known_emoji(emoji):
            raise SandboxError(f"Lark has no emoji {emoji!r}")
        with self._core.changed:
            found = self._message(message, chat)
            lark_posting.react(self._core, found, emoji, self._core.workspace.person(user).id)

    def unreact(self, chat: str, message: str, emoji: str, user: str) -> None:
        with self._core.changed:
            found, who = self._message(message, chat), self._core.workspace.person(user).id
            reaction = next((r for r in found.reactions if (r.emoji, r.operator) == (emoji, who)), None)
            if reaction is None:
                raise SandboxError(f"{user} did not react with {emoji} to {message}")
            lark_posting.unreact(self._core, found, reaction)

    def click(
        self, chat: str, message: str, action: str, user: str, value: str | None = None, form: Json | None = None
    ) -> Asked:
        """Click a button, or choose `value` in a menu, of a card. `action` is the element's name or element_id, or a
        string in the value it sends back; `form` holds the fields of the form around it."""
        core = self._core
        with core.changed:
            card, who = self._message(message, chat), core.workspace.person(user)
            if card.card is None or card.deleted:
                raise SandboxError(f"{message} is no card")
            element = find_element(card.card, action)
            payload = core.wrapped("card.action.trigger", clicked(core, card, who.id, element, value, form))
            wanted = core.rules.published and (core.rules.events is None or "card.action.trigger" in core.rules.events)
            if not wanted:
                return Asked(core.changed, Envelope("callback", "{}", error="200340"))
            asked = Asked(core.changed, core.hub.offer("callback", payload))
            asked._envelope.on_ack = lambda answer: answered(core, card, who.id, asked._envelope, answer)
            return asked

    def command(self, chat: str, user: str, command: str = "/vigil", text: str = "", mention: bool = False) -> str:
        """Type a command, which on Lark is a message like others; returns its message id."""
        return self.say(chat, user, f"{'<@vigil> ' if mention else ''}{command} {text}".strip())

    def menu(self, user: str, event_key: str) -> None:
        """Choose an entry of the app's menu in the direct chat with it."""
        with self._core.changed:
            who = self._core.workspace.person(user)
            operator = {"operator_name": who.real_name, "operator_id": ids(who.id)}
            event = {"operator": operator, "event_key": event_key, "timestamp": int(time.time())}
            self._core.emit("application.bot.menu_v6", event)

    def open_im(self, user: str) -> str:
        """The id of the direct chat of somebody with the app, as they open it."""
        with self._core.changed:
            chat, known = self._core.workspace.direct(self._core.workspace.person(user).id)
            last = self._core.workspace.messages[chat.order[-1]] if chat.order else None
            event: Json = {"chat_id": chat.id, "operator_id": ids(self._core.workspace.person(user).id)}
            if last is not None:
                event |= {"last_message_id": last.id, "last_message_create_time": str(last.create_time)}
            self._core.emit("im.chat.access_event.bot_p2p_chat_entered_v1", event)
            if not known:
                self._core.tell("channel", channel=chat.id)
            return chat.id

    def join(self, chat: str, user: str, by: str = "") -> None:
        """Let somebody, or the app, into a chat; `by` is who lets them in (its owner)."""
        place = self._core.workspace.chat(chat)
        lark_posting.join(self._core, place, self._core.workspace.person(user).id, self._operator(place, by))

    def leave(self, chat: str, user: str, by: str = "", *, withdrawn: bool = False) -> None:
        """Take somebody, or the app, out of a chat; `withdrawn` when it is an invitation that is taken back."""
        place, what = self._core.workspace.chat(chat), "withdrawn" if withdrawn else "deleted"
        lark_posting.leave(self._core, place, self._core.workspace.person(user).id, self._operator(place, by), what)

    def rename(self, chat: str, name: str, by: str = "") -> None:
        place = self._core.workspace.chat(chat)
        lark_posting.rename(self._core, place, name, self._operator(place, by))

    def dissolve(self, chat: str, by: str = "") -> None:
        place = self._core.workspace.chat(chat)
        lark_posting.dissolve(self._core, place, self._operator(place, by))

    def _operator(self, chat: Chat, by: str) -> str:
        return self._core.workspace.person(by or chat.owner or chat.members[0]).id


def marked(text: str) -> str:
    """Text as a test writes it, with <@NAME> -> text as Lark's own markup has it."""
    pieces = text.split("<@")
    for number, piece in enumerate(pieces[1:], start=1):
        name, closed, rest = piece.partition(">")
        pieces[number] = f'<at user_id="{name}">{name}</at>{rest}' if closed else f"<@{piece}"
    return "".join(pieces)
