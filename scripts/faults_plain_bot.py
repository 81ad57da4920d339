"""A plain Bolt app as tutorials have it: it answers in its listeners, and keeps what it heard in a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

ANSWER = "If an upload fails with error 413, raise the upload limit in the settings and restart."
THINKING = 0.25
"""Seconds that an answer takes, as a search with a small model would; a language model takes twenty times as long."""
BUTTONS = ("vigil_helpful", "vigil_solved", "vigil_need_human")


def main(api: str, path: str) -> None:
    """Answer questions and write down all else, until somebody ends the process."""
    app = App(client=WebClient(token="xoxb-sandbox", base_url=api))
    heard = open(path, "a", buffering=1)  # noqa: SIM115 - as long as the process lives

    @app.event("message")
    def said(event: dict[str, Any], client: WebClient) -> None:
        kept(heard, event.get("event_ts", event["ts"]))
        if event.get("subtype") is None and "?" in event["text"] and "thread_ts" not in event:
            answer(client, event)

    def clicked(ack: Callable[..., Any], body: dict[str, Any]) -> None:
        ack()
        kept(heard, body["trigger_id"])

    for kind in ("reaction_added", "reaction_removed"):
        app.event(kind)(lambda event: kept(heard, event["event_ts"]))
    for button in BUTTONS:
        app.action(button)(clicked)

    @app.command("/vigil")
    def asked(ack: Callable[..., Any], body: dict[str, Any]) -> None:
        ack("It is noted.")
        kept(heard, body["trigger_id"])

    SocketModeHandler(app, "xapp-sandbox").start()


def kept(heard: Any, name: str) -> None:
    """The event is dealt with."""
    heard.write(f"{name}\n")


def answer(client: WebClient, event: dict[str, Any]) -> None:
    """One answer in the thread, with buttons and the question's timestamp as its key."""
    time.sleep(THINKING)
    buttons = [{"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name}} for name in BUTTONS]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": ANSWER}}, {"type": "actions", "elements": buttons}]
    metadata = {"event_type": "vigil_suggestion", "event_payload": {"key": event["ts"]}}
    client.chat_postMessage(
        channel=event["channel"], thread_ts=event["ts"], text=ANSWER, blocks=blocks, metadata=metadata
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
