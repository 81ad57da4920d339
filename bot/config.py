"""Every setting and its default, as one frozen Config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.config_chat import Lark as Lark
from bot.config_chat import Slack as Slack

AUTO = "auto"  # language of a channel where Vigil writes as its people do
DRAFT_THRESHOLD, POST_THRESHOLD = 0.4, 0.6
"""What each mode needs where no threshold is set: a private draft may be noisier than what a whole channel reads.

Over judged turns of communities that triage never saw, .74 of the drafts and .80 of the posts follow a message after which
help was wanted; see README.
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """How Vigil behaves in one channel; `threshold` is as it is set, 0 for the mode's own: ask `speaks_at`."""

    mode: str = "shadow"
    threshold: float = 0.0
    hold_minutes: float = 5.0
    language: str = AUTO
    helpers: tuple[str, ...] = ()
    helpers_channel: str = ""
    oncall: str = ""
    alert_bots: tuple[str, ...] = ()
    evidence: float = 0.55
    cooldown_minutes: float = 10.0
    per_thread_per_hour: int = 2
    per_channel_per_hour: int = 12
    repeat_days: float = 7.0
    quiet_hours: str = ""
    business_hours: str = "09:00-18:00"
    business_days: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    time_zone: str = "UTC"
    follow_up_hours: float = 4.0
    follow_up_cap: int = 2
    ask_solved: bool = True
    risky_words: tuple[str, ...] = (
        "data loss",
        "lost data",
        "leaked",
        "breach",
        "security incident",
        "billing",
        "invoice",
    )
    helpful_reactions: tuple[str, ...] = ("+1", "thumbsup", "THUMBSUP")
    unhelpful_reactions: tuple[str, ...] = ("-1", "thumbsdown", "ThumbsDown")
    resolved_reactions: tuple[str, ...] = ("white_check_mark", "heavy_check_mark", "DONE", "CheckMark")
    not_request_reactions: tuple[str, ...] = ("see_no_evil", "SHHH")
    remove_reactions: tuple[str, ...] = ("wastebasket", "CrossMark")
    approvers: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    auto_approve_per_day: int = 0
    cards_per_day: int = 10
    digest_days: float = 7.0

    @property
    def speaks_at(self) -> float:
        """The score (0..1) from which a turn counts as a need: the threshold that is set, else the mode's own."""
        return self.threshold or (POST_THRESHOLD if self.mode == "public" else DRAFT_THRESHOLD)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the database is; the index cache and the lock lie beside it."""

    path: str = "data/vigil.db"
    retention_days: float = 0.0


@dataclass(frozen=True, slots=True)
class Embedding:
    """Which model turns text into vectors: a name or a folder; empty means the one that ships with Vigil."""

    model: str = ""
    threads: int = 1


@dataclass(frozen=True, slots=True)
class TriageSettings:
    """Which weights score the need for help: a file that `vigil train` wrote; empty means those that ship with Vigil."""

    model: str = ""


@dataclass(frozen=True, slots=True)
class LLM:
    """Which language model composes and judges, and what it may cost; `models` goes by task, `prices` by model.

    A price is (tokens read, read from the cache, put into the cache, written), each for a million; a budget of 0 is none.
    """

    enabled: bool = False
    base_url: str = ""
    api_key_file: str = ""
    model: str = "claude-sonnet-5-5"
    models: Mapping[str, str] = field(
        default_factory=lambda: {"judge": "claude-haiku-5-5", "rewrite": "claude-haiku-5-5"}
    )
    timeout_seconds: float = 20.0
    retries: int = 2
    at_once: int = 8
    thinking_tokens: int = 2048
    effort: str = "low"
    doubt_from: float = 0.3
    doubt_to: float = 0.6
    tokens_per_day: int = 2_000_000
    cost_per_day: float = 0.0
    channel_tokens_per_day: int = 500_000
    channel_cost_per_day: float = 0.0
    prices: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    hand_over: tuple[str, ...] = (
        "data loss", "lost data", "security", "breach", "leaked", "billing", "invoice", "refund",
        "数据丢失", "丢数据", "安全", "泄露", "账单", "发票", "退款",
    )  # fmt: skip
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Rules for what is learned."""

    second_approver: bool = True
    learn: bool = True
    review_case_days: float = 180.0
    review_section_days: float = 0.0
    review_precedent_days: float = 0.0
    gaps_day: str = "mon"
    gaps_least: int = 2


@dataclass(frozen=True, slots=True)
class Output:
    """Where links in Vigil's messages may lead, beside the workspace's own messages and what an answer's sources vouch for."""

    link_hosts: tuple[str, ...] = ()
    link_schemes: tuple[str, ...] = ("https", "http")


@dataclass(frozen=True, slots=True)
class RedactionSettings:
    """What is kept although it looks like a secret or personal data: words, and patterns between slashes."""

    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Console:
    """Where `/healthz` and `/metrics` are served, when something counts as wrong, and which channel is told of it."""

    host: str = "127.0.0.1"
    port: int = 8321
    ops_channel: str = ""
    deaf_seconds: float = 20.0
    stuck_seconds: float = 120.0
    late_seconds: float = 120.0
    probe_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Jobs:
    """How often the errands run, in seconds, how far back catch-up looks, in hours, and how much is thought at once."""

    follow_up_seconds: float = 60.0
    learn_seconds: float = 60.0
    catch_up_seconds: float = 300.0
    retention_seconds: float = 3600.0
    watch_seconds: float = 3600.0
    curate_seconds: float = 60.0
    gaps_seconds: float = 3600.0
    catch_up_hours: float = 72.0
    answer_within_hours: float = 2.0
    hands: int = 32


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set, in one value."""

    slack: Slack = field(default_factory=Slack)
    lark: Lark = field(default_factory=Lark)
    store: StoreSettings = field(default_factory=StoreSettings)
    embedding: Embedding = field(default_factory=Embedding)
    triage: TriageSettings = field(default_factory=TriageSettings)
    llm: LLM = field(default_factory=LLM)
    knowledge: Knowledge = field(default_factory=Knowledge)
    redaction: RedactionSettings = field(default_factory=RedactionSettings)
    output: Output = field(default_factory=Output)
    console: Console = field(default_factory=Console)
    jobs: Jobs = field(default_factory=Jobs)
    defaults: Rules = field(default_factory=Rules)
    channels: Mapping[str, Rules] = field(default_factory=dict)
    administrators: tuple[str, ...] = ()
    log_level: str = "info"

    @property
    def chats(self) -> Mapping[str, Slack | Lark]:
        """The chat platforms that are switched on, by name."""
        known: dict[str, Slack | Lark] = {"slack": self.slack, "lark": self.lark}
        return {name: chat for name, chat in known.items() if chat.enabled}

    def rules(self, channel_id: str, name: str = "") -> Rules:
        """The rules of a channel, looked up by full id, platform id or name; the defaults where nothing is set."""
        for key in (channel_id, channel_id.rsplit(":", 1)[-1], name, f"#{name}"):
            if key in self.channels:
                return self.channels[key]
        return self.defaults
