"""Made-up credentials of vendors that no rule of redaction names, and ids of the same looks that open nothing."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LOWER, DIGITS, HEX = string.ascii_lowercase, string.digits, "0123456789abcdef"
WORD = string.ascii_letters + DIGITS
Make = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Fresh:
    """A text; from `start` to `end` (characters) stands a secret, or, with `secret` False, what only looks like one."""

    family: str
    secret: bool
    text: str
    start: int
    end: int


def _of(alphabet: str, length: int) -> Make:
    return lambda dice: "".join(dice.choices(alphabet, k=length))


def _row(*parts: str | Make) -> Make:
    return lambda dice: "".join(part if isinstance(part, str) else part(dice) for part in parts)


def _uuid(dice: random.Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


# Forms as the vendors' documentation shows them. `looked_at` were looked at while the generic rules were widened, `held_out` never.
SECRETS: Mapping[str, Mapping[str, Make]] = {
    "looked_at": {
        "adafruit": _row("aio", "_", _of(WORD, 28)), "apify": _row("apify", "_api_", _of(WORD, 36)),
        "asana": _row("1/", _of(DIGITS, 16), ":", _of(HEX, 32)), "defined": _row("dnkey", "-", _of(LOWER + DIGITS, 52)),
        "deno": _row("ddp", "_", _of(WORD, 36)), "e2b": _row("e2b", "_", _of(HEX, 40)), "fireworks": _row("fw", "_", _of(WORD, 24)),
        "frame.io": _row("fio", "-u-", _of(WORD + "-_", 64)), "infracost": _row("ico", "-", _of(WORD, 32)),
        "mapbox": _row("sk", ".eyJ1Ijoi", _of(WORD, 60), ".", _of(WORD, 22)), "maxmind": _row(_of(WORD, 6), "_", _of(WORD, 29), "_mmk"),
        "neon": _row("napi", "_", _of(LOWER + DIGITS, 64)), "ory": _row("ory", "_pat_", _of(WORD, 32)),
        "pinecone": _row("pcsk", "_", _of(WORD, 6), "_", _of(WORD, 60)), "scalingo": _row("tk", "-us-", _of(WORD + "-_", 48)),
        "tavily": _row("tvly", "-", _of(WORD, 32)), "trello": _row("ATTA", _of(HEX, 64)), "wakatime": _row("waka", "_", _uuid),
        "yandex": _row("AQVN", _of(WORD + "-_", 36)), "zuplo": _row("zpka", "_", _of(HEX, 32), "_", _of(HEX, 8)),
    },
    "held_out": {
        "aiven": _row("AVNS", "_", _of(WORD + "-_", 19)), "checkly": _row("cu", "_", _of(HEX, 32)),
        "datadog": _of(HEX, 40), "fastly": _of(WORD + "-_", 32), "firecrawl": _row("fc", "-", _of(HEX, 32)),
        "harness": _row("pat", ".", _of(WORD + "-_", 22), ".", _of(HEX, 24), ".", _of(WORD, 20)), "algolia": _of(HEX, 32),
        "llamacloud": _row("llx", "-", _of(WORD, 48)), "lob": _row("live", "_", _of(HEX, 35)), "modal": _row("as", "-", _of(WORD, 22)),
        "okta": _row("00", _of(WORD + "-_", 40)), "polar": _row("polar", "_pat_", _of(WORD, 40)), "rapidapi": _of(WORD, 50),
        "rootly": _row("rootly", "_", _of(HEX, 64)), "runpod": _row("rpa", "_", _of(string.ascii_uppercase + DIGITS, 40)),
        "settlemint": _row("sm", "_pat_", _of(WORD, 16)), "snyk": _uuid, "sumologic": _row("su", _of(WORD, 12)),
        "twitter": _row("A" * 22, _of(WORD + "%", 90)), "zendesk": _of(WORD, 40),
    },
}  # fmt: skip
SAID = (
    "NAME_API_KEY={}", "export NAME_TOKEN='{}'", 'name:\n  api_key: "{}"', "curl -H 'X-Api-Key: {}' https://x.io", "my token {} gets a 401",
    "Authorization: Bearer {}", "is the api key {} still valid?", "I tried {} and it was refused", "{}", '{{"auth": {{"key": "{}"}}}}',
)  # fmt: skip
# Other surroundings for the half that nobody looked at, written before the rules were widened.
SAID_ELSEWHERE = (
    "we rotated the token: {}", "the secret was {} until yesterday", "creds for staging are user bot, token {}", "`{}` is my access token",
    "curl --header 'X-Auth-Token: {}' $URL", "NAME_SECRET: {}", "{} <- is this api key ok?", "set the credential to {} and retry",
    "here it is: {}", "client = Client(api_key='{}', timeout=3)",
)  # fmt: skip
LIKE: Mapping[str, tuple[Make, tuple[str, ...]]] = {
    "request id": (_row("req", "_", _of(WORD, 24)), ("see {} in the log", "request_id={}", "the API key works, request {}")),
    "object id": (_row("evt", "_1", _of(WORD, 23)), ("event {} came twice", "id: {}")),
    "completion": (_row("chatcmpl", "-", _of(WORD, 29)), ("got {} back", "id={}, 12 tokens used")),
    "commit": (_of(HEX, 40), ("since commit {} it fails", "HEAD is now at {}", "token refresh broke in {}")),
    "digest": (_row("sha256:", _of(HEX, 64)), ("image@{}", "pulled {}")),
    "integrity": (_row("sha512-", _of(WORD + "+/", 86), "=="), ('"integrity": "{}"', "lock says {}")),
    "trace": (_of(HEX, 32), ("trace_id={}", "traceparent 00-{}-00f067aa0ba902b7-01", "X-Request-Id: {}")),
    "uuid": (_uuid, ("run {} failed", "tenant {} cannot log in", "job_id: {}")),
    "pod": (_row("payments-api-", _of("bcdfghjklmnpqrstvwxz2456789", 10), "-", _of("bcdfghjklmnpqrstvwxz2456789", 5)), ("pod {} restarts", "kubectl logs {}")),
    "go version": (_row("v0.0.0-20260114093211-", _of(HEX, 12)), ("require x/y {}", "on {} now")),
    "video": (_of(WORD + "-_", 11), ("https://youtu.be/{}", "watch?v={}")),
    "etag": (_of(HEX, 32), ('ETag: "{}"', 'If-None-Match: "{}"')),
    "css": (_row("css-", _of(LOWER + DIGITS, 7)), ('class="{}"', "div.{} overflows")),
    "address": (_row("vpc-0", _of(HEX, 16)), ("in {} only", "subnets of {}")),
    "name": (lambda dice: "_".join(dice.choices(["token", "refresh", "key", "handler", "auth", "cache2", "v3"], k=5)), ("calls {}", "token expires in {}", "api key check {} fails")),
    "page": (_row("eyJvZmZzZXQi", _of(WORD, 20)), ("next_page_token={}", "cursor={}")),
    "block": (_row("0x", _of(HEX, 40)), ("contract {} reverts", "sent to {}")),
    "build": (_row("build-", _of(DIGITS, 10), "-", _of(HEX, 8)), ("artifact {} is gone", "see {}")),
    "metric": (lambda dice: f"vault_token_create_total_{dice.randrange(100)}", ("alert on {}", "{} is 0")),
    "thread": (_row("p", _of(DIGITS, 16)), ("https://x.slack.com/archives/C012AB3CD/{}", "token question in archives/C012AB3CD/{}")),
}  # fmt: skip


def fresh(seed: int, half: str) -> list[Fresh]:
    """Each of the half's 20 families five times (100 secrets), each in another surrounding."""
    dice = random.Random(f"{seed}/{half}")
    said = SAID if half == "looked_at" else SAID_ELSEWHERE
    ways = [(family, make) for family, make in SECRETS[half].items() for _ in range(5)]
    return [
        _put(family, True, said[(number * 3 + number // 10) % len(said)], make(dice))
        for number, (family, make) in enumerate(ways)
    ]


def look_alikes(seed: int) -> list[Fresh]:
    """Each kind ten times (200 texts)."""
    dice = random.Random(f"{seed}/like")
    return [
        _put(kind, False, said[number % len(said)], make(dice))
        for kind, (make, said) in LIKE.items()
        for number in range(10)
    ]


def _put(family: str, secret: bool, frame: str, value: str) -> Fresh:
    frame = frame.replace("NAME", family.upper().replace(".", "_")).replace("name:", f"{family}:")
    before = frame.partition("{}")[0].replace("{{", "{").replace("}}", "}")
    return Fresh(family, secret, frame.format(value), len(before), len(before) + len(value))
