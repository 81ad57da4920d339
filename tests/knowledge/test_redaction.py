"""Secrets and personal data vanish, whatever stands around them, and their look-alikes stay."""

from __future__ import annotations

import string
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.redaction import findings, redact

# Put together here so that no line of this file is itself shaped like a credential.
A = "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xY"
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + (A + A + "\n") * 3 + "-----END RSA " + "PRIVATE KEY-----"

TOKENS = {
    "github": "ghp" + "_" + A + "abcd",
    "github fine": "github" + "_pat_" + A,
    "gitlab": "glpat" + "-" + A[:20],
    "slack bot": "xoxb" + "-123456789012-123456789012-" + A[:24],
    "slack app": "xapp" + "-1-A0123456789-1234567890123-" + HEX,
    "google": "AIza" + A + "abc",
    "stripe": "sk" + "_live_" + A[:24],
    "openai": "sk" + "-proj-" + A,
    "anthropic": "sk" + "-ant-api03-" + A,
    "npm": "npm" + "_" + A + "abcd",
    "pypi": "pypi" + "-AgEIcHlwaS5vcmc" + A,
    "twilio": "SK" + HEX,
    "sendgrid": "SG" + "." + A[:22] + "." + A,
    "lark": "t" + "-g1044" + A,
    "jwt": "ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "JzdWIiOiIxMjM0In0." + A,
    "vault": "hvs" + "." + A,
    "tailscale": "tskey" + "-auth-" + A[:12] + "-" + A[:24],
}

SEEN = [
    ("AKIA" + "Q3EGRTSLKDJFHGQW", "[secret:aws-key]"),
    ("aws_secret_access_key = " + A + "+/abcdef", "[secret:aws-key]"),
    (
        "https://hooks.slack.com/services/" + "T01ABCDEF/B02ABCDEF/" + A[:24],
        "[secret:slack-webhook]",
    ),
    ("postgres://app:s3cr3tPw@db.internal:5432/x", "[secret:postgres-address]"),
    ("mongodb+srv://app:p@ssw0rd@c0.mongodb.net/x?w=1", "[secret:mongodb-address]"),
    ("password=hunter22", "password=[secret:password]"),
    ("  password: correcthorse\n", "  password: [secret:password]\n"),
    ('{"db_password": "tr0ub4dor&3", "port": 1}', '{"db_password": "[secret:password]", "port": 1}'),
    ("*password:* `hunter22`", "*password:* `[secret:password]`"),
    ("the password is Hunter22!", "the password is [secret:password]!"),
    ("密码是Hunter22", "密码是[secret:password]"),
    ("api_key: " + HEX, "api_key: [secret:token]"),
    ("API_TOKEN=550e8400-e29b-41d4-a716-446655440000", "API_TOKEN=[secret:token]"),
    ("tool --token " + A + " --dry-run", "tool --token [secret:token] --dry-run"),
    ("Server=db;Password=S3cret99;Timeout=3", "Server=db;Password=[secret:password];Timeout=3"),
    ("GET /x?user=1&access_token=" + HEX + "&page=2", "GET /x?user=1&access_token=[secret:token]&page=2"),
    ("<password>S3cret99</password>", "<password>[secret:password]</password>"),
    ("Authorization: Bearer " + A, "Authorization: Bearer [secret:token]"),
    ("authorization: basic " + "YWxhZGRpbjpvcGVuc2VzYW1l", "authorization: basic [secret:token]"),
    ("curl -u ann:S3cret99 http://x", "curl -u ann:[secret:password] http://x"),
    ("mysql -uroot -pS3cret99 app", "mysql -uroot -p[secret:password] app"),
    ("Cookie: sid=" + HEX + "; theme=dark", "Cookie: [secret:cookie]"),
    ("key:\n" + PEM + "\nend", "key:\n[secret:private-key]\nend"),
    ("mail ann.lee+ops@corp.co.uk now", "mail [personal:email] now"),
    ("<mailto:ann@corp.io|ann@corp.io>", "<mailto:[personal:email]|[personal:email]>"),
    ("call +44 20 7946 0958 today", "call [personal:phone] today"),
    ("(602) 272-9781", "[personal:phone]"),
    ("my number is 780 6326", "my number is [personal:phone]"),
    ("手机 13812345678", "手机 [personal:phone]"),
    ("card 4111 1111 1111 1111 exp", "card [personal:card] exp"),
    ("5555555555554444", "[personal:card]"),
    ("IBAN GB82 WEST 1234 5698 7654 32.", "IBAN [personal:iban]."),
    ("ssn 054-28-6917", "ssn [personal:id]"),
]

