"""What a failed call to Lark means: refused for good, to be tried later, or with an unknown outcome; pure."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from bot.models import VigilError
from bot.platforms.base import SendLater, SendRefused, SendUnknown
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.chat_pace import TooFast

APP_LIMIT, CHAT_LIMIT = 99991400, 230020
# The app's limits on a call, the tenant's, and those of old names for sending; after them the limit of one chat.
_RATE = frozenset((APP_LIMIT, 99991402, 11020, 11021, 11232, 11233, 11247, CHAT_LIMIT))
# Lark's own words for "some of it may have happened"; 230049 says that the same message is on its way just now.
_UNSURE = frozenset((2200, 5000, 55001, 1500, 230049))
STALE_TOKEN = frozenset((99991661, 99991663, 99991664, 99991665))
NO_SCOPE = 99991672
GONE = frozenset((230011, 231003, 230110, 230111))
"""The message was recalled or is nowhere."""
TOO_OLD = frozenset((230009,))
"""The message cannot be recalled any more."""
BAD_CARD = frozenset((230099, 230025))
_NOTHING_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)

INVITE = "add the bot to the chat: chat settings, Bots, Add bot"
SECRET = "copy App ID and App Secret from the app's Credentials page into [lark] app_id and LARK_APP_SECRET"
PUBLISH = "and publish a new version of the app"
BOT = f"switch the bot on in the developer console under Features, Bot, {PUBLISH}"
REMEDIES = {
    10003: f"the app id is wrong, or belongs to the other of Feishu and Lark (see [lark] domain); {SECRET}",
    10014: f"the app secret is wrong; {SECRET}",
    10012: f"the app is not in force; publish a version of it and have it approved; {SECRET}",
    11205: BOT,
    230006: BOT,
    99991401: "this machine's address is not on the app's list of allowed addresses; add it under Security Settings",
    230001: "Lark does not know the chat, message or person, or cannot read the message",
    230002: INVITE,
    230009: "a message can be recalled for a day only",
    230011: "the message was recalled",
    230012: "only Vigil's own messages can be changed",
    230013: f"widen the app's availability to this person in the developer console, {PUBLISH}",
    230018: "the chat's settings forbid it; ask the chat's owner to let the bot speak",
    230019: "the topic is gone",
    230022: "Lark's content filter refuses these words",
    230025: "the message is too long for Lark",
    230026: "only Vigil's own messages can be recalled",
    230027: f"a permission is missing: add im:message.group_msg and im:message to the app, {PUBLISH}",
    230028: "the company's data-loss filter refuses these words",
    230029: "the person has left the company",
    230031: "a card can be changed for 14 days only",
    230035: "the bot may not speak there; ask the chat's owner",
    230038: "people of other companies take no direct messages from an app",
    230050: "the message cannot be seen by the bot",
    230053: "the person takes no messages from this bot",
    230054: "that cannot be done with this kind of message",
    230072: "the message was changed as often as Lark allows",
    230075: "the message is too old to be changed",
    230110: "the message was deleted",
    231003: "the message was recalled or never existed",
    232006: "there is no such chat",
    232009: "the chat was dissolved; take it out of the configuration",
    232011: INVITE,
    41050: f"the person is outside the app's contact range; widen it in the developer console, {PUBLISH}",
    42002: "there is no such user group; use its id",
}


class Refusal(SendRefused):
    """Lark says no; `code` is its error code, 0 where it gives none."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def code_of(answer: Table) -> int:
    """Lark's code, 0 for a success; -1 where there is none."""
    code = answer.get("code")
    return code if type(code) is int else -1


def failed(call: str, status: int, answer: Table, headers: Mapping[str, Any]) -> VigilError:
    """What a reply that is not a success means."""
    code = code_of(answer)
    if status == 429 or code in _RATE:
        chat = code == CHAT_LIMIT
        wait = retry_after(headers, 1.0 if chat else 30.0)
        return TooFast(f"Lark asks to wait {wait:g} s before the next {call}", wait, not chat)
    if code > 0 and status < 500 and code not in _UNSURE and code // 100 != 5:
        return Refusal(code, f"Lark refuses {call} ({code}): {_remedy(code, answer)}")
    if 300 <= status < 500 and code not in _UNSURE:
        return SendLater(f"HTTP {status} in answer to {call}: check lark.domain and the proxy", 30.0)
    return SendUnknown(f"Lark's answer to {call} does not say whether it was done (HTTP {status}, code {code})")


def retry_after(headers: Mapping[str, Any], unsaid: float) -> float:
    """Seconds to wait, as Lark's gateway says it; `unsaid` when it does not."""
    told = {name.lower(): str(value).strip() for name, value in headers.items()}
    for name in ("x-ogw-ratelimit-reset", "retry-after"):
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", told.get(name, "")):
            return max(1.0, float(told[name]))
    return unsaid


def scopes_of(answer: Table) -> tuple[str, ...]:
    """The permissions of which a refused call needs one."""
    named = [text(row, "subject") for row in rows(table(answer, "error"), "permission_violations")]
    return tuple(scope for scope in named if re.fullmatch(r"[a-z0-9_.:]{3,80}", scope))


def _remedy(code: int, answer: Table) -> str:
    if code == NO_SCOPE:
        scopes = " or ".join(scopes_of(answer)) or "that Lark names in the developer console"
        return f"the app lacks the permission {scopes}; add it under Permissions & Scopes, {PUBLISH}"
    said = REMEDIES.get(code)
    detail = " ".join(text(answer, "msg").split())[:200]
    return said if said else f"Lark says: {detail}" if detail else "see Lark's reference"


def broken(call: str, error: BaseException) -> VigilError:
    """What it means that no whole reply came back."""
    if any(isinstance(one, _NOTHING_SENT) for one in _causes(error)):
        why = type(error).__name__
        return SendLater(f"cannot reach Lark for {call} ({why}): check the network and lark.domain", 1.0)
    return SendUnknown(f"no whole answer to {call} ({type(error).__name__}): it may or may not have been done")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made of; libraries wrap the socket's own error several times."""
    one: BaseException | None = error
    for _ in range(10):
        if one is None:
            return
        yield one
        one = one.__cause__ or one.__context__
