"""The code as a tree: every module of bot/ and knowledge/ parsed, and who imports whom."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def sources() -> Mapping[str, ast.Module]:
    """Every module of bot/ and knowledge/ by its dotted name."""
    files = (path for folder in ("bot", "knowledge") for path in sorted((ROOT / folder).rglob("*.py")))
    return {module_of(path): ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in files}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def file_of(module: str) -> Path:
    base = ROOT.joinpath(*module.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def imports(module: str, tree: ast.AST) -> Iterator[tuple[str, int]]:
    """(module, line) of all that a file imports anywhere in it; `from bot import app` counts as bot.app."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: say the whole name of what is imported"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield (whole if whole in sources() else str(node.module)), node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield (
                ast.literal_eval(node.args[0]),
                node.lineno,
            )  # a module chosen at run time breaks this test, and rightly


@cache
def inner_imports() -> tuple[tuple[str, str, str], ...]:
    """(where, importing module, imported module) of every import of bot and knowledge by each other."""
    return tuple(
        (f"{file_of(module).relative_to(ROOT)}:{line}", module, target)
        for module, tree in sources().items()
        for target, line in imports(module, tree)
        if target.split(".")[0] in ("bot", "knowledge")
    )


def outside_imports() -> Iterator[tuple[str, str, str]]:
    """(where, importing module, top-level package) of every import of somebody else's code."""
    ours = {*sys.stdlib_module_names, "bot", "knowledge"}
    for module, tree in sources().items():
        for target, line in imports(module, tree):
            if (top := target.split(".")[0]) not in ours:
                yield f"{file_of(module).relative_to(ROOT)}:{line}", module, top


def listed(breaches: list[str]) -> str:
    return "\n" + "\n".join(sorted(set(breaches)))
