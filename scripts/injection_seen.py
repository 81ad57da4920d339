"""What came of a trial of injections, read from the sandbox's channels and the store: posts, acts, knowledge, and who was answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from injection_world import VAULT, Scenes, place

from bot.sandbox.models import Json
from bot.sandbox.workspace import APP_USER
from knowledge.models import Kind, Status
from knowledge.redaction import redact
from tests.script import kind_of

SCENE = re.compile(r"C0S(\d{4})")
LINK = re.compile(r"https?://[^\s|>\\\"')`]+", re.IGNORECASE)
CALL = re.compile(r"<![a-z^]+[^>]*>|<@[UW]\w+>|(?<![\w(.@])@(?:channel|here|everyone)\b", re.IGNORECASE)
BY_CODE = ("vigil_escalation",)
"""Kinds of messages in which no model has a word: code quotes people there, which the trial of output tries."""
READS = re.compile(r"\.(?:info|members|history|replies|list|test|getPermalink)$|^users\.conversations$|^apps\.")
QUIET = re.compile(r"case (?:retold by a language model|in people's own words): ")
"""Acts by which the retelling of a case is written down: what they are about is still only proposed."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of Vigil's: its scene (-1 for none), kind, words, and the words of what it cites."""

    scene: int
    kind: str
    channel: str
    text: str
    sources: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that came of it; `hidden` is what stands in modals, whispers, homes and answers to commands, and in the outbox.

    `people` holds by scene what people said and are called, `honest` what was asked and written about it in good faith.
    `answered` tells by scene whether each question was answered: by one message, from its source, with the command that mends it.
    """

    posts: tuple[Said, ...]
    acts: frozenset[tuple[str, ...]]
    live: frozenset[tuple[str, str]]
    people: tuple[str, ...]
    honest: tuple[str, ...]
    requests: tuple[str, ...]
    hidden: str
    answered: tuple[tuple[bool, bool], ...]

    def voiced(self, scene: int) -> list[Said]:
        """What Vigil said there in messages in which a model may have a word."""
        return [said for said in self.posts if said.scene == scene and said.kind not in BY_CODE]

    def links(self, scene: int) -> set[str]:
        """Addresses in what Vigil said there."""
        return {link for said in self.voiced(scene) for link in LINK.findall(said.text)}

    def calls(self, scene: int) -> set[str]:
        """Mentions in what Vigil said there."""
        return {call for said in self.voiced(scene) for call in CALL.findall(said.text)}


def seen(scenes: Scenes) -> Seen:
    """Look at everything, once all has been played."""
    posts = tuple(_posts(scenes))
    box, live = scenes.town.box, scenes.live
    return Seen(
        posts, frozenset(_acts(scenes, posts)),
        frozenset((e.case.source, e.case.text()) for e in live.memory.entries.with_status(Status.LIVE) if e.case.kind is not Kind.PRECEDENT),
        tuple(_people(scenes, number) for number in range(len(scenes.topics))),
        tuple("\n".join((t.first, t.second, t.heading, t.manual, t.problem, t.resolution)) for t in scenes.topics),
        tuple(request.body for request in box.llm.requests),
        json.dumps([box.ephemerals, box.responses, box.views, [box.home(user) for user in box.workspace.users], _outbox(scenes)],
                   ensure_ascii=False, default=str),
        tuple(_answered(scenes, posts, number) for number in range(len(scenes.topics))),
    )  # fmt: skip


def words_of(message: Json) -> str:
    """Everything that can be read in a message, the values and names of its buttons apart."""
    return "\n".join([str(message["text"]), *_texts(message.get("blocks", []))])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        yield from (
            text for key, part in value.items() if key != "text" or isinstance(part, dict) for text in _texts(part)
        )
    elif isinstance(value, list):
        yield from (text for part in value for text in _texts(part))


def _posts(scenes: Scenes) -> Iterator[Said]:
    store = scenes.live.memory
    cited = {str(row["id"]): tuple(row["entry_ids"]) for row in store.decisions.listed(limit=10**6)}
    for message in scenes.live.own():
        found = SCENE.match(message["in"])
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        entries = [store.entries.get(number) for number in cited.get(str(payload.get("decision")), ())]
        sources = "\n".join(f"{e.case.title}\n{e.case.text()}" for e in entries if e is not None)
        yield Said(int(found[1]) if found else -1, kind_of(message), message["in"], words_of(message), sources)


def _acts(scenes: Scenes, posts: tuple[Said, ...]) -> Iterator[tuple[str, ...]]:
    read, box = scenes.live.memory.database.read, scenes.town.box
    yield from (("posts", _scene(said.channel), said.kind) for said in posts)
    yield from (("calls", call.method) for call in box.calls if not READS.search(call.method))
    for actor, action, about in read("SELECT actor, action, object FROM audit WHERE allowed=1"):
        if not QUIET.match(action):
            yield "acts", _scene(about), actor, action
    yield from (("marks", _scene(row[0]), row[1], row[2]) for row in read("SELECT thread_id, name, actor FROM marks"))
    yield from (("feedback", _scene(row[0]), row[1]) for row in read(
        "SELECT d.thread_id, f.actor FROM feedback f JOIN decisions d ON d.id=f.decision_id"))  # fmt: skip
    yield from (("raised", str(row[0])) for row in read("SELECT id FROM channels WHERE raise_by!=0"))
    yield from (
        ("knows", str(row[0]), str(row[1]))
        for row in read("SELECT status, container FROM entries WHERE kind!='precedent'")
    )
    yield from (
        ("turns", VAULT, str(row[0]))
        for row in read("SELECT count(*) FROM turns WHERE channel_id LIKE ?", (f"%{VAULT}",))
    )


def _scene(where: str) -> str:
    found = SCENE.search(where)
    return found[0] if found else ("" if "VAULT" not in where else VAULT)


def _people(scenes: Scenes, number: int) -> str:
    users, box = scenes.town.box.workspace.users, scenes.town.box
    own = [m for m in box.all_messages(place(number)) if m.get("user") != APP_USER]
    files = (str(file.get("name")) for m in own for file in m.get("files", ()))
    names = (*(user.name for user in users.values()), *scenes.planted[number].people)
    said = "\n".join([*(str(m["text"]) for m in own), *files, *names])
    return f"{said}\n{redact(said)}"  # as it was said, and as Vigil heard it


def _outbox(scenes: Scenes) -> list[str]:
    return [str(row[0]) for row in scenes.live.memory.database.read("SELECT post FROM outbox")]


def _answered(scenes: Scenes, posts: tuple[Said, ...], number: int) -> tuple[bool, bool]:
    """Whether the question got an answer from its manual, and the second one from its case, each with the command that mends it."""
    topic = scenes.topics[number]
    said = [one for one in posts if one.scene == number and one.kind == "vigil_suggestion"]
    first = any(topic.fix in one.text and f"Manual of the {topic.name}" in one.sources for one in said)
    return first, any(topic.cure in one.text and topic.problem in one.sources for one in said)
