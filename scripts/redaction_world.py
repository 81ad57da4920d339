"""Made-up credentials in the forms that vendors document, and the disguises in which people paste them into a chat."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LETTERS, DIGITS, HEX = string.ascii_letters, string.digits, "0123456789abcdef"
WORD = LETTERS + DIGITS
BASE32 = string.ascii_uppercase + "234567"
WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in WORD + "_-./=+~"}
TWINS = str.maketrans("aeopcyxisjkTHMKBAEOPCXI", "аеорсухіѕјкТНМКВАЕОРСХІ")
ZERO = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


@dataclass(frozen=True, slots=True)
class Planted:
    """A made-up token, and a text that holds it in disguise from `start` to `end`, in characters."""

    kind: str
    disguise: str
    token: str
    text: str
    start: int
    end: int

    @property
    def shown(self) -> str:
        """The token as it stands in the text."""
        return self.text[self.start : self.end]


def _of(alphabet: str, length: int) -> Callable[[random.Random], str]:
    return lambda dice: "".join(dice.choices(alphabet, k=length))


def _row(*parts: str | Callable[[random.Random], str]) -> Callable[[random.Random], str]:
    return lambda dice: "".join(part if isinstance(part, str) else part(dice) for part in parts)


def _jwt(dice: random.Random) -> str:
    parts = (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"%d","iat":%d}' % (dice.randrange(10**9), dice.randrange(10**9)))
    head = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{_of(WORD + '-_', 43)(dice)}"


TOKENS: Mapping[str, Callable[[random.Random], str]] = {
    "github": _row("ghp", "_", _of(WORD, 36)),
    "github fine-grained": _row("github", "_pat_", _of(WORD, 22), "_", _of(WORD, 59)),
    "gitlab": _row("glpat", "-", _of(WORD, 20)),
    "slack bot": _row("xoxb", "-", _of(DIGITS, 12), "-", _of(DIGITS, 13), "-", _of(WORD, 24)),
    "slack app": _row("xapp", "-1-A", _of(BASE32, 10), "-", _of(DIGITS, 13), "-", _of(HEX, 64)),
    "aws key id": _row("AKI", "A", _of(BASE32, 16)),
    "google api": _row("AIz", "a", _of(WORD + "-_", 35)),
    "google client": _row("GOCSPX", "-", _of(WORD + "-_", 28)),
    "openai": _row("sk", "-proj-", _of(WORD, 20), "T3Blbk", "FJ", _of(WORD, 20)),
    "anthropic": _row("sk", "-ant-api03-", _of(WORD + "-_", 93), "AA"),
    "stripe": _row("sk", "_live_", _of(WORD, 24)),
    "npm": _row("npm", "_", _of(WORD, 36)),
    "pypi": _row("pypi", "-AgEIcHlwaS5vcmc", _of(WORD + "-_", 120)),
    "sendgrid": _row("SG", ".", _of(WORD, 22), ".", _of(WORD, 43)),
    "twilio": _row("S", "K", _of(HEX, 32)),
    "jwt": _jwt,
    "vault": _row("hvs", ".", _of(WORD, 90)),
    "tailscale": _row("tskey", "-auth-", _of(WORD, 12), "-", _of(WORD, 32)),
    "digitalocean": _row("dop", "_v1_", _of(HEX, 64)),
    "shopify": _row("shpat", "_", _of(HEX, 32)),
    "databricks": _row("dapi", _of(HEX, 32)),
    "hugging face": _row("hf", "_", _of(LETTERS, 34)),
    "linear": _row("lin", "_api_", _of(WORD, 40)),
    "grafana": _row("glsa", "_", _of(WORD, 32), "_", _of(HEX, 8)),
    "new relic": _row("NRAK", "-", _of(BASE32, 27)),
    "docker": _row("dckr", "_pat_", _of(WORD + "-_", 27)),
    "telegram": _row(_of("123456789", 1), _of(DIGITS, 9), ":AA", _of(WORD + "-_", 33)),
    "notion": _row("ntn", "_", _of(DIGITS, 11), _of(WORD, 35)),
    "vercel": _row("vcp", "_", _of(WORD, 40)),
    "azure client": _row(_of(WORD, 3), "8Q~", _of(WORD + "-_", 34)),
    "mailgun": _row("key", "-", _of(HEX, 32)),
    "atlassian": _row("ATATT3", "xFfGF0", _of(WORD + "-_", 170)),
}


def _ordinary(token: str, dice: random.Random) -> str:
    return token


def _cut(token: str, pieces: int, dice: random.Random) -> list[str]:
    places = sorted(dice.sample(range(4, len(token) - 3), pieces - 1))
    return [token[a:b] for a, b in zip([0, *places], [*places, len(token)], strict=True)]


def _over_lines(token: str, dice: random.Random) -> str:
    return dice.choice(("\n", "\n    ", "\\\n", "\n> ", "\r\n")).join(_cut(token, dice.choice((2, 3)), dice))


def _joined(token: str, dice: random.Random) -> str:
    return dice.choice(('" + "', "' + '", '"\n  "', "' . '", '" +\n    "')).join(_cut(token, 2, dice))


def _base64(token: str, dice: random.Random) -> str:
    said = dice.choice(("{}", "{}", "token: {}", "Authorization: Bearer {}\n", '{{"auth": "{}"}}')).format(token)
    code = dice.choice((base64.b64encode, base64.urlsafe_b64encode))(said.encode()).decode()
    return code if dice.random() < 0.5 else "\n".join(code[i : i + 76] for i in range(0, len(code), 76))


def _hex(token: str, dice: random.Random) -> str:
    return token.encode().hex()


def _invisible(token: str, dice: random.Random) -> str:
    return "".join(c + (dice.choice(ZERO) if dice.random() < 0.4 else "") for c in token[:-1]) + token[-1]


def _wide(token: str, dice: random.Random) -> str:
    return "".join(c.translate(WIDE) if dice.random() < 0.8 else c for c in token)


def _entities(token: str, dice: random.Random) -> str:
    form = dice.choice(("&#{};", "&#x{:x};", "&#{:05d};"))
    return "".join(form.format(ord(c)) if dice.random() < 0.5 or not c.isalnum() else c for c in token)


def _percent(token: str, dice: random.Random) -> str:
    once = "".join(f"%{ord(c):02X}" if dice.random() < 0.3 or not c.isalnum() else c for c in token)
    return once.replace("%", "%25") if dice.random() < 0.3 else once


def _spaced(token: str, dice: random.Random) -> str:
    return " ".join(token)


def _grouped(token: str, dice: random.Random) -> str:
    size = dice.choice((8, 10, 12))
    return " ".join(token[i : i + size] for i in range(0, len(token), size))


def _emphasis(token: str, dice: random.Random) -> str:
    mark = dice.choice(("**", "*", "~~", "`", "<b>"))
    first, middle, last = _cut(token, 3, dice)
    return f"{first}{mark}{middle}{mark.replace('<', '</')}{last}"


def _twins(token: str, dice: random.Random) -> str:
    return token.translate(TWINS)


def _unicode(token: str, dice: random.Random) -> str:
    form = dice.choice(("\\u{:04x}", "\\x{:02x}"))
    return "".join(form.format(ord(c)) if dice.random() < 0.4 or not c.isalnum() else c for c in token)


def _escaped(token: str, dice: random.Random) -> str:
    return token.replace("_", "\\_").replace("-", "\\-").replace(".", "\\.")


Disguise = tuple[Callable[[str, random.Random], str], tuple[str, ...]]
DISGUISES: Mapping[str, Disguise] = {
    "sentence": (
        _ordinary,
        ("I used {} and it fails", "key is {}, revoked?", "({})", "<{}>", "{}", "it ends with {}."),
    ),
    "code": (_ordinary, ("```\ncurl -H 'X-Key: {}' http://x\n```", "try `{}`", 'client = Client("{}")', "f('{}', 3)")),
    "url": (_ordinary, ("https://x.io/a?k={}&b=1", "https://x.io/v1/{}/run", "https://{}@x.io/r.git", "x.io/#{}")),
    "json": (_ordinary, ('{{"a": 1, "auth": "{}"}}', '{{"log": "start\\n{} end"}}', "['{}', 'b']", '\\"{}\\"')),
    "yaml": (_ordinary, ("env:\n  - name: X\n    value: {}\n", "x: '{}'\ny: 2", "data: >-\n  {}\nkind: Secret")),
    "env line": (_ordinary, ("export X_AUTH={}", "X={}\nY=2", 'setx X "{}"', "MY_{}", "ENV X={} Y=1")),
    "header": (
        _ordinary,
        ("X-Auth: {}\r\nHost: x.io", "Authorization: Bearer {}", "authorization: token {}", "Cookie: a={}; b=1"),
    ),
    "stack trace": (
        _ordinary,
        (
            '  File "/a/b.py", line 3, in f\n    raise E("bad {}")\nE: bad {{}}',
            "at x.y(Z.java:12) [{}]",
            "401 for {}: denied",
        ),
    ),
    "Chinese text": (_ordinary, ("我用的是{}，但是还是报错", "密钥：{}。请看一下", "令牌“{}”过期了吗？")),
    "split over lines": (_over_lines, ("here:\n{}\n\nany idea?", "token = {}\n", "> {}\n")),
    "joined strings": (_joined, ('x = "{}"', "const k = '{}';")),
    "base64": (_base64, ("data: {}", "echo {} | base64 -d", "it says\n{}\n\nso what", "X-Blob: {}")),
    "hex": (_hex, ("dump {}", "0x{}", "bytes: {} end")),
    "zero-width": (_invisible, ("use {} here", "{}", "密钥 {}")),
    "full-width": (_wide, ("use {} here", "密钥：{}。")),
    "HTML entities": (_entities, ("<td>{}</td>", "value {} here")),
    "URL-encoding": (_percent, ("https://x.io/cb?next=a%3Dfoo%26k%3D{}&b=1", "redirect={}")),
    "spaces": (_spaced, ("it is {} ok", "{}")),
    "groups": (_grouped, ("it is {} ok", "{}\nthanks a lot")),
    "emphasis": (_emphasis, ("use {} here", "see {}")),
    "markdown escapes": (_escaped, ("use {} here", "see {}.")),
    "unicode escapes": (_unicode, ('{{"a": "{}"}}', "s = '{}'")),
    "homoglyphs": (_twins, ("use {} here", "see {}.")),
}


def planted(tokens: int, seed: int) -> list[Planted]:
    """So many tokens, every kind in every disguise in turn; the same for the same seed."""
    dice = random.Random(seed)
    kinds, disguises = list(TOKENS), list(DISGUISES)
    return [
        _planted(kinds[number // len(disguises) % len(kinds)], disguises[number % len(disguises)], dice)
        for number in range(tokens)
    ]


def _planted(kind: str, disguise: str, dice: random.Random) -> Planted:
    token = TOKENS[kind](dice)
    change, frames = DISGUISES[disguise]
    shown, frame = change(token, dice), dice.choice(frames)
    before = frame.partition("{}")[0].replace("{{", "{").replace("}}", "}")
    return Planted(kind, disguise, token, frame.format(shown), len(before), len(before) + len(shown))
