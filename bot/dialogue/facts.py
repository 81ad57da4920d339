"""Reads from a text what a retelling must not change: numbers, names, codes, acts, opposites, and what is denied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from knowledge.hanzi import spaced
from knowledge.tokens import CJK, stem, tokens

T = TypeVar("T")

CODE = re.compile(r"```[^\n`]{0,40}\n(.*?)(?:```|\Z)|`([^`\n]{1,400})`", re.DOTALL)
FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]{0,60}(?:=[^\s,;)\]`]{1,60})?")
BARE = re.compile(
    FLAG.pattern + r"(?:\s{1,3}[^\s,;)]{1,60})?"
)  # with what follows it: outside of code nothing shows where it ends
PATH = re.compile(
    r"(?<![\w/.])(?:~|\.{1,2})?/[\w.~/*{}$-]{1,200}|\b[\w-]{1,60}\.(?:ya?ml|toml|json|conf|cfg|ini|sh|py|md|log|xml|sql)\b"
)
NUMBER = re.compile(rf"(?<![\w.])(\d[\d.,:]{{0,30}}\d|\d)\s{{0,2}}(%|[A-Za-z]{{1,12}}\b|[{CJK}]{{1,2}})?")
NAME = re.compile(
    r"\b(?=[\w.:-]{0,60}\d)(?=[\w.:-]{0,60}[A-Za-z])[A-Za-z][\w.:-]{1,60}\w\b|\b[a-z]+[A-Z]\w{1,60}\b|\b[A-Z]\w{0,30}[A-Z]\w{0,30}\b"
    r"|\b\w{2,40}(?:[_:]\w{1,40})+\b|\b\w{2,40}(?:\.\w{2,40}){1,5}\b"
)
PROPER = re.compile(r"(?<![.!?:。！？\n*>\-] )(?<!^)(?<![`\w/.-])[A-Z][a-z]{2,30}\b", re.MULTILINE)
LINK = re.compile(
    r"(?:https?|ftp|file|mailto|slack|tel)\s{0,2}:[^\s)>\]]{1,500}|\bwww\.[^\s)>\]]{1,500}", re.IGNORECASE
)
UNITS = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "秒": "s", "m": "m", "min": "m", "mins": "m",
    "minute": "m", "minutes": "m", "分": "m", "分钟": "m", "h": "h", "hour": "h", "hours": "h", "小时": "h", "d": "d",
    "day": "d", "days": "d", "天": "d", "week": "w", "weeks": "w", "周": "w", "month": "mo", "months": "mo", "ms": "ms",
    "milliseconds": "ms", "毫秒": "ms", "kb": "kb", "mb": "mb", "gb": "gb", "tb": "tb", "gib": "gib", "mib": "mib", "%": "%",
    "percent": "%", "times": "x", "x": "x", "次": "x",
}  # fmt: skip
NUMERALS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
COUNTS = {word: str(number) for number, word in enumerate(NUMERALS, 2)}
ACTS = (
    "run execute 运行 执行", "delete remove erase wipe purge drop 删除 清除 移除", "restart reboot 重启", "disable deactivate 禁用 停用 关闭",
    "enable activate 启用 开启", "increase raise grow 增加 提高 调大 扩容", "decrease lower reduce shrink 减少 降低 调小", "stop kill 停止",
    "allow permit grant 允许", "deny forbid block reject refuse 拒绝", "install 安装", "uninstall 卸载", "upgrade 升级", "downgrade 降级",
    "rotate 轮换", "revoke 撤销", "truncate", "reset 重置", "send 发送 发给", "share 分享", "post", "pay", "download 下载", "disconnect", "format",
    "approve 批准", "click visit browse 点击 访问", "password passphrase passwd credential login 密码 口令 凭证", "trust obey believe 信任 相信",
    "phone dial sms whatsapp telegram 电话", "money invoice wire payment 汇款 付款 转账", "bypass circumvent override 绕过",
    "all every each 所有 全部", "second 秒", "minute 分钟", "hour 小时", "day 天", "week 周", "month",
)  # fmt: skip
"""What a sentence may tell or ask for only where its source does, each with its synonyms."""
OPPOSITES = (
    ("up", "down"), ("more over above", "less fewer under below"), ("before 之前", "after 之后"), ("first", "last"), ("start 启动", "stop 停止"),
    ("open 打开", "close 关闭"), ("read", "write"), ("true", "false"), ("on", "off"), ("succeed success 成功", "fail failure 失败"),
    ("public 公开", "private 私有"), ("maximum max most 最大", "minimum min least 最小"), ("internal 内部", "external 外部"),
    ("primary", "replica"), ("source", "destination"), ("optional 可选", "required mandatory 必须"), ("connect", "disconnect"),
    ("add 添加", "remove delete 删除"), ("always 总是", "never"), ("faster", "slower"), ("client", "server"), ("old", "new"),
)  # fmt: skip
"""What turns a sentence round where its source has the other one only."""
RESTRICTS = re.compile(r"\b(?:only|unless|except|provided|as long as)\b|只有|仅|除非")
GROUP = {stem(word): group.split()[0] for group in ACTS for word in group.split()}
SIDES = tuple(tuple(frozenset(map(stem, side.split())) for side in pair) for pair in OPPOSITES)
HAN = tuple(
    word for word in (*GROUP, *(word for pair in SIDES for side in pair for word in side)) if not word.isascii()
)
MOVES = re.compile(
    r"\b(?:from|between) (\S{1,60}) (?:to|and) (\S{1,60})|从 ?(\S{1,40}?) ?(?:改为|改成|到|变为) ?([\w.:/-]{1,40})"
)
DENIES = re.compile(
    rf"\b(?:not|never|no|none|nor|neither|without|cannot|avoid|nothing|nobody|unable|skip|omit|ignore|forget|unnecessary|needless)\b|n['’]t\b|[{CJK}]?(?:不要|不|没有|没|无法|无需|无|别|勿|未|禁止|跳过|忽略)"
)
CLAUSE = re.compile(
    r"\n+|(?<=\s)[(—–]|(?<![.!?;:,)—–])[.!?;:,)—–]+(?=\s|$)|[。！？；：，、（）]+|\b(?:but|instead|unless|except|rather than|then|because|since|so that)\b|(?:但是|但|而是|除非|因为|然后)"
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a text says: its words as search compares them, exact facts, names, bare flags, code, acts, and signed words.

    `denies` counts its denials, `signed` pairs each word with how many of them stand before it in its clause, `counted` what is counted with how many. `commands` are whole lines and spans
    of code; `plain` holds the stems of all its words, small ones too.
    """

    words: frozenset[str]
    facts: frozenset[str]
    names: frozenset[str]
    bare: frozenset[str]
    counted: frozenset[tuple[str, str]]
    code: tuple[str, ...]
    commands: frozenset[str]
    acts: frozenset[str]
    plain: frozenset[str]
    signed: frozenset[tuple[str, int]]
    denies: int
    restricts: bool
    flat: str


