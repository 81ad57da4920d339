"""What the app answers outside the Web API: in an acknowledgement, or at a response URL."""

import copy
from typing import Any

from bot.sandbox import api_views, posting
from bot.sandbox.api_chat import content
from bot.sandbox.arguments import Args
from bot.sandbox.checks import checked_view
from bot.sandbox.core import Core, ResponseUrl
from bot.sandbox.models import Json, OpenView, Refused
from bot.sandbox.web_api import record


def respond(core: Core, key: str, body: Json) -> None:
    """A POST to a response URL: a new message, or a change of the one that was clicked; raises Refused."""
    with core.changed:
        url = core.take_response_url(key)
        core.responses.append({"channel": url.channel, "user": url.user, "body": body})
        if body.get("delete_original"):
            change_original(core, url, None)
        elif body.get("replace_original") and url.message_ts:
            change_original(core, url, content(Args(body)))
        else:
            say_answer(core, url, body)
        core.changed.notify_all()


def say_answer(core: Core, url: ResponseUrl, body: Json) -> None:
    """Show the answer to the one who asked, or to the channel when the app says in_channel."""
    channel = core.workspace.channels[url.channel]
    draft = content(Args(body)) | {"bot_id": posting.by_app(core)["bot_id"]}
    if body.get("thread_ts"):
        draft["thread_ts"] = str(body["thread_ts"])
    if body.get("response_type") == "in_channel":
        posting.post(core, channel, draft | posting.by_app(core))
        return
    if url.thread_ts:
        draft.setdefault("thread_ts", url.thread_ts)
    posting.whisper(core, channel, url.user, draft)


def change_original(core: Core, url: ResponseUrl, fields: Json | None) -> None:
    """Replace (or, with None, delete) the message whose button was clicked."""
    channel = core.workspace.channels[url.channel]
    whispered = next((m for m in core.ephemerals if m["ts"] == url.message_ts), None)
    if whispered is not None:
        core.ephemerals.remove(whispered)
        if fields is not None:
            whispered = {**whispered, "blocks": [], **fields}
            core.ephemerals.append(whispered)
        core.tell("ephemeral", ephemeral=copy.deepcopy(whispered) | {"deleted": fields is None})
    elif fields is None:
        posting.delete(core, channel, url.message_ts)
    else:
        posting.edit(core, channel, url.message_ts, "", **{"blocks": None, **fields})


def command_acknowledged(core: Core, channel: str, user: str, answer: Json) -> None:
    """Text or blocks in the acknowledgement of a command are shown like an answer at its response URL."""
    if answer.get("text") or answer.get("blocks"):
        core.responses.append({"channel": channel, "user": user, "body": answer})
        say_quietly(core, ResponseUrl(channel, user), answer)


def say_quietly(core: Core, url: ResponseUrl, answer: Json) -> None:
    """Say it, or note in `calls` why Slack would have dropped it: an acknowledgement has no reply."""
    try:
        say_answer(core, url, answer)
    except Refused as refusal:
        record(core, "(ack)", answer, refusal.code)


def submission_acknowledged(core: Core, open_view: OpenView, answer: Json) -> None:
    """Apply the response_action of a view submission: errors, update, push, clear; nothing closes the modal."""
    try:
        apply_response_action(core, open_view, answer)
    except Refused as refusal:
        record(core, "(ack)", answer, refusal.code)


def apply_response_action(core: Core, open_view: OpenView, answer: Json) -> None:
    match answer.get("response_action"):
        case "errors":
            open_view.errors = {str(key): str(text) for key, text in dict(answer.get("errors") or {}).items()}
            shown: dict[str, Any] = {"view": copy.deepcopy(open_view.view), "errors": open_view.errors}
            core.tell("view", view_id=open_view.id, user=open_view.user, **shown)
        case "update":
            api_views.replace(core, open_view, checked_view(answer.get("view"), ("modal",)))
        case "push":
            api_views.show(core, open_view.user, checked_view(answer.get("view"), ("modal",)), open_view)
        case "clear":
            for other in [view for view in core.views.values() if view.user == open_view.user]:
                api_views.close(core, other.id)
        case _:
            api_views.close(core, open_view.id)
