"""What people do in the workspace: say, edit, react, click, type commands, open and submit views."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from bot.sandbox import answers, api_views, interactions, posting
from bot.sandbox.asked import Asked
from bot.sandbox.core import Core
from bot.sandbox.models import Channel, Json, OpenView, SandboxError, User
from bot.sandbox.timeline import stamp
from bot.sandbox.workspace import APP_USER


class People:
    """The hands of the workspace's people; every method may be called from any thread and returns at once."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def say(
        self,
        channel: str,
        user: str,
        text: str,
        thread: str | None = None,
        broadcast: bool = False,
        files: Sequence[str | Json] = (),
        at: float | str | None = None,
        me: bool = False,
        blocks: list[Json] | None = None,
    ) -> str:
        """Post as a user or another bot; returns the ts. With `at` (epoch seconds) it becomes old history, unsent."""
        with self._core.changed:
            place, author = self._core.workspace.channel(channel), self._core.workspace.user(user)
            draft: Json = {"text": text, **author_fields(author)}
            if files:
                draft |= {"subtype": "file_share", "files": [file_json(file, author.id) for file in files]}
            if me:
                draft["subtype"] = "me_message"
            if blocks:
                draft["blocks"] = blocks
            if thread is not None:
                draft["thread_ts"] = self._root(place, thread)
                if broadcast:
                    draft["subtype"] = "thread_broadcast"
            when = "" if at is None else stamp(at)
            return str(posting.post(self._core, place, draft, at=when, deliver=at is None)["ts"])

    def _root(self, channel: Channel, ts: str) -> str:
        root = self._core.workspace.timelines[channel.id].root_of(ts)
        if root is None:
            raise SandboxError(f"there is no message {ts} in {channel.id} to answer to")
        return root

    def edit(self, channel: str, ts: str, text: str) -> None:
        with self._core.changed:
            place = self._core.workspace.channel(channel)
            message = posting.timeline_message(self._core, place, ts)
            posting.edit(self._core, place, ts, str(message.get("user", "")), text=text)

    def delete(self, channel: str, ts: str) -> None:
        posting.delete(self._core, self._core.workspace.channel(channel), ts)

    def react(self, channel: str, ts: str, name: str, user: str) -> None:
        core = self._core
        posting.react(core, core.workspace.channel(channel), ts, name.strip(":"), core.workspace.user(user).id)

    def unreact(self, channel: str, ts: str, name: str, user: str) -> None:
        core = self._core
        posting.unreact(core, core.workspace.channel(channel), ts, name.strip(":"), core.workspace.user(user).id)

    def click(
        self, channel: str, ts: str, action_id: str, user: str, value: str | None = None, block_id: str | None = None
    ) -> Asked:
        """Click a button, or choose `value` in a select or overflow menu, of a message or an ephemeral."""
        with self._core.changed:
            place, who = self._core.workspace.channel(channel), self._core.workspace.user(user).id
            whispers = (m for m in self._core.ephemerals if m["ts"] == ts and m["channel"] == place.id)
            message = next(whispers, None) or posting.timeline_message(self._core, place, ts)
            block, element = interactions.find_element(message.get("blocks", []), action_id, value, block_id)
            act = interactions.action(block, element, value, self._core.workspace.new_ts())
            return self._ask("interactive", interactions.message_click(self._core, place, message, who, act))

    def click_view(self, view_id: str, action_id: str, user: str, value: Any = None) -> Asked:
        """Click inside an open modal or somebody's home."""
        with self._core.changed:
            homes = (home for home in self._core.homes.values() if home["id"] == view_id)
            view = self._core.views[view_id].view if view_id in self._core.views else next(homes, None)
            if view is None:
                raise SandboxError(f"no view {view_id} is open")
            block, element = interactions.find_element(view["blocks"], action_id, value, None)
            act = interactions.action(block, element, value, self._core.workspace.new_ts())
            return self._ask("interactive", interactions.view_click(self._core, view, user, act))

    def command(self, channel: str, user: str, command: str, text: str = "") -> Asked:
        """Type a slash command; `.wait()` gives the acknowledgement's payload."""
        with self._core.changed:
            place, who = self._core.workspace.channel(channel), self._core.workspace.user(user).id
            payload = interactions.command(self._core, place, who, command, text)
            envelope = self._core.hub.offer(
                "slash_commands",
                payload,
                lambda answer: answers.command_acknowledged(self._core, place.id, who, answer),
            )
            return Asked(self._core.changed, envelope)

    def shortcut(self, channel: str, ts: str, callback_id: str, user: str) -> Asked:
        """Use a message shortcut."""
        with self._core.changed:
            place, who = self._core.workspace.channel(channel), self._core.workspace.user(user).id
            message = posting.timeline_message(self._core, place, ts)
            return self._ask("interactive", interactions.shortcut(self._core, place, message, callback_id, who))

    def submit_view(self, view_id: str, user: str, values: Json | None = None) -> Asked:
        """Submit a modal; `values` is {block_id: {action_id: a plain value or Slack's value dict}}."""
        with self._core.changed:
            view = self._view(view_id, user)
            payload = interactions.submission(self._core, view, values or {})
            envelope = self._core.hub.offer(
                "interactive", payload, lambda answer: answers.submission_acknowledged(self._core, view, answer)
            )
            return Asked(self._core.changed, envelope)

    def close_view(self, view_id: str, user: str) -> Asked | None:
        """Close a modal; the app hears of it only if it asked to."""
        with self._core.changed:
            view = self._view(view_id, user)
            api_views.close(self._core, view_id)
            if not view.view.get("notify_on_close"):
                return None
            return self._ask("interactive", interactions.closing(self._core, view))

    def _view(self, view_id: str, user: str) -> OpenView:
        view = self._core.views.get(view_id)
        if view is None or view.user != self._core.workspace.user(user).id:
            raise SandboxError(f"no view {view_id} is open for {user}")
        return view

    def open_home(self, user: str) -> None:
        """Open the app's home tab."""
        with self._core.changed:
            who = self._core.workspace.user(user).id
            channel = self._core.workspace.open_conversation([who])[0]
            ts = self._core.workspace.new_ts()
            event: Json = {"type": "app_home_opened", "user": who, "channel": channel.id, "tab": "home", "event_ts": ts}
            self._core.emit(event | ({"view": self._core.homes[who]} if who in self._core.homes else {}))

    def join(self, channel: str, user: str) -> None:
        core = self._core
        posting.join(core, core.workspace.channel(channel), core.workspace.user(user).id)

    def leave(self, channel: str, user: str) -> None:
        core = self._core
        posting.leave(core, core.workspace.channel(channel), core.workspace.user(user).id)

    def open_im(self, user: str) -> str:
        """The id of the direct conversation between a user and the app."""
        with self._core.changed:
            channel, known = self._core.workspace.open_conversation([self._core.workspace.user(user).id])
            if not known:
                self._core.tell("channel", channel=channel.id)
            return channel.id

    def _ask(self, kind: str, payload: Json) -> Asked:
        return Asked(self._core.changed, self._core.hub.offer(kind, payload))


def author_fields(author: User) -> Json:
    """A person's message has a user and a client_msg_id; another bot's has the subtype bot_message and a bot_id."""
    if author.is_bot and author.id != APP_USER:
        return {"subtype": "bot_message", "bot_id": author.bot_id or author.id, "username": author.real_name}
    return {"user": author.id, "client_msg_id": str(uuid4())}


def file_json(file: str | Json, user: str) -> Json:
    if not isinstance(file, str):
        return file
    number = uuid4().hex[:8].upper()
    kind = file.rpartition(".")[2] or "text"
    link = f"https://files.slack.com/files-pri/T0-F0{number}/{file}"
    names = {"id": f"F0{number}", "name": file, "title": file, "filetype": kind, "mimetype": "text/plain"}
    return names | {"mode": "hosted", "size": 1024, "user": user, "url_private": link, "permalink": link}
