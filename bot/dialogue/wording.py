"""Every sentence Vigil writes, looked up by key and language, with ages and shares of a hundred in words."""

from __future__ import annotations

from bot.dialogue.wording_en import ENGLISH
from bot.dialogue.wording_follow import FOLLOW_CHINESE, FOLLOW_ENGLISH
from bot.dialogue.wording_knowledge import KNOWLEDGE_CHINESE, KNOWLEDGE_ENGLISH
from bot.dialogue.wording_learning import LEARNING_CHINESE, LEARNING_ENGLISH
from bot.dialogue.wording_surface import SURFACE_CHINESE, SURFACE_ENGLISH
from bot.dialogue.wording_telling import TELLING_CHINESE, TELLING_ENGLISH
from bot.dialogue.wording_voice import VOICE_CHINESE, VOICE_ENGLISH
from bot.dialogue.wording_watch import WATCH_CHINESE, WATCH_ENGLISH
from bot.dialogue.wording_zh import CHINESE
from bot.models import State

TABLES = {
    "en": ENGLISH
    | SURFACE_ENGLISH
    | KNOWLEDGE_ENGLISH
    | LEARNING_ENGLISH
    | VOICE_ENGLISH
    | TELLING_ENGLISH
    | FOLLOW_ENGLISH
    | WATCH_ENGLISH,
    "zh": CHINESE
    | SURFACE_CHINESE
    | KNOWLEDGE_CHINESE
    | LEARNING_CHINESE
    | VOICE_CHINESE
    | TELLING_CHINESE
    | FOLLOW_CHINESE
    | WATCH_CHINESE,
}
AGES = (
    ("age_years", 365 * 86400),
    ("age_months", 30 * 86400),
    ("age_days", 86400),
    ("age_hours", 3600),
    ("age_minutes", 60),
)


def table(language: str) -> dict[str, str]:
    """The texts of a language by its code (`zh-CN` is `zh`); English for any that Vigil does not write."""
    return TABLES.get(language.lower().replace("_", "-").split("-")[0], TABLES["en"])


def say(language: str, key: str, **values: object) -> str:
    """The text of `key` with its values filled in; KeyError when there is no such text or a value is missing."""
    return table(language)[key].format_map({name: str(value) for name, value in values.items()})


def speechless(language: str, why: str) -> str:
    """Why a language model gave nothing, in words; `why` as bot.llm.base.Speechless has it, or `rounds` or `unsupported`."""
    known = table(language)
    return known.get(f"speechless_{why}", known["speechless_failed"])


def percent(share: float) -> str:
    """A share of 0..1 as a whole number of hundredths."""
    return f"{round(100 * share)} %"


def age(language: str, seconds: float) -> str:
    """How long ago, in the largest unit that fits: `12 days ago`."""
    for key, size in AGES:
        count = int(max(0.0, seconds) // size)
        if count:
            return say(language, f"{key}_one" if count == 1 else key, count=count)
    return say(language, "age_now")


def state_name(language: str, state: State) -> str:
    """A thread's state in words."""
    return say(language, f"state_{str(state).replace(' ', '_')}")
