"""The other side of the load trial, in a process of its own: a workspace of many channels, and the people who talk there."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy as np
from bench_channel import channel

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import BOT_ID, Sandbox, Workspace
from bot.sandbox.models import Json

PEOPLE = 30
QUESTION = "<@U0VIGIL> how do I raise the upload limit? The upload of a large file fails with error 413, case {}."
ANSWER_PATIENCE = 600.0


def workspace(channels: int) -> Workspace:
    """So many public channels, with everybody and Vigil in all of them."""
    people: list[Json] = [{"id": f"U0P{n:03}", "name": f"person{n}"} for n in range(PEOPLE)]
    everybody = [*(row["id"] for row in people), "U0VIGIL"]
    rooms: list[Json] = [{"id": f"C0L{n:03}", "name": f"load-{n}", "members": everybody} for n in range(channels)]
    data: Json = {"team": {"id": "T0LOAD", "name": "Load", "domain": "load"}, "users": people, "channels": rooms}
    return Workspace(data, scopes=scopes(), events=events(), retry_after=(3.0,) * 20, rate_limits=True)


def spoken(count: int, channels: int, share: float) -> Iterator[tuple[str, str, str, str]]:
    """(channel, author, text, thread) of each message: the sample's conversations spread over the channels.

    Every message in 1/`share` asks Vigil itself, in a thread of its own.
    """
    each = round(1 / share) if share else 0
    talk = iter(channel(count))
    for number in range(count):
        room = f"C0L{(number // max(1, each)) % channels:03}"
        if each and number % each == each // 2:
            yield room, f"U0P{number % PEOPLE:03}", QUESTION.format(number), f"question {number}"
            continue
        said = next(talk)
        round_ = int(said.thread.partition("/")[0])
        author = f"U0P{hash_of(said.author) % PEOPLE:03}"
        yield f"C0L{(round_ * 7 + hash_of(said.thread)) % channels:03}", author, said.text, said.thread


def hash_of(text: str) -> int:
    """A number of the text that is the same in every run."""
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(text))


def talk(box: Sandbox, per_minute: float, count: int, channels: int, share: float) -> list[tuple[str, str, bool]]:
    """Say it all at the rate; (channel, ts, whether Vigil was asked) of each message."""
    roots, said = dict[str, str](), list[tuple[str, str, bool]]()
    start = time.monotonic()
    for number, (room, author, text, thread) in enumerate(islice(spoken(count, channels, share), count)):
        time.sleep(max(0.0, start + 60 * number / per_minute - time.monotonic()))
        ts = box.say(room, author, text, roots.get(thread))
        roots.setdefault(thread, ts)
        said.append((room, ts, thread.startswith("question")))
    return said


def figures(box: Sandbox, said: list[tuple[str, str, bool]], ended: float, lag: float) -> Json:
    """What the workspace saw: acknowledgements, what was given up, and who was answered how often, by when."""
    acks = [1000 * seconds for seconds in box.ack_times]
    answers = Counter(str(m.get("thread_ts")) for c in box.workspace.channels for m in box.all_messages(c)
                      if m.get("bot_id") == BOT_ID)  # fmt: skip
    asked = [ts for _, ts, question in said if question]
    refused = Counter(f"{call.method}: {call.outcome}" for call in box.calls if call.outcome != "ok")
    return {
        "ack_p50_ms": round(float(np.percentile(acks, 50)), 1), "ack_p99_ms": round(float(np.percentile(acks, 99)), 1),
        "ack_max_ms": round(max(acks), 1), "acks": len(acks), "not_acknowledged": len(box.dropped) + len(box.unacked()),
        "said": len(said), "asked": len(asked), "unanswered": sum(answers[ts] == 0 for ts in asked),
        "answered_twice": sum(answers[ts] > 1 for ts in asked), "refused_calls": dict(refused),
        "last_answer_s": round(time.monotonic() - ended, 1), "speaker_late_s": round(lag, 2),
        "timestamps": [f"slack:T0LOAD:{room}:{ts}" for room, ts, _ in said],
    }  # fmt: skip


def play(*numbers: str) -> None:
    """Open the workspace, tell its address, talk when told to, and tell what was seen once all were answered.

    `numbers` are the messages a minute, how many in all, the channels, and the share that asks Vigil itself.
    """
    per_minute, count, channels, share = float(numbers[0]), int(numbers[1]), int(numbers[2]), float(numbers[3])
    with Sandbox(workspace(channels)) as box:
        print(json.dumps({"api": box.api_url}), flush=True)
        sys.stdin.readline()
        box.wait_connected(timeout=60)
        begun = time.monotonic()
        said = talk(box, per_minute, count, channels, share)
        ended = time.monotonic()
        print(json.dumps({"ended": time.time()}), flush=True)
        wanted = {(room, ts) for room, ts, asked in said if asked}
        until = ended + ANSWER_PATIENCE
        while wanted and time.monotonic() < until:
            wanted = {(room, ts) for room, ts in wanted if len(box.messages(room, ts)) < 2}
            time.sleep(0.2)
        print(json.dumps(figures(box, said, ended, ended - begun - 60 * (count - 1) / per_minute)), flush=True)
        sys.stdin.readline()
