"""Checks text objects and interactive elements against Slack's limits."""

from typing import Any

from bot.sandbox.models import Json

SELECTS = frozenset(
    f"{many}{what}_select"
    for many in ("", "multi_")
    for what in ("static", "external", "users", "conversations", "channels")
)
INPUTS = frozenset(
    [
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
        "datepicker",
        "timepicker",
        "datetimepicker",
    ]
)
BUTTONS = frozenset(("button", "workflow_button", "icon_button", "feedback_buttons"))
OPTIONS = {"overflow": (1, 5), "checkboxes": (1, 10), "radio_buttons": (1, 10), "static_select": (1, 100)}


class Problems:
    """Collects what is wrong, each with the JSON pointer to it, in Slack's wording."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, pointer: str, text: str) -> None:
        self.messages.append(f"[ERROR] {text} [json-pointer:{pointer}]")

    def length(self, pointer: str, value: Any, limit: int, required: bool = False) -> None:
        """A string of at most `limit` characters; when required, of at least one."""
        if value is None and not required:
            return
        if not isinstance(value, str):
            self.add(pointer, "must be a string")
        elif required and not value:
            self.add(pointer, "must be more than 0 characters")
        elif len(value) > limit:
            self.add(pointer, f"must be less than {limit + 1} characters")


def check_text(value: Any, problems: Problems, pointer: str, limit: int, plain: bool = False) -> None:
    """A text object: plain_text or mrkdwn, not empty, within its limit."""
    if not isinstance(value, dict):
        problems.add(pointer, "missing required field: text" if value is None else "must provide an object")
        return
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if value.get("type") not in kinds:
        problems.add(f"{pointer}/type", f"must be one of: {', '.join(kinds)}")
    problems.length(f"{pointer}/text", value.get("text"), limit, required=True)


def check_element(element: Any, problems: Problems, here: str) -> None:
    """One element of an actions, context, section or input block."""
    if not isinstance(element, dict):
        problems.add(here, "must provide an object")
        return
    kind = str(element.get("type"))
    problems.length(f"{here}/action_id", element.get("action_id"), 255)
    if kind == "image":
        problems.length(f"{here}/alt_text", element.get("alt_text"), 2000, required=True)
    elif kind in BUTTONS:
        check_button(element, kind, problems, here)
    elif kind in SELECTS or kind in OPTIONS:
        check_options(element, kind, problems, here)
    elif kind not in INPUTS:
        problems.add(f"{here}/type", f"unsupported type: {kind}")
    if "placeholder" in element:
        check_text(element["placeholder"], problems, f"{here}/placeholder", limit=150, plain=True)
    if "confirm" in element:
        check_confirm(element["confirm"], problems, f"{here}/confirm")


def check_button(element: Json, kind: str, problems: Problems, here: str) -> None:
    if kind in ("icon_button", "feedback_buttons"):
        return
    check_text(element.get("text"), problems, f"{here}/text", limit=75, plain=True)
    problems.length(f"{here}/value", element.get("value"), 2000)
    problems.length(f"{here}/url", element.get("url"), 3000)
    if element.get("style") not in (None, "primary", "danger"):
        problems.add(f"{here}/style", "must be one of: primary, danger")


def check_options(element: Json, kind: str, problems: Problems, here: str) -> None:
    if "static" not in kind and kind not in OPTIONS:
        return
    low, high = OPTIONS.get(kind.removeprefix("multi_"), (1, 100))
    groups = element.get("option_groups")
    lists = [group.get("options") for group in groups] if isinstance(groups, list) else [element.get("options")]
    for options in lists:
        if not isinstance(options, list) or len(options) < low:
            problems.add(f"{here}/options", f"no fewer than {low} items allowed")
            continue
        if len(options) > high:
            problems.add(f"{here}/options", f"no more than {high} items allowed")
        for number, option in enumerate(options):
            pointer = f"{here}/options/{number}"
            text = option.get("text") if isinstance(option, dict) else None
            check_text(text, problems, f"{pointer}/text", limit=75)
            problems.length(f"{pointer}/value", option.get("value") if isinstance(option, dict) else None, 150)


def check_confirm(confirm: Any, problems: Problems, here: str) -> None:
    if not isinstance(confirm, dict):
        problems.add(here, "must provide an object")
        return
    check_text(confirm.get("title"), problems, f"{here}/title", limit=100, plain=True)
    check_text(confirm.get("text"), problems, f"{here}/text", limit=300)
    for key in ("confirm", "deny"):
        if key in confirm:
            check_text(confirm[key], problems, f"{here}/{key}", limit=30, plain=True)
