"""Checks a card as Lark does before it shows it, JSON 2.0 and the older form, and says what is left of it in history."""

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.sandbox.lark_models import Denied
from bot.sandbox.models import Json

MAX_ELEMENTS, MAX_TABLES, MAX_DEPTH = 200, 5, 5
TEMPLATES = frozenset(
    (
        "blue",
        "wathet",
        "turquoise",
        "green",
        "yellow",
        "orange",
        "red",
        "carmine",
        "violet",
        "purple",
        "indigo",
        "grey",
        "default",
    )
)
CONTAINERS = frozenset(("column_set", "column", "form", "interactive_container", "collapsible_panel", "repeat"))
INPUTS = frozenset(
    (
        "button",
        "checker",
        "date_picker",
        "input",
        "multi_select_person",
        "multi_select_static",
        "overflow",
        "picker_datetime",
        "picker_time",
        "select_img",
        "select_person",
        "select_static",
    )
)
SHOWN = frozenset(
    ("audio", "chart", "div", "hr", "img", "img_combination", "markdown", "person", "person_list", "table")
)
NEW_TAGS = CONTAINERS | INPUTS | SHOWN
OLD_TAGS = frozenset(
    ("div", "hr", "img", "action", "note", "markdown", "column_set", "column", *INPUTS, *SHOWN, "form")
)
BEHAVIORS = frozenset(("callback", "open_url", "form_action"))
BUTTONS = frozenset(
    ("default", "primary", "danger", "text", "primary_text", "danger_text", "primary_filled", "danger_filled", "laser")
)
ELEMENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")


def checked_card(content: str) -> Json:
    """The card; raises Denied(230099) with a sentence that says where it is wrong."""
    try:
        card = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise wrong(200621, f"parse card json err, please check whether the card json is correct: {error}") from error
    if not isinstance(card, dict):
        raise wrong(200621, "parse card json err, the card is no object")
    if card.get("type") == "template" or card.get("type") == "card":
        return card
    new = is_new(card)
    elements = list(every(card))
    check_header(card.get("header"))
    if len(elements) > MAX_ELEMENTS:
        raise wrong(11310, "element exceeds the limit", str(MAX_ELEMENTS))
    if sum(element["tag"] == "table" for _, element in elements) > MAX_TABLES:
        raise wrong(11310, "card table number over limit", "table")
    names = [str(element["element_id"]) for _, element in elements if "element_id" in element]
    if len(names) != len(set(names)):
        raise wrong(300301, "element_id is not unique in the card")
    for _, element in elements:
        check_element(element, new)
    return card


def is_new(card: Json) -> bool:
    """Whether it is a card of JSON 2.0; raises Denied when it has no elements where its form has them."""
    if card.get("schema") not in (None, "1.0", "2.0"):
        raise wrong(200621, "unknown schema", str(card["schema"])[:60])
    new = card.get("schema") == "2.0"
    if new and not isinstance(held(card, "body").get("elements"), list):
        raise wrong(200621, "parse card json err, body.elements is required")
    if new and "elements" in card:
        raise wrong(200861, "cards of schema V2 no longer support this capability", "elements outside of body")
    if not new and not any(isinstance(card.get(key), list | dict) for key in ("elements", "i18n_elements")):
        raise wrong(200621, "parse card json err, elements is required")
    return new


def held(part: Json, key: str) -> Json:
    """The object under a key, {} when there is none."""
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def every(card: Json) -> Iterator[tuple[int, Json]]:
    """Every element of a card with how deep it is nested, from the outside in."""
    body = held(card, "body") if card.get("schema") == "2.0" else card
    for elements in (body.get("elements"), *held(body, "i18n_elements").values()):
        if isinstance(elements, list):
            yield from each(elements, 0)


def each(elements: list[Any], depth: int) -> Iterator[tuple[int, Json]]:
    if depth > MAX_DEPTH + 1:
        raise wrong(200621, "elements are nested too deeply")
    for item in elements:
        if not isinstance(item, dict) or not isinstance(item.get("tag"), str):
            raise wrong(200621, "an element has no tag", str(item)[:60])
        yield depth, item
        yield from inside(item, depth + 1)


