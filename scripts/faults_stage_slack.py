"""The stage of a fault trial as a Slack workspace."""

from __future__ import annotations

from typing import Any

from faults_stage import RETRIES, Posted, Stage, lasting_port, world

from bot.platforms.slack_events import heard
from bot.platforms.slack_ids import Identity, turn_id
from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import APP_ID, APP_USER, BOT_ID, Cut, Delay, Hang, Late, RateLimit, Sandbox, ServerError, Workspace
from bot.sandbox.envelope import Envelope
from bot.sandbox.models import Json

TEAM = "T0SMALL"
ME = Identity(TEAM, APP_USER, BOT_ID, APP_ID)
WRITES, READS = ("chat.postMessage", "chat.delete"), ("conversations.history", "conversations.replies", "auth.test")
CHANCES = (
    (WRITES, Cut(), 0.03), (WRITES, Late(5.0), 0.01), (WRITES, RateLimit(1), 0.02),
    (WRITES, ServerError(500, applied=True), 0.01), (WRITES, ServerError(503), 0.02), (WRITES, Hang(4, applied=True), 0.005),
    (WRITES, Hang(4), 0.005), (WRITES, Delay(0.5), 0.02), (READS, RateLimit(1), 0.01), (READS, ServerError(500), 0.01),
    (READS, Delay(1.0), 0.01), (READS, Hang(3), 0.003), (("response_url",), Cut(), 0.03), (("response_url",), Hang(3), 0.01),
)  # fmt: skip
TROUBLES = {
    "refresh": 4, "sockets cut": 4, "sockets silent": 1, "no hello": 1, "handshake hangs": 1, "too many sockets": 2,
    "platform down": 4, "vigil down": 3, "terminated": 4, "database locked": 3, "cache spoilt": 3,
}  # fmt: skip


class SlackStage(Stage, Sandbox):
    """A workspace of Slack's: the load's names are its ids."""

    name, manual, chances, troubles = "slack", "looked-not-sent", CHANCES, TROUBLES

    def __init__(self) -> None:
        workspace = Workspace.from_dict(world(), scopes=scopes(), events=events(), retry_after=RETRIES)
        Sandbox.__init__(self, workspace, port=lasting_port())
        self.begin()

    def section(self) -> str:
        return f'[slack]\nbase_url = "{self.api_url}"\ntimeout_seconds = 2.0\n'

    def secrets(self) -> dict[str, str]:
        return {"SLACK_BOT_TOKEN": "xoxb-sandbox", "SLACK_APP_TOKEN": "xapp-sandbox"}

    def id_of(self, name: str) -> str:
        return name

    def who(self, person: str) -> str:
        return person

    def meant(self, emoji: str) -> str:
        return emoji

    def turn_id(self, channel: str, message: str) -> str:
        return turn_id(TEAM, channel, message)

    def typed(self, channel: str, who: str, words: str, root: str) -> Any:
        link = f" https://small.slack.com/archives/{channel}/p{root.replace('.', '')}" if root else ""
        return self.command(channel, who, "/vigil", words + link)

    def understood(self, envelope: Envelope) -> Any:
        return heard(envelope.payload, ME, str, 0.0)

    def answered_twice(self) -> list[str]:
        with self._core.changed:
            uses = [(url.user, url.channel, url.uses) for url in self._core.urls.values()]
        return [f"{user} was answered {count} times in {channel}" for user, channel, count in uses if count > 1]

    def _watch(self, change: Json) -> None:
        message: Json = change.get("message", {})
        if change["kind"] == "message":
            self._came(str(change["channel"]), message)
        elif change["kind"] == "deleted":
            self._went(str(change["channel"]), str(change["ts"]))
        elif change["kind"] == "changed" and message.get("subtype") == "tombstone":
            self._went(str(change["channel"]), str(message["ts"]))

    def _came(self, channel: str, message: Json) -> None:
        ts, thread = str(message["ts"]), str(message.get("thread_ts") or message["ts"])
        if message.get("bot_id") != BOT_ID:
            if self._doing is not None:
                self.records.threads.setdefault(thread, self._doing)
            return
        meta: Json = message.get("metadata") or {}
        key = str((meta.get("event_payload") or {}).get("key") or "")
        post = Posted(channel, ts, thread, key, str(meta.get("event_type", "")), self.clock())
        self.records.posts.append(post)
        self.records.by_thread[thread].append(post)
        self.note(
            f"the bot posts {post.kind} {key} ({ts}): {message.get('text')!r:.200}", self.records.threads.get(thread)
        )

    def _went(self, channel: str, ts: str) -> None:
        for post in reversed(self.records.posts):
            if (post.channel, post.ts) == (channel, ts) and post.died is None:
                post.died = self.clock()
                self.note(f"the message {ts} of the bot's is gone", self.records.threads.get(post.thread))
                return