@lru_cache(maxsize=4096)
def read(text: str) -> Read:
    """What `text` says, for comparing."""
    text = spaced(text)
    code, commands = _code(text)
    prose = text.replace("`", " ")
    plain = _plain(prose)
    return Read(
        words=frozenset(tokens(prose)),
        facts=frozenset(_exact(prose)),
        names=frozenset(name.lower() for found in (NAME, PROPER) for name in found.findall(text)),
        bare=frozenset(" ".join(found.split()).rstrip(".:?!") for found in BARE.findall(CODE.sub(" ", text))),
        counted=frozenset((stem(word.lower()), number) for number, word in NUMBER.findall(prose) if word.isalpha()),
        code=code,
        commands=commands,
        acts=frozenset(GROUP[word] for word in plain if word in GROUP),
        plain=plain,
        signed=frozenset(_signed(prose)),
        denies=len(DENIES.findall(prose.lower())),
        restricts=RESTRICTS.search(prose.lower()) is not None,
        flat=" ".join(prose.split()),
    )


def hold(said: Read, nearest: Read, place: Read, around: Read) -> bool:
    """Whether a place says nothing against `said` and lacks none of its facts.

    `nearest` is the sentence of the place that is most like it, which must hold the exact facts; `around` is the passage,
    in which names may stand.
    """
    if not said.facts <= nearest.facts or not said.acts <= place.acts:
        return False
    if not all(name in around.flat.lower() for name in said.names) or not all(flag in place.flat for flag in said.bare):
        return False
    if not all(_quotes(span, place) for span in said.code) or (nearest.restricts and not said.restricts):
        return False
    return not (denied(said, nearest) or denied(said, place))


