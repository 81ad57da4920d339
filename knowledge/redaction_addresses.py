"""Rules for addresses that give access by themselves: with a password in them, and webhooks; they vanish whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2

from knowledge.redaction_guards import is_dummy
from knowledge.redaction_model import Finding, Rule

# In an address of a store everything names what the password opens; of others the path stays, since it tells the problem.
_STORES = (
    "postgres|postgresql|mysql|mysqlx|mariadb|mongodb|redis|rediss|valkey|amqp|amqps|mssql|sqlserver|oracle|clickhouse"
    "|cassandra|couchdb|couchbase|neo4j|bolt|nats|mqtt|mqtts|ldap|ldaps|smtp|smtps|imap|imaps|snowflake|cockroachdb|db2"
)
_USER_AND_PASSWORD = r"[^\s:/@\"'<>`]*:(?:[^\s/\"'<>`]+|[^\s@\"'<>`]+)@"
_SCHEME = r"(?:jdbc:)?([A-Za-z][A-Za-z0-9.-]*)(?:\+[A-Za-z0-9.-]+)?://"
_LOGIN: Any = re2.compile(rf"{_SCHEME}({_USER_AND_PASSWORD})([^\s/?#\"'<>`@,;)\]]*)")
_STORE: Any = re2.compile(rf"^(?:{_STORES})$")
_TAIL: Any = re2.compile(r"^[^\s\"'<>`)\]]*")
# What a guide for one's own machine writes protects nothing.
_TRIVIAL, _OWN_MACHINE = (
    frozenset({"pass", "admin", "root", "test", "1234", "12345", "123456"}),
    ("localhost", "127.0.0.1"),
)
_LONGEST_TAIL = 2000
# An address that is itself the secret: whoever knows it may post.
_WEBHOOKS = {
    "slack": r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/",
    "lark": r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/(?:v[0-9]/)?hook/",
    "discord": r"(?:ptb\.|canary\.)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/",
    "teams": r"[a-z0-9-]+\.webhook\.office\.com/webhookb2/",
    "zapier": r"hooks\.zapier\.com/hooks/catch/",
    "dingtalk": r"oapi\.dingtalk\.com/robot/send\?access_token=",
    "wecom": r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=",
    "telegram": r"api\.telegram\.org/bot",
    "pagerduty": r"events\.pagerduty\.com/integration/",
    "chat": r"chat\.googleapis\.com/v1/spaces/[A-Za-z0-9_-]+/messages\?key=",
}
_WEBHOOK: Any = re2.compile(
    rf"(?:https?://)?(?:{'|'.join(f'({host})' for host in _WEBHOOKS.values())})([A-Za-z0-9_/:.@%&=~-]{{8,}})"
)


def logins(text: str) -> Iterator[Finding]:
    """`scheme://user:password@host`, unless the password is a template, a port or the user's name again."""
    for match in _LOGIN.finditer(text):
        scheme, login, end = match.group(1).lower(), match.group(2), match.end()
        user, _, password = login.removesuffix("@").partition(":")
        if not _secret(user, password) or (password in _TRIVIAL and match.group(3).startswith(_OWN_MACHINE)):
            continue
        store = _STORE.search(scheme) is not None
        if store:
            end += len(_TAIL.search(text[end : end + _LONGEST_TAIL]).group().rstrip(".,;:!?"))
        short = scheme if store or scheme in ("http", "https", "ftp", "ftps", "sftp", "ssh", "git") else "login"
        yield Finding(f"secret:{''.join(c for c in short if c.isalpha())}-address", match.start(), end)


def _secret(user: str, password: str) -> bool:
    host_and_port = password.split("/")[0].split(",")[0].isdigit() and not password.isdigit()
    if host_and_port or len(password) < 4 or password.lower() == user.lower() or len(set(password)) == 1:
        return False
    return not is_dummy(password)


def webhooks(text: str) -> Iterator[Finding]:
    """Addresses of chat webhooks, whose path is the key."""
    for match in _WEBHOOK.finditer(text):
        key = match.groups()[-1]
        if not is_dummy(key):
            name = next(name for name, host in zip(_WEBHOOKS, match.groups(), strict=False) if host)
            yield Finding(f"secret:{name}-webhook", match.start(), match.end())


ADDRESS_RULES = (Rule((_LOGIN.pattern,), logins), Rule((_WEBHOOK.pattern,), webhooks))
