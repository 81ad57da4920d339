"""Holds the shape of every file to the rules of the house: short, explained, with no state and no lost errors."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.tree import ROOT, file_of, listed, sources

CHANGING = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard", "clear"}


def test_every_file_begins_with_a_sentence() -> None:
    breaches = []
    for module, tree in sources().items():
        first = (ast.get_docstring(tree) or "").split("\n\n")[0]
        if len(first.split()) < 4 or not first.endswith("."):
            breaches.append(f"{file_of(module).relative_to(ROOT)}: begins with {first[:60]!r}")
    assert breaches == [], listed(breaches)


def test_no_file_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
    assert [str(file_of(module)) for module in sources() if drawers & set(module.split(".")[-1].split("_"))] == []


def test_files_and_functions_are_short() -> None:
    breaches = []
    for module, tree in sources().items():
        where = file_of(module).relative_to(ROOT)
        lines = len(file_of(module).read_text(encoding="utf-8").splitlines())
        if lines > 220:
            breaches.append(f"{where}: {lines} lines, at most 220")
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 45:
                    breaches.append(f"{where}:{node.lineno}: {node.name} has {length} lines, at most 45")
    assert breaches == [], listed(breaches)


def test_no_error_is_swallowed() -> None:
    breaches = []
    for module, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or all(map(idle, node.body))):
                breaches.append(f"{file_of(module).relative_to(ROOT)}:{node.lineno}: the error goes nowhere")
    assert breaches == [], listed(breaches)


def idle(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, (ast.Pass, ast.Continue))


def test_no_module_holds_state() -> None:
    """No clients, locks, settings or registries: a module's names are constants, values and compiled patterns."""
    fine = values() | {"TypeVar", "ParamSpec", "Path", "ZoneInfo", "Sieve"}  # a Sieve is compiled patterns
    breaches = []
    for module, tree in sources().items():
        for line, what in [*held(tree, fine), *changed(tree)]:
            breaches.append(f"{file_of(module).relative_to(ROOT)}:{line}: {what}")
    assert breaches == [], listed(breaches)


def values() -> set[str]:
    """Names of our frozen dataclasses and named tuples."""
    names: dict[str, list[bool]] = defaultdict(list)
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                signs = [ast.unparse(sign) for sign in (*node.decorator_list, *node.bases)]
                names[node.name].append(any("frozen=True" in sign or "NamedTuple" in sign for sign in signs))
    return {name for name, frozen in names.items() if all(frozen)}


def held(tree: ast.Module, fine: set[str]) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for call in (n for n in ast.walk(node.value) if isinstance(n, ast.Call)):
            name = ast.unparse(call.func).split(".")[-1]
            if (name[:1].isupper() and name not in fine) or name in ("getenv", "open", "connect"):
                yield node.lineno, f"{name} is made when the module is loaded"
        if "environ" in ast.unparse(node.value):
            yield node.lineno, "the environment is read when the module is loaded"


def changed(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names of the module that its functions bind anew or fill."""
    targets = [t for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)) for t in bound(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"
        elif (name := filled(node)) in targets:
            yield getattr(node, "lineno", 0), f"{name} is changed"


def filled(node: ast.AST) -> str:
    """The name of the container that this very node changes, "" when none."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return ast.unparse(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        return ast.unparse(node.func.value)
    return ""


def bound(node: ast.Assign | ast.AnnAssign) -> list[str]:
    return [ast.unparse(target) for target in (node.targets if isinstance(node, ast.Assign) else [node.target])]
