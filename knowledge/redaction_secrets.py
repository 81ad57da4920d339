"""Rules for secrets: vendor tokens, keys, credentials in addresses and headers, and values beside a secret's name."""

from __future__ import annotations

import base64
import binascii

from knowledge.redaction_addresses import ADDRESS_RULES
from knowledge.redaction_assigned import ASSIGNED, BESIDE, SAID, assigned, beside, said
from knowledge.redaction_cloud import CLOUD_RULES
from knowledge.redaction_guards import is_code, is_dummy, is_random, is_strong, is_words
from knowledge.redaction_model import Candidate, Rule, pattern_rule
from knowledge.redaction_tokens import JWT_SHAPE, NAMED_SHAPES, SURE_SHAPES, UNSURE_SHAPES

_START = r"(?:^|[^A-Za-z0-9])"
_LOGIN_TOOLS = "sshpass|docker login|podman login|helm registry login|az login"
_SESSIONS = r"JSESSIONID|PHPSESSID|ASP\.NET_SessionId|connect\.sid|sessionid"
_PEM_NAME = r"[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"


def _sure(candidate: Candidate) -> bool:
    return candidate.value.startswith(("hf_", "tskey-")) or not is_dummy(candidate.value)


def _unsure(candidate: Candidate) -> bool:
    value = candidate.value
    return any(c.isdigit() for c in value) and not is_dummy(value) and not is_words(value)


def _not_example(candidate: Candidate) -> bool:
    return not candidate.value.endswith("EXAMPLE")


def _not_example_key(candidate: Candidate) -> bool:
    return "EXAMPLE" not in candidate.value


def _pem(candidate: Candidate) -> bool:
    """A real key has at least some sixty characters of base64; `...` and `xxx` stand for one in a guide."""
    body = candidate.value.split("-----", 2)[2].replace("\\n", "").split("-----")[0]
    return sum(c.isalnum() or c in "+/=" for c in body) >= 60


def _user_token(candidate: Candidate) -> bool:
    return is_random(candidate.value, 20)


def _bearer(candidate: Candidate) -> bool:
    value = candidate.value
    return not is_dummy(value) and not is_code(value) and (is_random(value) or len(value) >= 24)


def _basic(candidate: Candidate) -> bool:
    """Base64 of `user:password`, the only thing that follows `Basic` in a header."""
    value = candidate.value
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return "uthorization" in candidate.before and is_random(value)
    return b":" in decoded and decoded.split(b":")[-1] != b"password"


def _cookie(candidate: Candidate) -> bool:
    value = candidate.value.split("=", 1)[-1]
    return not is_dummy(value) and len(value) >= 6


def _typed(candidate: Candidate) -> bool:
    """A password typed on a command line."""
    value = candidate.value
    return len(value) >= 4 and not is_dummy(value) and not is_code(value) and (is_strong(value) or value.isalnum())


# What the shape alone gives away; these are looked for in every disguise too.
TOKEN_RULES: tuple[Rule, ...] = (
    pattern_rule(
        "secret:aws-key", r"(?:^|[^A-Za-z0-9])((?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16})(?:\b|_)", _not_example
    ),
    pattern_rule(
        "secret:aws-key", r"(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9+/]{1,8}([A-Za-z0-9+/]{40})\b", _not_example_key
    ),
    pattern_rule("secret:token", rf"{_START}({JWT_SHAPE})"),
    pattern_rule("secret:token", rf"(?:^|[^A-Za-z])({'|'.join(NAMED_SHAPES)})", _sure),
    pattern_rule("secret:token", rf"{_START}({'|'.join(SURE_SHAPES)})", _sure),
    pattern_rule("secret:token", rf"{_START}({'|'.join(UNSURE_SHAPES)})", _unsure),
)
SHAPED_RULES: tuple[Rule, ...] = (
    *TOKEN_RULES,
    *ADDRESS_RULES,
    pattern_rule("secret:private-key", rf"(-----BEGIN {_PEM_NAME}[\s\S]*?-----END {_PEM_NAME})", _pem),
    pattern_rule("secret:private-key", rf"(-----BEGIN {_PEM_NAME}[A-Za-z0-9+/=\s\\:,]*)", _pem),
    pattern_rule("secret:private-key", r"Private-Lines: [0-9]+\r?\n((?:[A-Za-z0-9+/=]{20,}\r?\n?)+)"),
    pattern_rule("secret:token", r"[?&;](?:sig|X-Amz-Signature|X-Goog-Signature|signature)=([A-Za-z0-9%+/_-]{20,}=*)"),
    pattern_rule("secret:token", r"[A-Za-z]://([A-Za-z0-9_-]{20,})@", _user_token),
    pattern_rule("secret:token", r"(?i)\bbearer[ \t]+[\"'`]?([A-Za-z0-9_.~+/=-]{8,})", _bearer),
    pattern_rule(
        "secret:token", r"(?i)authorization[\"']?[ \t]*[:=][ \t]*[\"']?(?:token|key)[ \t]+([^\s\"'`<>]{8,})", _bearer
    ),
    pattern_rule("secret:token", r"(?i)\bbasic[ \t]+([A-Za-z0-9+/]{6,}={0,2})", _basic),
    pattern_rule(
        "secret:cookie", r"(?i)\bcookie[\"']?[ \t]*:[ \t]*[\"']?([A-Za-z0-9_.-]+=[^\s\"'`][^\n\"'`]*)", _cookie
    ),
    pattern_rule("secret:cookie", rf"\b(?:{_SESSIONS})=([A-Za-z0-9%._-]{{12,}})", _cookie),
    pattern_rule("secret:password", r"\bcurl\b[^\n]*?[ \t](?:-u|--user)[ \t=]*[\"']?[^\s:\"'$]+:([^\s\"'`]+)", _typed),
    pattern_rule(
        "secret:password", r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n]*?[ \t]-p[\"']?([^\s\"'`]+)", _typed
    ),
    pattern_rule("secret:password", rf"\b(?:{_LOGIN_TOOLS})\b[^\n]*?[ \t]-p[ \t]*[\"']?([^\s\"'`]+)", _typed),
    pattern_rule("secret:password", r"\bredis-cli\b[^\n]*?[ \t]-a[ \t]+[\"']?([^\s\"'`]+)", _typed),
    pattern_rule("secret:password", r"\blogin[ \t]+\S+[ \t]+password[ \t]+(\S+)", _typed),
    pattern_rule("secret:password", r"(\$(?:1|2[abxy]|5|6|y|apr1|argon2id?)\$[A-Za-z0-9./$=,+]{20,})"),
)
NAMED_RULES: tuple[Rule, ...] = (Rule(ASSIGNED, assigned), Rule(SAID, said), Rule(BESIDE, beside), *CLOUD_RULES)
