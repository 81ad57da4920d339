"""No sentence that people read stands outside the catalogues: what is posted is put together from them alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import bot
from bot.dialogue import alerts, triage
from bot.dialogue.weights import Weights
from bot.dialogue.wording_cues import CUES_CHINESE

ROOT = Path(bot.__file__).parent
FOLDERS = ("dialogue", "jobs")
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
SHOWN = {
    "Message": ("text", "title", "sources", "source_label", "quiet"),
    "Source": ("title", "url", "note"),
    "Button": ("action", "label"),
    "Choice": ("action", "label"),
    "Suggestion": ("text",),
    "Timing": ("speaks", "until", "reason"),
    "FollowUp": ("person", "state", "reason"),
    "replace": ("value",),
}
"""What is made of texts for people, and its first fields by place."""
TEXTS = {"text", "title", "source_label", "quiet", "note", "label", "reason", "hint", "placeholder", "submit"}
PARTS = {"append", "extend", "join"}
SAYING = {"say", "words", "table", "age", "percent", "state_name", "speechless", "cue"}


def literals(node: ast.AST) -> Iterator[ast.Constant]:
    """The texts in an expression, but not keys that are looked up, names that are compared, or what a call was given."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            for part in (node.func.value, *node.args):
                yield from literals(part)
    elif isinstance(node, (ast.Compare, ast.Subscript, ast.Lambda)):
        return
    elif isinstance(node, ast.FormattedValue):
        yield from literals(node.value)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    else:
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


def shown(tree: ast.Module) -> Iterator[ast.Constant]:
    """Texts in the fields that people read."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rsplit(".", 1)[-1]
        fields = SHOWN.get(name, ())
        for field, value in [*zip(fields, node.args, strict=False), *((k.arg, k.value) for k in node.keywords)]:
            if field in TEXTS and name in SHOWN:
                yield from literals(value)


def built(tree: ast.Module) -> Iterator[ast.Constant]:
    """Texts in f-strings that also hold a text of the catalogues, and in lists of lines that do."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and any(_says(part) for part in ast.walk(node)):
            yield from (v for v in node.values if isinstance(v, ast.Constant) and isinstance(v.value, str))


def _says(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in SAYING


def test_texts_for_people_come_from_the_catalogues() -> None:
    strays = []
    for path in (path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.py"))):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for text in (*shown(tree), *built(tree)):
            if WORD.search(re.sub(r"`[^`]*`|vigil_\w+|case-|entry-", "", str(text.value))):
                strays.append(f"{path.name}:{text.lineno}: {text.value!r}")
    assert strays == []


def test_the_guard_sees_a_sentence_that_strays() -> None:
    tree = ast.parse('Message(f"{say(l, \'x\')} and more", quiet="by hand")\nf"{say(l, k)}: see there"')
    strays = [text.value for text in (*shown(tree), *built(tree))]
    assert sorted(set(strays)) == [" and more", ": see there", "by hand"]


def test_all_that_triage_counts_has_a_chinese_name() -> None:
    sources = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (triage, alerts))
    silent = re.findall(r'return (?:0\.0, |1\.0, )?"([^"]{8,})"', sources)
    assert {*Weights.load().names, triage.WORDING, *triage.BACK, *silent} - CUES_CHINESE.keys() == set()
