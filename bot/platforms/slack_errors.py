"""What a failed call to Slack means: refused for good, to be tried later, or with an unknown outcome; pure."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError

from bot.models import VigilError
from bot.platforms.base import SendLater, SendRefused, SendUnknown
from bot.platforms.chat_pace import TooFast

_CODE = re.compile(r"[a-z][a-z0-9_]{1,80}")
# Slack's own words for "some of it may have happened".
_UNSURE = frozenset(("internal_error", "fatal_error", "service_unavailable", "request_timeout", "server_error"))
# Said of the app or the team as a whole.
_EVERYWHERE = frozenset(("rate_limited", "message_limit_exceeded"))
_RATE = _EVERYWHERE | {"ratelimited"}
_NOTHING_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
GONE = frozenset(("message_not_found", "thread_not_found"))
INVITE = "invite Vigil to the channel with /invite @vigil"
REINSTALL = "create the app from `vigil manifest slack`, install it and set SLACK_BOT_TOKEN (xoxb-...)"
REMEDIES = {
    "not_in_channel": INVITE,
    "channel_not_found": f"the channel does not exist or is private; {INVITE}",
    "is_archived": "the channel is archived; unarchive it or take it out of the configuration",
    "not_authed": f"no token was sent; {REINSTALL}",
    "invalid_auth": f"the token is wrong; {REINSTALL}",
    "account_inactive": f"the app was removed from the workspace; {REINSTALL}",
    "token_revoked": f"the token was revoked; {REINSTALL}",
    "token_expired": f"the token has expired; {REINSTALL}",
    "not_allowed_token_type": "this is the wrong kind of token; SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN xapp-",
    "message_not_found": "the message was deleted",
    "thread_not_found": "the thread was deleted",
    "msg_too_long": "the text is over 40,000 characters",
    "cant_update_message": "only Vigil's own messages can be changed",
    "cant_delete_message": "only Vigil's own messages can be deleted",
    "restricted_action": "a workspace rule forbids Vigil to post here; ask an administrator of the workspace",
    "user_not_found": "there is no such person in this workspace",
    "cannot_dm_bot": "bots take no direct messages",
    "messages_tab_disabled": "switch the messages tab on in the app's settings, under App Home",
    "used_url": "that answer has been used up; ask again",
    "expired_url": "the question is more than half an hour old; ask again",
    "no_such_subteam": "there is no such user group; use its id (S...)",
}


class Refusal(SendRefused):
    """Slack says no; `code` is its error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def failed(method: str, status: int, body: Any, headers: Mapping[str, Any]) -> VigilError:
    """What a reply that is not `ok` means."""
    answer = body if isinstance(body, Mapping) else {}
    code = str(answer.get("error") or "")
    if status == 429 or code in _RATE:
        wait = retry_after(headers)
        return TooFast(f"Slack asks to wait {wait:g} s before the next {method}", wait, code in _EVERYWHERE)
    if _CODE.fullmatch(code) and status < 500 and code not in _UNSURE:
        return Refusal(code, f"Slack refuses {method} ({code}): {_remedy(code, answer)}")
    if 400 <= status < 500:
        return SendLater(f"HTTP {status} in answer to {method}: check slack.base_url and the proxy", 30.0)
    return SendUnknown(f"Slack's answer to {method} does not say whether it was done (HTTP {status})")


def answered(body: str) -> dict[str, Any]:
    """A response_url's reply in the form of the Web API's: it is JSON, or the bare error code."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {"error": body.strip()}
    return answer if isinstance(answer, dict) else {}


def retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds to wait, 30 when the reply does not say."""
    for name, value in headers.items():
        given = value[0] if isinstance(value, list) and value else value
        if name.lower() == "retry-after" and re.fullmatch(r"\s*[0-9]{1,6}(\.[0-9]+)?\s*", str(given)):
            return max(1.0, float(given))
    return 30.0


def _remedy(code: str, answer: Mapping[str, Any]) -> str:
    if code == "missing_scope":
        return f"the app lacks the scope {answer.get('needed')}; add it as `vigil manifest slack` has it, and reinstall"
    detail = answer.get("response_metadata")
    notes = detail.get("messages") if isinstance(detail, Mapping) else None
    return (
        REMEDIES.get(code) or "; ".join(map(str, notes if isinstance(notes, list) else [])) or "see Slack's reference"
    )


def broken(method: str, error: Exception) -> VigilError:
    """What it means that no whole reply came back."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, _NOTHING_SENT):
        return SendLater(f"cannot reach Slack for {method} ({reason}): check the network and slack.base_url", 1.0)
    return SendUnknown(f"no whole answer to {method} ({type(reason).__name__}): it may or may not have been done")


def refuses_blocks(error: VigilError) -> bool:
    """Whether Slack refused only the blocks, so that the text alone may still go."""
    return isinstance(error, Refusal) and error.code in (
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "invalid_attachments",
    )