def denied(said: Read, place: Read) -> bool:
    """Whether a place says the contrary: with a `not` more or less, or with the opposite word."""
    return _turned(said, place) or _opposed(said.plain, place.plain)


def _turned(said: Read, place: Read) -> bool:
    """Whether something stands denied in one and not in the other, or is counted differently."""
    if said.denies > place.denies:
        return True
    return _otherwise(said.signed, place.signed) or _otherwise(said.counted, place.counted)


def _otherwise(said: frozenset[tuple[str, T]], place: frozenset[tuple[str, T]]) -> bool:
    """Whether a word of both goes with something there that it does not go with here."""
    known = {word for word, _ in place}
    return any(word in known and (word, what) not in place for word, what in said)


def _opposed(said: frozenset[str], place: frozenset[str]) -> bool:
    """Whether one says up where the other only says down."""
    return any(
        said & ours and not place & ours and place & theirs and not said & theirs
        for one, other in SIDES
        for ours, theirs in ((one, other), (other, one))
    )


def _quotes(span: str, place: Read) -> bool:
    """Whether code is word for word in the place: a command as a whole, since half of one does something else."""
    if " " in span:
        return span in place.commands
    return re.search(rf"(?<![\w/.-]){re.escape(span)}(?![\w/-])", place.flat) is not None


def _code(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    spans, commands = list[str](), set[str]()
    for block, span in CODE.findall(text):
        lines = [" ".join(line.removeprefix("$ ").split()) for line in (block or span).splitlines()]
        whole = " ".join((block or span).split())
        spans.append(whole)
        commands |= {whole, *filter(None, lines)}
    return tuple(filter(None, spans)), frozenset(commands)


def _exact(prose: str) -> set[str]:
    """Flags, paths, links, numbers with their units, and what changes from what to what, as they are written."""
    found = {match.group().rstrip(".,") for pattern in (FLAG, PATH, LINK) for match in pattern.finditer(prose)}
    for number, unit in NUMBER.findall(prose):
        known = UNITS.get(unit.lower(), "")
        found.add(f"{number.replace(',', '')}{known}")
    found |= {COUNTS[word] for word in re.findall(r"[a-z]+", prose.lower()) if word in COUNTS}
    for match in MOVES.finditer(prose.lower()):
        one, other = (part.strip(".,;:!?()") for part in match.groups() if part)
        found |= {f"{one} > {other}"} if any(sign.isdigit() for sign in one + other) else set()
    return found


def _plain(prose: str) -> frozenset[str]:
    lowered = prose.lower()
    found = {stem(word) for word in re.findall(r"[a-z]+", lowered)}
    return frozenset(found if lowered.isascii() else found | {word for word in HAN if word in lowered})


def _signed(prose: str) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for clause in CLAUSE.split(prose.lower()):
        start = count = 0
        for denied in DENIES.finditer(clause):
            found |= {(word, count) for word in tokens(clause[start : denied.start()])}
            start, count = denied.end(), count + 1
        found |= {(word, count) for word in tokens(clause[start:])}
    return found
