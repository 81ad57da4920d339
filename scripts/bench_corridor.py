#!/usr/bin/env python3
"""Measures the corridor on this machine: messages over the real socket, replay, start and search, beside the bare model."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench_channel import channel, write
from bench_live import Watch, approval, play
from rich.console import Console
from rich.table import Table

from bot import demo
from bot.config import Config
from bot.memory import open_memory
from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Sandbox, Workspace
from knowledge.embedding import SentenceEmbedder
from knowledge.pretrained import DEFAULT_MODEL, load

BATCH = 32
PEAK = 4000 / 60
"""Messages a second of a very large workspace at its peak."""
CONFIG = """[slack]
base_url = "{api}"
[store]
path = "{folder}/vigil.db"
[console]
port = {port}
[defaults]
mode = "public"
hold_minutes = 0.0             # so that every message goes the whole way, search and post included
"""


def model(texts: Sequence[str]) -> dict[str, float]:
    """The embedding model alone on the same texts: 32 to a call as fast as it can, and one by one, as graph and as it came."""
    threads = Config().embedding.threads
    bare, original = SentenceEmbedder(threads=threads), load(DEFAULT_MODEL, threads)
    bare.embed(texts[:BATCH])
    batched = _seconds(lambda: [bare.embed(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)])
    some = texts[: max(20, len(texts) // 4)]
    single = _seconds(lambda: [bare.embed([text]) for text in some])
    plain = _seconds(lambda: [original.encode([text], show_progress_bar=False) for text in some])
    alike = (bare.embed(some) * original.encode(some, normalize_embeddings=True, show_progress_bar=False)).sum(1)
    return {
        "batch_per_second": round(len(texts) / batched, 1),
        "single_ms": round(1000 * single / len(some), 2),
        "original_ms": round(1000 * plain / len(some), 2),
        "least_cosine": round(float(alike.min()), 6),
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def live(count: int, rate: float, paced: int) -> dict[str, Any]:
    """Start, pace, burst and approval of a real `vigil run` against the sandbox workspace."""
    messages = channel(paced + 2 * count)
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as name, sample() as box:
        folder, port = Path(name), demo.free_port()
        (folder / "config.toml").write_text(CONFIG.format(api=box.api_url, folder=folder, port=port))
        ingest = _seconds(lambda: demo.command(folder, "ingest", str(demo.SAMPLE / "runbooks"), "--json"))
        heard = ThreadPoolExecutor(1).submit(_connected, box)
        with demo.running(folder, port) as since:
            ready, listening = time.monotonic() - since, heard.result() - since
            memory = open_memory(folder / "vigil.db")
            sections = len(memory.entries.since(0))
            with Watch(memory) as watch:
                slow = play(box, watch, messages[:paced], rate).figures()
                peak = play(box, watch, messages[paced : paced + count], PEAK).figures()
                fast = play(box, watch, messages[paced + count :], None).figures()
            found = approval(box, memory, folder)
        return {
            "live": {"rate": rate, "paced": slow, "peak": peak, "burst": fast},
            "start": {
                "listening_s": round(listening, 2),
                "ready_s": round(ready, 2),
                "ingest_s": round(ingest, 2),
                "sections": sections,
            },
            "knowledge": found,
        }


def sample() -> Sandbox:
    """The sample workspace."""
    return Sandbox(Workspace.from_json(demo.WORKSPACE, scopes=scopes(), events=events()))


def _connected(box: Sandbox) -> float:
    """The monotonic time at which the listener hears the workspace."""
    box.wait_connected(timeout=demo.READY_SECONDS)
    return time.monotonic()


def helped(runs: int = 5) -> float:
    """Best wall time of `vigil --help` in seconds."""
    line = [sys.executable, "-m", "bot.cli", "--help"]
    return min(_seconds(lambda: subprocess.run(line, stdout=subprocess.DEVNULL, check=True)) for _ in range(runs))


def replayed(count: int) -> dict[str, Any]:
    """`vigil replay` over the same channel, with the runbooks as knowledge."""
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as name:
        file = Path(name) / "generated.jsonl"
        write(channel(count), file)
        line = [
            sys.executable,
            "-m",
            "bot.cli",
            "replay",
            str(file),
            "--json",
            "--knowledge",
            str(demo.SAMPLE / "runbooks"),
        ]
        out = subprocess.run(line, cwd=name, capture_output=True, text=True, check=True).stdout
    figures = json.loads(out.strip().splitlines()[-1])
    kept = ("messages", "messages_per_second", "ms_per_message_without_embedding", "stages")
    return {key: figures[key] for key in kept}


def measure(count: int, rate: float, paced: int) -> dict[str, Any]:
    """Everything, one after another, so that nothing competes with what is measured."""
    before = os.getloadavg()[0]
    found: dict[str, Any] = {"model": model([said.text for said in channel(count)])}
    found["start"] = {"help_s": round(helped(), 3)}
    found["replay"] = replayed(count)
    measured = live(count, rate, paced)
    found["start"] |= measured.pop("start")
    found |= measured
    found["machine"] = {
        "cores": os.cpu_count(),
        "load_before": round(before, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    return found


def rows(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """The table: what, figure, beside the bare model, aim."""
    bare, single = found["model"]["batch_per_second"], found["model"]["single_ms"]
    lines = [("model, 32 texts a call", f"{bare} /s", "1", ""), ("model, one by one", f"{single} ms", "1", "")]
    slow = found["model"]["original_ms"]
    lines.append(("the same by sentence-transformers", f"{slow} ms", f"{slow / single:.2f} x", ""))
    spoken, again = found["live"], found["replay"]
    lines += _spoken(f"live, {spoken['rate']:g}/s", spoken["paced"], single)
    lines += _spoken("live, 4,000 a minute", spoken["peak"], None)
    lines += _spoken("live, all at once", spoken["burst"], None)
    lines += [_rate(name, found, bare) for name in ("live", "replay")]
    outside = again["ms_per_message_without_embedding"]
    lines.append(("replay: outside embedding, a message", f"{outside} ms", f"{outside * bare / 1000:.2f} x", "<= 1 ms"))
    start, known = found["start"], found["knowledge"]
    ready = f"{start['listening_s']} / {start['ready_s']} s"
    lines.append((f"start to listening / ready, {start['sections']} sections", ready, "", "< 10 s"))
    lines.append(("vigil --help, best of 5", f"{start['help_s']} s", "", "< .3 s"))
    lines.append(("approved by command to found by the worker", f"{known['approved_to_found_s']} s", "", "< 1 s"))
    return lines


def _spoken(name: str, part: dict[str, float], single: float | None) -> list[tuple[str, str, str, str]]:
    """Three lines on one way of speaking; `single` is the model's time for one text where queueing does not blur it."""
    spread = " / ".join(f"{part[f'decided_p{p}_ms']:g}" for p in (50, 95, 99))
    ways = " / ".join(f"{part[f'{key}_p50_ms']:g}" for key in ("stored", "waited", "thought"))
    ratio, aim = (f"{part['decided_p50_ms'] / single:.2f} x", "p50 < 50, p99 < 250 ms") if single else ("", "")
    return [
        (f"{name}: decided p50 / p95 / p99", f"{spread} ms", ratio, aim),
        (f"{name}: p50 stored / waited / thought", f"{ways} ms", "", ""),
        (f"{name}: ack p50 / p99", f"{part['ack_p50_ms']:g} / {part['ack_p99_ms']:g} ms", "", "p99 < 300 ms"),
    ]


def _rate(name: str, found: dict[str, Any], bare: float) -> tuple[str, str, str, str]:
    rate = (found["live"]["burst"] if name == "live" else found[name])["messages_per_second"]
    return f"{name}: messages, all at once", f"{rate} /s", f"{rate / bare:.2f} x", ""


def show(found: dict[str, Any]) -> None:
    """Print the table."""
    machine = found["machine"]
    table = Table("what", "figure", "beside the model", "aim", title=f"{machine['cores']} cores, load {machine['load_before']} "
                  f"to {machine['load_after']}")  # fmt: skip
    for row in rows(found):
        table.add_row(*row)
    Console(width=120).print(table)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=120, help="messages of each part but the paced one")
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second of the paced part")
    parser.add_argument("--paced", type=int, default=150, help="messages of the paced part")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args()
    found = measure(options.messages, options.rate, options.paced)
    print(json.dumps(found)) if options.json else show(found)


if __name__ == "__main__":
    main()
