"""Rules for personal data: mail addresses, telephone numbers, payment cards, bank accounts and identity numbers."""

from __future__ import annotations

import re2

from knowledge.redaction_model import Candidate, Rule, pattern_rule

_FILE_TYPES = frozenset(
    {"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "js", "ts", "css", "json", "yaml", "yml", "md", "txt", "py"}
    | {"go", "rs", "rb", "java", "tgz", "gz", "zip", "tar", "whl", "jar"}
    | {"service", "socket", "timer", "scope", "mount", "slice", "target"}
)
# Mailboxes of an office, not of a person: answers are worth more with them.
_OFFICES = frozenset(
    {"support", "help", "helpdesk", "security", "info", "contact", "sales", "billing", "abuse", "postmaster"}
    | {"webmaster", "noreply", "no-reply", "donotreply", "do-not-reply"}
)
# Addresses of machines that nobody writes to.
_MACHINES = ("group.calendar.google.com", "users.noreply.github.com")
_LOGIN = re2.compile(r"(?i)(?:(?:\b(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id)[ \t][^\n|;]*)|//[^\s/]*|git clone )$")
_CALL_CUE = (
    r"(?:(?:^|[^:])phone|telephone|\btel\b|mobile|\bcell|\bfax|whatsapp|\bsms|my number|call me|text me|reach me"
    r"|call us|\bdesk|contact number|电话|手机|联系|微信|号码|打我)[^\d+]{0,24}"
)
_DATE = re2.compile(r"^(?:19|20)[0-9]{2}([-.])(?:0[1-9]|1[0-2])[-.][0-3][0-9]$")
_DUMP = re2.compile(r"[0-9a-f]{2} \||\| ?[0-9a-f]{4} ")  # groups of hex digits before or behind
_CARD_CUE = re2.compile(r"(?i)card|visa|mastercard|amex|credit|debit|payment")
# (prefixes, lengths) by issuer.
_CARDS = (
    (("4",), (13, 16, 19)),
    (("51", "52", "53", "54", "55", *(str(n) for n in range(2221, 2721))), (16,)),
    (("34", "37"), (15,)),
    (("300", "301", "302", "303", "304", "305", "36", "38"), (14,)),
    (("6011", "65", "644", "645", "646", "647", "648", "649"), (16, 19)),
    (("35",), (16,)),
    (("1800", "2131"), (15,)),
    (("62",), (16, 17, 18, 19)),
    (("50", "56", "57", "58", "6304", "6759", "676"), (12, 13, 14, 15, 16, 19)),
)
_HAN = re2.compile(r"\p{Han}")
_OTHER_NUMBER = re2.compile(
    r"(?i)(?:单号?|编号|流水号?|工单|订单|序号|版本|端口|offset|id|位点|时间戳|大小|数量|金额)[^\d\n]{0,4}$"
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _mail(candidate: Candidate) -> bool:
    """A mail address, not a login on a host, a git remote, a prompt, a unit or a file name."""
    user, _, domain = candidate.value.rpartition("@")
    if domain.rsplit(".", 1)[-1].lower() in _FILE_TYPES or user.lower() in _OFFICES | {"git", "hg", "svn"}:
        return False
    if domain.lower().endswith(_MACHINES) or user.lower().startswith(("your-", "your_", "your.")):
        return False  # the latter are places to fill in
    prompt = candidate.after.startswith((":~", ":/", ":#", ":$", "#", "$"))
    return not prompt and not _LOGIN.search(candidate.before)


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _international(candidate: Candidate) -> bool:
    if candidate.value.startswith("00") and _DUMP.search(f"{candidate.before[-5:]}|{candidate.after[:6]}"):
        return False
    return 8 <= len(_digits(candidate.value)) <= 15


def _cued(candidate: Candidate) -> bool:
    """Seven digits or more behind a word that says telephone, and no address of a host."""
    if _DATE.search(candidate.value):
        return False  # `WhatsApp-Image-2024-04-01`
    return candidate.value.count(".") != 3 and 7 <= len(_digits(candidate.value)) <= 15


def _card(candidate: Candidate) -> bool:
    digits = _digits(candidate.value)
    issued = any(digits.startswith(prefixes) and len(digits) in lengths for prefixes, lengths in _CARDS)
    # One in ten numbers passes the check digit: lengths that ids often have need a word that says card.
    unsure = candidate.value.isdigit() and len(digits) != 16 and len(digits) != 15
    return issued and _luhn(digits) and (not unsure or _CARD_CUE.search(candidate.before) is not None)


def _luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0 and len(set(digits)) > 1


def _iban(candidate: Candidate) -> bool:
    """The remainder rule of ISO 13616: country and check digits behind, letters as numbers, modulo 97 is 1."""
    plain = candidate.value.replace(" ", "")
    number = "".join(str(int(c, 36)) for c in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(number) % 97 == 1


def _social_security(candidate: Candidate) -> bool:
    area, group, serial = candidate.value.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _resident_id(candidate: Candidate) -> bool:
    value = candidate.value.upper()
    total = sum(int(d) * weight for d, weight in zip(value, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == value[17]


def _named_id(candidate: Candidate) -> bool:
    return sum(c.isdigit() for c in candidate.value) >= 5


def _mobile(candidate: Candidate) -> bool:
    """A Chinese mobile number among Chinese words; after a word for another kind of number it is that."""
    around = candidate.before[-12:], candidate.after[:12]
    return any(_HAN.search(text) for text in around) and not _OTHER_NUMBER.search(candidate.before[-12:])


# What may stand before and after a number that is not a part of an id, a version, an address or a time.
_FREE, _FREE_END = r"(?:^|[^A-Za-z0-9_.:/#=@+$%-])", r"(?:$|[^A-Za-z0-9_:/@%-])"
_EXTENSION = r"(?:[ ]?(?:x|ext\.?)[ ]?[0-9]{1,5})?"
_CARD_FREE_END = r"(?:$|[^A-Za-z0-9_-])"

PERSONAL_RULES: tuple[Rule, ...] = (
    pattern_rule(
        "personal:email",
        r"(?:^|[^\p{L}\p{N}._%+-])([\p{L}\p{N}._%+'-]*[\p{L}\p{N}_%+-]"
        r"@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[A-Za-z]{2,24})\b",
        _mail,
    ),
    pattern_rule("personal:iban", r"\b([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)\b", _iban),
    pattern_rule("personal:card", rf"{_FREE}([0-9](?:[ -]?[0-9]){{11,18}}){_CARD_FREE_END}", _card),
    pattern_rule("personal:id", rf"{_FREE}([0-9]{{3}}-[0-9]{{2}}-[0-9]{{4}}){_FREE_END}", _social_security),
    pattern_rule(
        "personal:id",
        r"\b([1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx])\b",
        _resident_id,
    ),
    pattern_rule(
        "personal:id",
        r"(?i)\b(?:(?:ssn|social security|passport|driver'?s licen[cs]e)(?: number| no\.?)?)"
        r"(?:[ \t]*(?:is|:|#|=))?[ \t]*([A-Z]{0,3}[0-9][A-Z0-9-]{4,14})\b",
        _named_id,
    ),
    pattern_rule(
        "personal:phone",
        r"(?:^|[^A-Za-z0-9_.:/#=@+$%)-])((?:\+|00|001-)[1-9][0-9]{0,2}[ .-]?(?:\(0?[0-9]{1,4}\)[ .-]?)?"
        rf"[0-9]{{1,4}}(?:[ .-]?[0-9]{{2,4}}){{1,5}}{_EXTENSION}){_FREE_END}",
        _international,
    ),
    pattern_rule(
        "personal:phone",
        rf"{_FREE}((?:1[ .-])?(?:\([2-9][0-9]{{2}}\)[ ]?|[2-9][0-9]{{2}}[.-])[0-9]{{3}}[.-][0-9]{{4}}"
        rf"{_EXTENSION}){_FREE_END}",
    ),
    pattern_rule("personal:phone", rf"{_FREE}(1[3-9][0-9][ -]?[0-9]{{4}}[ -]?[0-9]{{4}}){_FREE_END}", _mobile),
    pattern_rule("personal:phone", rf"{_FREE}(0[1-9](?:[ .][0-9]{{2}}){{4}}){_FREE_END}"),
    pattern_rule(
        "personal:phone", rf"(?i){_CALL_CUE}(\+?[(]?[0-9](?:[ ().-]{{0,2}}[0-9]){{6,14}})(?:$|[^A-Za-z0-9_])", _cued
    ),
    pattern_rule(
        "personal:phone", r"(?i)(?:^|\n)([0-9][0-9 .-]{6,16}[0-9])[ ](?:office|mobile|cell|fax|home|work)\b", _cued
    ),
)
