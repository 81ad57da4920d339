"""A small Lark tenant as a venue."""

from __future__ import annotations

from bot.config import Lark
from bot.sandbox import LarkSandbox, LarkWorkspace
from tests.platforms.venues import Venue, clean

EMOJIS = {"helpful": "THUMBSUP", "unhelpful": "ThumbsDown", "resolved": "DONE"}


class LarkVenue(Venue):
    """The same people and chats as in Slack's small workspace. One at a time in a process: the SDK has one loop."""

    name = "lark"

    def __init__(self) -> None:
        super().__init__()
        from bot.platforms.lark import LarkPlatform
        from bot.platforms.lark_listener import LarkListener

        self.box = LarkSandbox(LarkWorkspace.small(retry_after=(0.3,) * 8, ack_within=2.0)).start()
        settings = Lark(enabled=True, domain=self.box.url, app_id=self.box.app_id, timeout_seconds=5.0, pace=1000.0,
                        app_secret=self.box.app_secret)  # fmt: skip
        self.platform = LarkPlatform(settings, clean)
        self.listener = LarkListener(settings, clean, tally=self.tally)
        self.listen()

    def close(self) -> None:
        self.listener.stop()
        super().close()
        self.box.stop()

    def person(self, who: str) -> str:
        return self.box.open_id(who)

    def channel(self, name: str) -> str:
        return f"lark:{self.box.workspace.tenant_key}:{self.box.chat_id(name)}"

    def say(self, who: str, text: str, thread: str = "", channel: str = "help") -> str:
        said = self.box.say(channel, who, text.replace("@vigil", "<@vigil>"), thread.rpartition(":")[2] or None)
        return f"{self.channel(channel)}:{said}"

    def edit(self, turn: str, text: str) -> None:
        _, _, chat, message = turn.split(":")
        self.box.edit(chat, message, text)

    def delete(self, turn: str) -> None:
        _, _, chat, message = turn.split(":")
        self.box.delete(chat, message)

    def react(self, turn: str, who: str, meaning: str, added: bool = True) -> None:
        _, _, chat, message = turn.split(":")
        (self.box.react if added else self.box.unreact)(chat, message, EMOJIS[meaning], who)

    def click(self, turn: str, action: str, who: str) -> None:
        _, _, chat, message = turn.split(":")
        self.box.click(chat, message, action, who)

    def command(self, who: str, text: str) -> None:
        self.box.command("help", who, "/vigil", text)

    def whispered(self, who: str) -> list[str]:
        direct = self.box.messages(self.box.open_im(who))
        alone = [message for message in self.box.whispers if message.visible_to == self.person(who)]
        return [message.content for message in (*alone, *direct) if message.sender == self.box.workspace.app]

    def seen(self, turn: str) -> str | None:
        found = self.box.message(turn.rpartition(":")[2])
        return None if found.deleted else found.content

    def fill_in(self, who: str, **fields: str) -> None:
        def shown(box: LarkSandbox) -> tuple[str, str] | None:
            seen = [*box.whispers, *box.messages(box.open_im(who))]
            cards = [
                m
                for m in seen
                if m.sender == box.workspace.app and m.card and '"form"' in str(m.card).replace("'", '"')
            ]
            return (cards[-1].chat_id, cards[-1].id) if cards else None

        chat, message = self.box.wait_for(shown, 20, "a form") or ("", "")
        self.box.click(chat, message, self._submit(message), who, form=dict(fields))

    def _submit(self, message: str) -> str:
        """The name of the button that sends the form."""
        from bot.sandbox.lark_card_checks import every

        card = self.box.message(message).card or {}
        return next(str(e["name"]) for _, e in every(card) if e.get("tag") == "button" and "submit" in str(e).lower())
