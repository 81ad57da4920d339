"""What a turn does in a conversation: asks, reports trouble, thanks, confirms, promises, corrects or explains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.dialogue import unmarked
from bot.events import Turn
from knowledge.hanzi import plain
from knowledge.tokens import CJK, GENERIC, tokens

READ = 3000  # characters looked at; what a long paste holds further down does not change what its writer is doing
SHORT = 160  # characters of a turn that may be no more than "same here"
FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
HAN = re.compile(f"[{CJK}]")
URL = re.compile(r"https?://[^\s<>|)\]]{3,500}")


def _any(english: str, chinese: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{english})(?!\w)|(?:{chinese})")


THANKS = _any(
    r"thanks?|thank you|thx|ty|tysm|cheers|much appreciated|appreciate (?:it|that|the help)|kudos|great help|perfect",
    "谢谢|感谢|多谢|谢啦|辛苦了",
)
CONFIRMS = _any(
    r"(?:that|this|it|which|all) (?:has |have |seems to have )?(?:worked|works|fixed it|solved it|did it|helped|did the trick)"
    r"|(?:it|that|this|everything)(?:'s| is| are)? (?:now |all )?(?:working|fixed|solved|resolved|good|back|up again)(?: now| again)?"
    r"|(?:works|working|worked|fixed|solved|resolved|sorted|good|back up)(?: for me| fine)?(?: now| again)?(?=\s*(?:[.!,;)\n]|$|thank|thx))"
    r"|running now|works like a charm|problem solved|issue (?:is )?(?:resolved|fixed|solved)|i(?:'m| am) unblocked|unblocked"
    r"|never ?mind|nvm|figured (?:it|this) out|found (?:it|the (?:issue|problem|cause))|got it (?:working|to work|fixed)"
    r"|(?:that|this) (?:fixes|solves) (?:it|the)|(?:is|are|'s|all|has|have) (?:now )?(?:green|healthy|up|online|running|live|gone|recovered|disappeared)|went away",
    "解决了|已解决|搞定|可以了|好了|好使了|修好|没问题了|正常了|恢复了",
)
TROUBLE = _any(
    r"(?:does|did|do|is|was|has|are|would|will)(?:n't|nt| not)(?: \w+)? (?:work|help|start|fix|change|connect|load|run)\w*"
    r"|not working|no luck|(?:still|again|same) (?:\w+ ){0,3}(?:fail\w*|error\w*|broken|stuck|happen\w*|see\w*|get\w*|not|the same"
    r"|issue|problem|down|slow|crash\w*|there)|same (?:error|issue|problem|thing|result)|it(?:'s| is) back|came back|broke(?:n)? again"
    r"|fail(?:s|ed|ing)?|error(?:s)?|crash(?:es|ed|ing)?|stuck|times? out|timed out|timeout|refused|denied|new (?:error|issue|problem)"
    r"|happening again|happened again|can(?:'t|not)|cannot|unable to|now (?:i|we) (?:get|see|have)",
    "还是不行|不行|没用|仍然|依然|还是报|报错|又出现|失败|错误|连不上|打不开|超时|卡住|崩溃",
)
REJECTS = _any(
    r"(?:does|did|do|is|was|has)(?:n't|nt| not)(?: \w+)? (?:work|help|fix|change|solve)\w*|no luck|not working|no difference"
    r"|still (?:\w+ ){0,3}(?:fail\w*|error\w*|broken|stuck|happen\w*|see\w*|get\w*|not|the same|crash\w*)|same (?:error|issue|problem|thing|result)"
    r"|made (?:it|things) worse|tried that",
    "还是不行|不行|没用|仍然|依然|还是报|没有效果",
)
CORRECTS = _any(
    r"scratch that|ignore (?:that|my|what i)|sorry,? (?:that|i) (?:was|is|am) wrong|(?:that|i|this)(?:'s| is| was|'m| am)?"
    r" (?:wrong|mistaken|incorrect|not right|outdated)|correction|my bad|my mistake|disregard|please don'?t do that"
    r"|don'?t (?:do|use|run) that|actually,? (?:no|that|it|the|you)|wrong (?:one|command|flag|advice)|i misread|i mixed up",
    "更正|说错了|不对|搞错了|请忽略|不要这样",
)
PROMISES = _any(
    r"(?:let me|i'?ll|i will|we'?ll|i'?m going to|gonna|will) (?:\w+ ){0,2}(?:check|look|have a look|take a look|see|investigate|ask|dig|find out|get back|ping|test|debug|take it|fix|raise|file|open|follow up)"
    r"|looking(?: into (?:it|this))?|checking|on it|investigating|one (?:sec|moment|minute)|give me (?:a|\d+)|hang on|hold on|taking a look",
    "我看看|看一下|我查|稍等|马上|正在查|排查中|我来",
)
WILL_TRY = _any(
    r"(?:i'?ll|i will|will|let me|going to|gonna|i can|lemme) (?:\w+ ){0,2}(?:try|test|check|do that|give (?:it|that)|report back|look|see|have a look)"
    r"|trying (?:it|that|now)|try(?:ing)? (?:it|that)|in advance",
    "我试试|试一下|试试看|先试|提前感谢",
)
ME_TOO = _any(
    r"same here|me too|\+1|same (?:issue|problem|question|for (?:me|us))|(?:i|we)(?:'m| am|'re| are)? (?:also )?(?:seeing|having|hitting|facing|have|see) (?:the )?same"
    r"|following|also interested|bump",
    "我也是|我也遇到|同问|同样的问题|一样的问题|顶",
)
GREETING = _any(
    r"hi|hello|hey|morning|good (?:morning|afternoon|evening)|welcome|no problem|np|you'?re welcome|anytime|glad",
    "你好|您好|不客气|早",
)
SELF_SOLVED = _any(
    r"turn(?:ed|s) out|i had to|we had to|(?:it|problem|issue|cause|culprit) was|figured (?:it|this) out|found the (?:issue|problem|cause)"
    r"|fixed (?:it )?by|solved (?:it )?by|after (?:\w+ing) ",
    "原来是|原因是|改成|重启后",
)
CAUSE = _any(
    r"because|caused by|root cause|the reason|turns? out|turned out|due to|the (?:issue|problem|culprit) (?:is|was)",
    "因为|原因是|由于|导致",
)
QUESTION = re.compile(r"[?](?:\s|$|[)\"'])|？")
BUT = _any("but|however|although|one more|another|quick question", "但是|不过|另外|还有一个")


@dataclass(frozen=True)
class Signs:
    """What one text does, found when first asked for: most turns are never asked everything (hence no slots).

    `head` is the text's beginning, `prose` the same in lower case without code blocks.
    """

    head: str
    prose: str

    @cached_property
    def asks(self) -> bool:
        """It puts a question to the reader."""
        return QUESTION.search(self.prose) is not None or (self.chinese and unmarked.holds_question(self.prose))

    @cached_property
    def chinese(self) -> bool:
        """It holds Chinese characters, kana or hangul."""
        return HAN.search(self.prose) is not None

    @cached_property
    def thanks(self) -> bool:
        return THANKS.search(self.prose) is not None

    @cached_property
    def confirms(self) -> bool:
        """It works now, or the matter is settled."""
        return CONFIRMS.search(self.prose) is not None and not self.rejects

    @cached_property
    def trouble(self) -> bool:
        return TROUBLE.search(self.prose) is not None

    @cached_property
    def rejects(self) -> bool:
        """What was advised did not help."""
        return REJECTS.search(self.prose) is not None

    @cached_property
    def corrects(self) -> bool:
        """What was said before is wrong."""
        return CORRECTS.search(self.prose) is not None

    @cached_property
    def promises(self) -> bool:
        """The writer will look into it."""
        return PROMISES.search(self.prose) is not None

    @cached_property
    def will_try(self) -> bool:
        """Not yet done: advice is about to be tried."""
        return WILL_TRY.search(self.prose) is not None

    @cached_property
    def me_too(self) -> bool:
        return len(self.prose) < SHORT and ME_TOO.search(self.prose) is not None

    @cached_property
    def self_solved(self) -> bool:
        """It tells what the cause or the cure turned out to be."""
        return SELF_SOLVED.search(self.prose) is not None

    @cached_property
    def weight(self) -> int:
        """How many telling words it has."""
        return sum(word not in GENERIC for word in tokens(GREETING.sub(" ", self.prose)))

    @cached_property
    def code(self) -> bool:
        """It holds code or an address."""
        return "```" in self.head or self.head.count("`") >= 2 or URL.search(self.head) is not None

    @cached_property
    def closes(self) -> bool:
        """The asker takes leave: thanks or success, and nothing more is wanted."""
        if not (self.thanks or self.confirms) or self.asks or self.rejects or self.will_try:
            return False
        return not (self.trouble and (not self.confirms or BUT.search(self.prose)))

    @cached_property
    def needs(self) -> bool:
        """A new or standing trouble, as against taking leave."""
        return self.asks or self.rejects or (self.trouble and not self.closes)

    @cached_property
    def inquires(self) -> bool:
        """A bare question back: little more than what ends in a question mark."""
        return self.prose.rstrip(" \n\t\"')").endswith(("?", "？")) and self.weight < 12

    @cached_property
    def substantive(self) -> bool:
        """It explains or instructs: more than a greeting, a promise, a me-too or thanks."""
        if self.me_too and self.weight < 8:
            return False
        return self.code or self.weight >= (7 if self.promises or self.thanks or self.asks else 3)

    @cached_property
    def echo(self) -> bool:
        """A bare "same here", which answers nothing."""
        return self.me_too and not self.substantive


@lru_cache(maxsize=2048)
def read(text: str) -> Signs:
    """The signs of a text; code blocks are not read as speech. Bounded work on any text."""
    head = text[:READ]
    return Signs(head, plain(FENCE.sub(" ", head)).replace("’", "'").lower())


def of(turn: Turn) -> Signs:
    """The signs of a turn's text."""
    return read(turn.text)


def links(turns: Sequence[Turn]) -> tuple[str, ...]:
    """The addresses that turns name, each once, in order."""
    found = [url.rstrip(".,;:!?'\"") for turn in turns for url in URL.findall(turn.text)]
    return tuple(dict.fromkeys(found))
