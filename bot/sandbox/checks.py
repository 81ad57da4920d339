"""Refuses blocks and views as Slack refuses them: unknown types, texts over their limits, ids given twice."""

import json
from typing import Any

from bot.sandbox.check_elements import Problems, check_element, check_text
from bot.sandbox.models import Json, Refused

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
# Blocks that this sandbox passes through without looking inside.
OPAQUE = frozenset(
    [
        "rich_text",
        "video",
        "table",
        "call",
        "task_card",
        "plan",
        "alert",
        "card",
        "container",
        "carousel",
        "auth_provider",
    ]
)
MARKDOWN_TOTAL = 12_000


def checked_blocks(value: Any) -> list[Json]:
    """Blocks of a message, given as a list or as JSON text; raises Refused("invalid_blocks") with Slack's messages."""
    blocks = parsed(value, "invalid_blocks_format")
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    problems = Problems()
    check_blocks(blocks, problems, "/blocks", limit=MESSAGE_BLOCKS)
    if problems.messages:
        raise Refused("invalid_blocks", errors=problems.messages, response_metadata={"messages": problems.messages})
    return name_blocks(blocks)


def checked_view(value: Any, kinds: tuple[str, ...]) -> Json:
    """A view given as an object or JSON text; raises Refused("invalid_arguments") with Slack's messages."""
    view = parsed(value, "invalid_arguments")
    problems = Problems()
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] must provide an object: view"]})
    if view.get("type") not in kinds:
        problems.add("/view/type", f"must be one of: {', '.join(kinds)}")
    blocks = view.get("blocks")
    if isinstance(blocks, list):
        check_blocks(blocks, problems, "/view/blocks", limit=VIEW_BLOCKS)
    else:
        problems.add("/view", "missing required field: blocks")
    if view.get("type") == "modal":
        check_modal(view, problems)
    for key, limit in (("callback_id", 255), ("external_id", 255), ("private_metadata", 3000)):
        if len(str(view.get(key) or "")) > limit:
            problems.add(f"/view/{key}", f"must be less than {limit + 1} characters")
    if problems.messages:
        raise Refused("invalid_arguments", response_metadata={"messages": problems.messages})
    return {**view, "blocks": name_blocks(view["blocks"])}


def check_modal(view: Json, problems: Problems) -> None:
    for key in ("title", "submit", "close"):
        if key in view or key == "title":
            check_text(view.get(key), problems, f"/view/{key}", limit=24, plain=True)
    if "submit" not in view and any(block.get("type") == "input" for block in view.get("blocks") or []):
        problems.add("/view", "missing required field: submit")


def parsed(value: Any, code: str) -> Any:
    """An argument that may come as JSON text; raises Refused(code) when the text is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise Refused(code) from error


def name_blocks(blocks: list[Json]) -> list[Json]:
    """The same blocks with a block_id and action_ids where the app gave none, as Slack fills them in."""
    named = []
    for number, block in enumerate(blocks):
        copy = {"block_id": f"blk{number}", **block}
        if "elements" in copy and copy["type"] == "actions":
            copy["elements"] = [{"action_id": f"act{i}", **element} for i, element in enumerate(copy["elements"])]
        if "accessory" in copy and copy["accessory"].get("type") != "image":
            copy["accessory"] = {"action_id": "act0", **copy["accessory"]}
        named.append(copy)
    return named


def check_blocks(blocks: list[Any], problems: Problems, pointer: str, limit: int) -> None:
    if len(blocks) > limit:
        problems.add(pointer, f"no more than {limit} items allowed")
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        here = f"{pointer}/{number}"
        if not isinstance(block, dict):
            problems.add(here, "must provide an object")
            continue
        block_id = block.get("block_id")
        if block_id is not None:
            problems.length(f"{here}/block_id", str(block_id), 255)
            if block_id in seen:
                problems.add(f"{here}/block_id", f"block_id already exists: {block_id}")
            seen.add(str(block_id))
        check_block(block, problems, here)
    markdown = (str(block.get("text") or "") for block in blocks if isinstance(block, dict) and is_markdown(block))
    if sum(map(len, markdown)) > MARKDOWN_TOTAL:
        problems.add(pointer, f"markdown text must be less than {MARKDOWN_TOTAL + 1} characters in total")


def is_markdown(block: Json) -> bool:
    return block.get("type") == "markdown"


def check_block(block: Json, problems: Problems, here: str) -> None:
    match block.get("type"):
        case "section":
            check_section(block, problems, here)
        case "header":
            check_text(block.get("text"), problems, f"{here}/text", limit=150, plain=True)
        case "divider":
            return
        case "context":
            check_elements(block, problems, here, limit=10)
        case "actions" | "context_actions":
            check_elements(block, problems, here, limit=25 if block["type"] == "actions" else 5)
        case "image":
            problems.length(f"{here}/alt_text", block.get("alt_text"), 2000, required=True)
            if "image_url" not in block and "slack_file" not in block:
                problems.add(here, "missing required field: image_url")
        case "input":
            check_text(block.get("label"), problems, f"{here}/label", limit=2000, plain=True)
            if "hint" in block:
                check_text(block["hint"], problems, f"{here}/hint", limit=2000, plain=True)
            check_element(block.get("element"), problems, f"{here}/element")
        case "markdown":
            problems.length(f"{here}/text", block.get("text"), MARKDOWN_TOTAL, required=True)
        case "file":
            problems.length(f"{here}/external_id", block.get("external_id"), 255, required=True)
        case other if other in OPAQUE:
            return
        case other:
            problems.add(f"{here}/type", f"unsupported type: {other}")


def check_section(block: Json, problems: Problems, here: str) -> None:
    fields = block.get("fields")
    if "text" in block:
        check_text(block["text"], problems, f"{here}/text", limit=3000)
    elif not fields:
        problems.add(here, "must provide text or fields")
    if isinstance(fields, list):
        if len(fields) > 10:
            problems.add(f"{here}/fields", "no more than 10 items allowed")
        for number, text in enumerate(fields):
            check_text(text, problems, f"{here}/fields/{number}", limit=2000)
    if "accessory" in block:
        check_element(block["accessory"], problems, f"{here}/accessory")


def check_elements(block: Json, problems: Problems, here: str, limit: int) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        problems.add(f"{here}/elements", "no fewer than 1 items allowed")
        return
    if len(elements) > limit:
        problems.add(f"{here}/elements", f"no more than {limit} items allowed")
    seen: set[str] = set()
    for number, element in enumerate(elements):
        pointer = f"{here}/elements/{number}"
        if block["type"] == "context" and isinstance(element, dict) and element.get("type") in ("mrkdwn", "plain_text"):
            check_text(element, problems, pointer, limit=3000)
            continue
        check_element(element, problems, pointer)
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if action_id is not None and action_id in seen:
            problems.add(f"{pointer}/action_id", f"action_id already exists: {action_id}")
        seen.add(str(action_id))
