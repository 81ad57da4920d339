"""Reads from one turn what it says of a resolution: it works, thanks, so it was done, nothing helped, see over there."""

from __future__ import annotations

import re

from bot.dialogue import signals
from bot.dialogue.signals import Signs
from bot.dialogue.trimming import SENTENCE, spoken
from bot.events import Turn

SHORT = 20  # telling words of a turn that merely says that it works
THANKS = 14  # and of one that merely thanks: who says more may be thanking for something else
FEW = 4  # of those who thank and still contradict, ask or explain
LONG = 60  # telling words of a turn above which one sentence says little about the whole
LEAST = 5  # telling words (or some code) beside the news that it works that may say how
HINT = 3  # and of a sentence that says so in so many words

POLITE = re.compile(
    r"\b(?:(?:sounds|looks?|seems) (?:very |pretty |really )?(?:good|great)|good (?:idea|point|to know|question|catch|luck)"
    r"|thank (?:god|goodness|heavens)|thanks for (?:asking|looking into)|works for me)\b",
    re.IGNORECASE,
)
SUCCESS = re.compile(
    r"\bsuccess(?:ful(?:ly)?)?\b|\bsucceeded\b|\b(?:i|we)(?:'ve| have)? (?:also |finally |now )?(?:solved|fixed|resolved|sorted)\b"
    r"|\bgot (?:\w+ ){0,4}(?:to work|working|running)\b|\ball (?:set|solved)\b|\bthat was (?:it|the (?:issue|problem|trouble|cause|reason))\b"
    r"|\bdoes the trick\b|\b(?:solved|fixed) my\b|\b(?:works?|working) (?:perfectly|great|well|as expected|like a charm)\b|成功了",
    re.IGNORECASE,
)
RESERVED = re.compile(
    r"n't\b|\bnot\b|\bi meant?\b|\bhere (?:is|are|'s)\b|\bthis is (?:the|my)\b|\bposted\b|\bi(?:'ll| will| guess| think)\b|\bhaven\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"@\*\*[^*\n]{1,80}\*\*|<@[^>\n]{1,80}>|@[\w.-]{2,60}|:[a-z0-9_+-]{1,40}:")
DEED = (
    r"(?:set|add|remov|us|runn|chang|switch|upgrad|downgrad|updat|restart|delet|renam|replac|disabl|enabl|increas|decreas|reinstall"
    r"|clear|pass|mov|putt|build|rebuild|install|specify|call|return|import|export|includ|clon|reload|reindex|index|mak|do|writ"
    r"|declar|fix|correct|repair|mount|expos|open|point)(?:n|t)?ing"
)
FIXES = r"(?:fixe[sd]|solve[sd]|resolve[sd]|work(?:s|ed)|helped|did (?:it|the))"
HOW = re.compile(
    r"\b(?:turn(?:ed|s) out"
    r"|(?:problem|issue|culprit|cause|trick|solution|fix|mistake|reason|answer|magic|key|root|workaround) (?:was|is|were)\b"
    r"|i (?:just |only |also |simply )?(?:had|needed|have) to\b|i (?:forgot|was missing|missed|mistyped|misread|overlooked)"
    r"|(?:fix|solve|resolve|work around|work)(?:e?d)? (?:it |this |that |the \w+ )?(?:by|with|after|using)\b"
    r"|(?:get|got|make|made|getting) (?:it|this|that) (?:to )?work(?:ing)? (?:by|with|after|using)\b"
    rf"|after (?:\w+ ){{0,3}}{DEED}\b|{DEED}\b[^.?!\n]{{2,200}}\b{FIXES}"
    r"|(?:it|this|that|everything) (?:now |all )?(?:works?|worked|compiles|builds|runs) (?:fine |now |again |well )?"
    r"(?:if|when|with|by|after|now that|once|using)\b"
    r"|(?:works?|worked|working|fixed|solved)(?: now)?[,:;. ]{1,3}(?:i|we|by|just|after|with|it was|needed|had to)\b"
    r"|(?:i|we) (?:have |could |was able to )?(?:solved?|fixed|resolved?|sorted)\b[^?\n]{12,}"
    rf"|(?:seems?|appears?) to (?:help|work|fix|solve|do the trick)\b|(?:that|this|which) {FIXES} (?:the|my|it)\b"
    r"|(?:found|find) (?:out )?(?:that|the (?:problem|issue|cause|bug|error|solution|fix|root|reason|culprit|answer|mistake))\b"
    r"|figured (?:it|this) out[^?\n]{12,}|my (?:mistake|fault|error)\b[^?\n]{10,}|so the (?:fix|solution|trick|answer))"
    r"|原来是|原因是|改成|重启后|后来发现",
    re.IGNORECASE,
)
DID = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:just |only |then |now )?(?:changed|replaced|added|removed|switched|set|used|moved|upgraded|reinstalled|deleted|rotated"
    r"|went with|ended up|change|add|remove)\b[^?\n]{4,}|改了|换成",
    re.IGNORECASE,
)
GIVES_UP = re.compile(
    r"\b(?:thanks? (?:you )?(?:all |everyone )?(?:anyway|regardless)|back to the drawing|not sure where to start|g[ai]v(?:e|ing) up"
    r"|will have to wait|too bad|oh well|unresolved|leave (?:this|it) (?:here|there|at that)|from scratch|still unclear"
    r"|that'?s a (?:pity|shame|bummer)|unfortunate(?:ly)?)\b|算了|放弃",
    re.IGNORECASE,
)
WAVES_OFF = re.compile(
    r"\b(?:never ?mind|nvm|false alarm|ignore (?:this|me|my)|i'?ll close this|closing this|delete (?:this|that|my) post)\b|不用了",
    re.IGNORECASE,
)
HANDED = re.compile(
    r"\b(?:open|creat|fil|mak|submit|rais|report)(?:e|ed|ing|d)? (?:an? |the |this |that |it\b|one |new |github )*"
    r"(?:issues?|tickets?|prs?|pull requests?|bugs?|it\b)"
    r"|\bissue (?:is |has been )?(?:created|opened|filed)\b|\b(?:opened|created|filed) (?:https?:|\[|#)|提(?:个|了)?(?:工单|issue)",
    re.IGNORECASE,
)


