"""A local workspace that speaks Slack's wire protocol, with a web page and with faults that can be switched on."""

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
from bot.sandbox.models import Call, Json, Refused, SandboxError
from bot.sandbox.people import Asked
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.workspace import APP_ID, APP_USER, BOT_ID, Workspace

__all__ = [
    "APP_ID",
    "APP_USER",
    "BOT_ID",
    "Asked",
    "Call",
    "Cut",
    "Delay",
    "Drop",
    "Duplicate",
    "Fault",
    "Faults",
    "Hang",
    "HangOpen",
    "Json",
    "Late",
    "NoHello",
    "RateLimit",
    "Refused",
    "Reorder",
    "Sandbox",
    "SandboxError",
    "ServerError",
    "TooMany",
    "Workspace",
]
