"""Rules for what only its name or its surroundings tell: keys and ids of cloud accounts, and keys of wallets."""

from __future__ import annotations

import re2

from knowledge.redaction_guards import is_dummy
from knowledge.redaction_model import Candidate, Rule, pattern_rule

_IS = r"[\"'`*\]]{0,3}[ \t]*(?::=|=>|=|:)[ \t]*\\?[\"'`]{0,3}"
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_AZURE = r"(?:azure|arm|aad|ad)[_-]?"
_WALLET = re2.compile(r"(?i)wallet|private.?key|priv.?key|secp256k1|mnemonic|\bseed\b|私钥|钱包")
_PUBLIC = re2.compile(r"(?i)public|hash|txid|transaction|digest|sha-?256|checksum|block|commit|merkle")


def _value(candidate: Candidate) -> bool:
    return not is_dummy(candidate.groups[1]) and "EXAMPLE" not in candidate.value and len(set(candidate.groups[1])) > 4


def _id(candidate: Candidate) -> bool:
    return len(set(candidate.groups[1])) > 4


def _wallet(candidate: Candidate) -> bool:
    """64 hex digits are mostly a digest; only talk of a wallet or a private key, and of nothing public, makes them a key."""
    around = f"{candidate.before} {candidate.after}"
    return _WALLET.search(around) is not None and not _PUBLIC.search(around) and len(set(candidate.value)) > 4


# The name goes with its value: the placeholder says what it was, and which account it opens is nobody's business.
CLOUD_RULES: tuple[Rule, ...] = (
    pattern_rule(
        "secret:aws-key",
        rf"(?i)(?:^|[^a-z0-9])((?:aws_?)?secret_?access_?key{_IS}([a-z0-9/+]{{40}}))(?:$|[^a-z0-9/+=])",
        _value,
    ),
    pattern_rule(
        "secret:azure-key", rf"(?i)(?:^|[^a-z0-9])({_AZURE}client[_-]?secret{_IS}([a-z0-9_~.+/-]{{30,}}=*))", _value
    ),
    # The vendors call these no secrets but ask for care with them; alone, without their names, they stay.
    pattern_rule(
        "secret:cloud-id", rf"(?i)(?:^|[^a-z0-9])({_AZURE}(?:tenant|client|subscription)[_-]?id{_IS}({_UUID}))\b", _id
    ),
    pattern_rule("secret:cloud-id", rf"(?i)(?:^|[^a-z0-9])(aws[_-]?account(?:[_-]?id)?{_IS}([0-9]{{12}}))\b", _id),
    pattern_rule("secret:private-key", r"(?:^|[^A-Za-z0-9]|0x)([0-9a-fA-F]{64})(?:$|[^A-Za-z0-9])", _wallet),
)