def signs(turn: Turn) -> Signs:
    """What the turn does in its own words, whatever it quotes; mere politeness is no success."""
    return signals.read(POLITE.sub(" ", NAMES.sub(" ", spoken(turn))))


def succeeds(turn: Turn) -> bool:
    """Its first sentence says that it works now, whatever comes then."""
    first = signals.read(POLITE.sub(" ", SENTENCE.split(spoken(turn), 1)[0]))
    return first.closes and first.confirms and first.weight <= SHORT


def confirms(turn: Turn) -> bool:
    """It says that it works now."""
    said = signs(turn)
    won = SUCCESS.search(said.prose) is not None and not (said.asks or said.rejects or said.will_try)
    return said.confirms or won or succeeds(turn)


def closes(turn: Turn) -> bool:
    """Its writer takes leave, with success or with thanks."""
    return signs(turn).closes or confirms(turn)


def accepts(turn: Turn) -> bool:
    """It takes leave and says little else: a long report in which something works, or a "thanks, but I meant", does not."""
    said = signs(turn)
    if succeeds(turn) or said.weight <= FEW:
        return True
    if signals.BUT.search(said.prose) or said.promises:
        return False
    return said.weight <= 2 * SHORT if confirms(turn) else said.weight <= THANKS and not RESERVED.search(said.prose)


def gives_up(turn: Turn) -> bool:
    """Thanks, but nothing helped."""
    return GIVES_UP.search(signs(turn).prose) is not None


def waves_off(turn: Turn) -> bool:
    """Nobody need look any more."""
    return WAVES_OFF.search(signs(turn).prose) is not None


def hands_on(turn: Turn) -> bool:
    """The matter goes on elsewhere: as an issue, a ticket, a change to be made."""
    return HANDED.search(spoken(turn)) is not None


def tells_how(turn: Turn, sure: bool = False) -> bool:
    """It says what the cause or the cure was; where success is `sure`, also what was just done."""
    said = signs(turn)
    if (signals.of(turn).weight < HINT and not said.code) or said.weight > LONG or said.asks or said.rejects:
        return False
    if said.will_try or said.promises or (signals.BUT.search(said.prose) and not succeeds(turn)):
        return False
    found = HOW.search(said.prose) or ((sure or confirms(turn)) and DID.search(said.prose))
    return bool(found)


def reports(turn: Turn) -> bool:
    """It works, and more is said than that."""
    said = signs(turn)
    rest = [s for s in SENTENCE.split(said.prose) if not (signals.THANKS.search(s) or signals.CONFIRMS.search(s))]
    more = signals.read(" ".join(rest))
    plans = more.promises or more.will_try or signals.BUT.search(said.prose)
    return confirms(turn) and (more.weight >= LEAST or more.code) and not plans
