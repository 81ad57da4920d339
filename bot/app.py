"""The composition root: a Config becomes a running Vigil; the one file that names adapters."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config import Config, Lark, Slack
from bot.llm.base import Alive, Voice
from bot.memory import Memory
from bot.models import VigilError
from bot.outcomes import Act
from bot.outgoing_links import Links
from bot.platforms.base import Asking, Facts, Listener, Platform, Stranger
from bot.tally import Tally
from knowledge.redaction import Redaction
from knowledge.redaction_keep import keep_list

if TYPE_CHECKING:
    from knowledge.embedding import CachedEmbedder, Embedder
    from knowledge.library import KnowledgeBase

Clock = Callable[[], float]


def owner() -> str:
    """A name for this process's leases: the machine, the process, and when that process was born."""
    return f"{socket.gethostname()}:{os.getpid()}:{born(os.getpid()) or time.time_ns()}"


def gone(holder: str) -> bool:
    """Whether the process that a lease names surely runs no more; somebody else's machine cannot be asked.

    Process ids are used again, in a container even at once: a process that was born at another time is another one.
    """
    host, pid, birth = holder.split("/")[0].split(":", 2)
    return host == socket.gethostname() and Path("/proc/self/stat").exists() and born(int(pid)) != birth


def born(pid: int) -> str:
    """When a process was born, in the kernel's ticks since boot; "" when there is none, or that cannot be told."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def embedder(config: Config) -> CachedEmbedder:
    """The configured embedding model, loaded at first use; `hashing` is the one without a model, for trials."""
    from knowledge.embedding import CachedEmbedder, HashingEmbedder, SentenceEmbedder

    if config.embedding.model == "hashing":
        return CachedEmbedder(HashingEmbedder())
    return CachedEmbedder(SentenceEmbedder(config.embedding.model, threads=config.embedding.threads))


def redaction(config: Config) -> Redaction:
    """What takes secrets and personal data out of every text that comes in, with the team's list of what is kept."""
    return Redaction(keep_list(config.redaction.keep))


def links(config: Config) -> Links:
    """Where links in messages may lead."""
    return Links(config.output.link_hosts, config.output.link_schemes)


def cache_path(config: Config) -> Path:
    """Where the vector index's cache lies."""
    return Path(config.store.path).with_suffix(".index")


def knowledge_base(config: Config, store: Memory, model: Embedder, cache: Path | None) -> KnowledgeBase:
    """The knowledge base over the database; `cache` None keeps the index in memory."""
    from knowledge.curation import judge
    from knowledge.library import KnowledgeBase

    return KnowledgeBase(store.entries, model, cache, redaction(config), config.knowledge.second_approver, judge)


def require(config: Config) -> None:
    """Raise VigilError, in one line, when no chat platform is switched on or one lacks a secret. Loads nothing."""
    if not config.chats:
        raise VigilError("no chat platform is enabled; set [slack] or [lark] enabled = true")
    for chat in config.chats.values():
        _whole(chat.lacks())


def platforms(config: Config, facts: Facts | None = None, asking: Asking = str) -> Mapping[str, Platform]:
    """The mouths: one Platform a configured chat platform, by name; raises VigilError when none can be used.

    In `facts` they keep what must outlast the process. `asking` is told of every call to a platform ("call"), and of each
    that was answered by a limit ("limited").
    """
    if not config.chats:
        require(config)
    return {name: platform(config, name, facts, asking) for name in config.chats}


def platform(config: Config, name: str, facts: Facts | None = None, asking: Asking = str) -> Platform:
    """One platform's mouth; raises VigilError when it lacks what posting takes."""
    lacks = _chat(config, name).lacks()
    _whole({what: say for what, say in lacks.items() if what != "app token"})  # that one is for listening
    if name == "slack":
        from bot.platforms.slack import SlackPlatform

        return SlackPlatform(config.slack, redaction(config), facts, asking, links=links(config))
    from bot.platforms.lark import LarkPlatform

    return LarkPlatform(config.lark, redaction(config), facts, asking, links=links(config))


def _chat(config: Config, name: str) -> Slack | Lark:
    if name not in config.chats:
        raise VigilError(f"there is no platform called {name!r} that is switched on")
    return config.chats[name]


def _whole(lacks: Mapping[str, str]) -> None:
    if lacks:
        raise VigilError(next(iter(lacks.values())))


def listener(
    config: Config, name: str, tally: Tally | None = None, refused: Callable[[Act], object] = str
) -> Listener:  # fmt: skip
    """The ears of one platform; `tally` counts what they hear, `refused` hears what comes from another team or app."""
    _whole(_chat(config, name).lacks())

    def turned_away(stranger: Stranger) -> None:
        refused(Act(stranger.actor, f"hear: {stranger.why}", stranger.kind, False))

    redact, allowed, probe = redaction(config), links(config), config.console.probe_seconds
    if name == "slack":
        from bot.platforms.slack_listener import SlackListener

        return SlackListener(config.slack, redact, tally=tally, probe_seconds=probe, refused=turned_away, links=allowed)
    from bot.platforms.lark_listener import LarkListener

    return LarkListener(config.lark, redact, tally=tally, probe_seconds=probe, refused=turned_away, links=allowed)


def speaks(config: Config) -> bool:
    """Whether a language model is switched on; raises VigilError when it is and cannot be asked. Loads nothing."""
    llm = config.llm
    if not llm.enabled:
        return False
    if not llm.api_key and not llm.base_url:
        raise VigilError(
            "[llm] is enabled without a key: set ANTHROPIC_API_KEY, name a file in [llm] api_key_file, or name a server "
            "that needs none in [llm] base_url"
        )
    if not all(33 <= ord(character) <= 126 for character in llm.api_key):
        raise VigilError("the API key holds spaces, line ends or letters that no key has; copy it again, alone")
    return True


def voice(config: Config, alive: Alive = lambda: None, candid: bool = False) -> Voice | None:
    """The configured language model, None without one; raises VigilError as `speaks` does.

    `alive` is called between tries, `candid` is as in Claude. Loading takes two seconds: for the worker, not for listeners.
    """
    if not speaks(config):
        return None
    from bot.llm.claude import Claude

    return Claude(config.llm, alive, candid=candid)