LOOK_ALIKES = [
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    "request 550e8400-e29b-41d4-a716-446655440000 failed",
    "container 4f5e6d7c8b9a took 1.2s",
    "image nginx@sha256:" + HEX + HEX,
    "user U012ABCDEF in C024BE91L of T0G9PQBBK",
    "INC-20481 and JIRA-1234, order 12345678901",
    "10.0.12.4:5432 and 2001:db8::ff00:42:8329",
    "2024-01-02T12:45:18.123+02:00 and 1700000000.123456",
    "1700000000123 ms, 17179869184 bytes",
    "v1.2.3-rc.4, 202.100.20 and 1.22.333.4444",
    "ORA-12154, E1234, HTTP 503, 0x80070005",
    "password=<password> token: $TOKEN api_key=${API_KEY}",
    "password: ********",
    "API_KEY=your-api-key-here",
    "password = os.environ['DB_PASSWORD']",
    "token = request.headers.get('x')",
    "max_tokens: 4096 and token_count=1200",
    "password: please reset it",
    "the password is required and the token is expired",
    "secret: db-credentials-v2",
    "error: invalid password for user postgres",
    "passwd: files systemd",
    "PWD=/home/ann",
    "git@github.com:acme/app.git",
    "ssh deploy@web-1.prod.acme.io",
    "root@web-1.acme.io:~# ls",
    "systemctl restart getty@tty1.service, icon@2x.png, lodash@4.17.21",
    "https://user:${PASSWORD}@api.acme.io and http://localhost:3000/a@b",
    "postgres://postgres@db:5432/x",
    "-----BEGIN PRIVATE " + "KEY-----\n...\n-----END PRIVATE " + "KEY-----",
    "Bearer authentication and basic authentication, bearer <token>",
    "nextPageToken: CAUQAA2x9f8a7b",
    "export TOKEN=`curl -s http://auth/token1 | jq -r .token`",
    "telnet 127.0.0.11 6667, phone home to 127.0.0.1",
    "write to support@acme.io",
    "sk-learn-pipeline-with-many-words-inside",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "4111111111111112 is not a card",
    "GB82 WEST 1234 5698 7654 33 is not an account",
    "pods 200 512 1024, ports 5432-5433, 2024-01-02",
]


@pytest.mark.parametrize(("text", "expected"), SEEN, ids=[text[:24].replace("\n", " ") for text, _ in SEEN])
def test_secrets_and_personal_data_leave_a_typed_placeholder(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_survive(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("name", TOKENS)
def test_a_vendor_token_vanishes_from_a_sentence(name: str) -> None:
    assert redact(f"I used `{TOKENS[name]}`, it fails") == "I used `[secret:token]`, it fails"


around = st.text(alphabet=string.printable + "é密码：，。\u200b", max_size=40)
free = st.sampled_from([" ", "\n", "`", '"', "'", "(", "=", ": ", "，", "*", "_", "<", ",", "\t", "/"])


@settings(max_examples=200)
@given(st.sampled_from(sorted(TOKENS.values())), around, free, free, around)
def test_a_seeded_token_vanishes_whatever_stands_around_it(
    token: str, left: str, before: str, after: str, right: str
) -> None:
    assert token not in redact(left + before + token + after + right)


@settings(max_examples=300)
@given(st.lists(st.sampled_from([s for s, _ in SEEN] + LOOK_ALIKES) | st.text(max_size=20), max_size=6), free)
def test_redaction_is_idempotent(parts: list[str], glue: str) -> None:
    once = redact(glue.join(parts))
    assert redact(once) == once
    assert findings(once) == []


@settings(max_examples=200)
@given(st.text())
def test_any_text_at_all_is_taken(text: str) -> None:
    clean = redact(text + "\ud800")
    assert clean.endswith("\ud800")
    assert clean.count("\n") == text.count("\n")


@settings(max_examples=200)
@given(st.lists(st.text(alphabet=string.ascii_letters, min_size=1, max_size=12), max_size=30))
def test_plain_prose_is_untouched(words: list[str]) -> None:
    text = " ".join(words)
    assert redact(text) == text


def test_code_fences_and_lines_are_kept() -> None:
    text = "Try this:\n```\nexport DB_PASSWORD=S3cret99\necho ok\n```\nthanks"
    assert redact(text) == "Try this:\n```\nexport DB_PASSWORD=[secret:password]\necho ok\n```\nthanks"


def test_findings_are_in_order_and_point_into_the_text() -> None:
    text = "é ann@corp.io then password=S3cret99"
    assert [(f.kind, text[f.start : f.end]) for f in findings(text)] == [
        ("personal:email", "ann@corp.io"),
        ("secret:password", "S3cret99"),
    ]


@pytest.mark.parametrize(
    "piece", ["token=", "password: ", "a@", "1 ", "://a:", "-----BEGIN PRIVATE " + "KEY-----", "[secret:token]"]
)
def test_long_hostile_texts_pass_through(piece: str) -> None:
    text = piece * (40_000 // len(piece))
    assert redact(redact(text)) == redact(text)


def test_a_listener_can_import_it_without_the_heavy_libraries() -> None:
    code = "import sys, knowledge.redaction; print([m for m in ('torch', 'faiss', 'numpy') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