def inside(element: Json, depth: int) -> Iterator[tuple[int, Json]]:
    for key in ("elements", "columns", "actions"):
        parts = element.get(key)
        if isinstance(parts, list) and element["tag"] not in ("note", "table", "person_list"):
            yield from each(parts, depth)
    if "tag" in held(element, "extra"):
        yield from each([element["extra"]], depth)


def check_header(header: object) -> None:
    if header is None:
        return
    title = header.get("title") if isinstance(header, dict) else None
    if not isinstance(header, dict) or not isinstance(title, dict):
        raise wrong(200621, "parse card json err, header.title is required")
    check_text(title, "header.title")
    if str(header.get("template", "default")) not in TEMPLATES:
        raise wrong(200621, "unknown header template", str(header["template"]))


def check_text(text: object, where: str) -> None:
    if not isinstance(text, dict) or text.get("tag") not in ("plain_text", "lark_md"):
        raise wrong(200621, f"{where} must be plain_text or lark_md")
    if not isinstance(text.get("content"), str) and not isinstance(text.get("i18n_content"), dict):
        raise wrong(200621, f"{where} has no content")


def check_element(element: Json, new: bool) -> None:
    tag = element["tag"]
    if tag not in (NEW_TAGS if new else OLD_TAGS):
        if new and tag in OLD_TAGS:
            said = "cards of schema V2 no longer support this capability"
            raise wrong(200861, said, f"unsupported tag {tag}")
        raise wrong(200621, "unknown element tag", tag)
    if "element_id" in element and not ELEMENT_ID.fullmatch(str(element["element_id"])):
        raise wrong(
            300302, "element_id must be letters, digits and underscores, at most 20", str(element["element_id"])
        )
    if tag == "markdown" and not isinstance(element.get("content"), str):
        raise wrong(200621, "markdown has no content")
    if tag == "div" and "text" in element:
        check_text(element["text"], "div.text")
    if tag == "img" and not element.get("img_key"):
        raise wrong(200570, "img_key is required")
    columns = element.get("columns")
    if tag == "column_set" and not (isinstance(columns, list) and all(part["tag"] == "column" for part in columns)):
        raise wrong(200621, "column_set holds columns only")
    if tag == "button":
        check_button(element)
    if tag == "form" and not element.get("name"):
        raise wrong(200530, "form needs a name")
    if tag == "input":
        check_input(element)


def check_input(element: Json) -> None:
    longest, given = element.get("max_length", 1000), element.get("default_value", "")
    if not isinstance(longest, int) or not 1 <= longest <= 1000:
        raise wrong(200621, "input max_length must be between 1 and 1000", str(longest)[:60])
    if not isinstance(given, str) or len(given) > longest:
        raise wrong(200621, "input default_value is longer than max_length")


def check_button(button: Json) -> None:
    if "text" in button:
        check_text(button["text"], "button.text")
    elif "icon" not in button:
        raise wrong(200621, "a button needs text or an icon")
    if str(button.get("type", "default")) not in BUTTONS:
        raise wrong(200621, "unknown button type", str(button["type"]))
    behaviors = button.get("behaviors")
    for behavior in behaviors if isinstance(behaviors, list) else [behaviors] if behaviors else []:
        if not isinstance(behavior, dict) or str(behavior.get("type")) not in BEHAVIORS:
            raise wrong(200621, "unknown behavior", str(behavior)[:60])
        if behavior["type"] == "open_url" and not str(behavior.get("default_url") or "").strip():
            raise wrong(200621, "open_url needs default_url")


def wrong(code: int, said: str, value: str = "") -> Denied:
    more = f"; ErrorValue: {value}" if value else ""
    return Denied(230099, f"ErrCode: {code}; ErrMsg: {said}{more};")


def shared(card: Json) -> bool:
    """Whether all see the same card, which is what may be updated: always in JSON 2.0, on request in the older form."""
    return card.get("schema") == "2.0" or held(card, "config").get("update_multi") is True


def seen_card(card: Json) -> Json:
    """What history and events give of a card: its title and the texts of its elements, line by line."""
    lines = []
    for _, element in every(card):
        text = element.get("content") if element["tag"] == "markdown" else held(element, "text").get("content")
        if text:
            lines.append([{"tag": "button" if element["tag"] == "button" else "text", "text": text}])
    return {"title": held(held(card, "header"), "title").get("content"), "elements": lines}
