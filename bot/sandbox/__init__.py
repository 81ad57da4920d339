"""Local workspaces that speak Slack's and Lark's wire protocols, with a web page and with faults to switch on."""

from bot.sandbox.asked import Asked
from bot.sandbox.faults import (
    Cut,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Faults,
    Hang,
    HangOpen,
    Late,
    NoHello,
    RateLimit,
    Reorder,
    ServerError,
    TooMany,
)
from bot.sandbox.lark_faults import Code
from bot.sandbox.lark_sandbox import LarkSandbox
from bot.sandbox.lark_workspace import LarkWorkspace, Reconnect
from bot.sandbox.messages_api import Endpoint
from bot.sandbox.messages_faults import (
    Broken,
    Declined,
    Empty,
    Garbage,
    OffShape,
    Overloaded,
    Refuses,
    Trickle,
    Truncated,
    Waits,
    WrongTool,
)
from bot.sandbox.models import Call, Json, Refused, SandboxError
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.workspace import APP_ID, APP_USER, BOT_ID, Workspace

__all__ = [
    "APP_ID",
    "APP_USER",
    "BOT_ID",
    "Asked",
    "Broken",
    "Call",
    "Code",
    "Cut",
    "Declined",
    "Delay",
    "Drop",
    "Duplicate",
    "Empty",
    "Endpoint",
    "Fault",
    "Faults",
    "Garbage",
    "Hang",
    "HangOpen",
    "Json",
    "LarkSandbox",
    "LarkWorkspace",
    "Late",
    "NoHello",
    "OffShape",
    "Overloaded",
    "RateLimit",
    "Reconnect",
    "Refused",
    "Refuses",
    "Reorder",
    "Sandbox",
    "SandboxError",
    "ServerError",
    "TooMany",
    "Trickle",
    "Truncated",
    "Waits",
    "Workspace",
    "WrongTool",
]
