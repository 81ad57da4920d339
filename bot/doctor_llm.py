"""Examines the language model: key, address, each configured model with one tiny typed question, and whether money is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bot import app
from bot.config import LLM, Config
from bot.doctor_check import Check
from bot.llm.base import Ask, Call, Data, Prompt, Speechless, Task, Voice
from bot.models import VigilError

REMEDIES = {
    "refused_key": "the key was refused; check ANTHROPIC_API_KEY or [llm] api_key_file",
    "unreachable": "nothing answers there; check the network, the proxy and [llm] base_url",
    "timeout": "it takes longer than [llm] timeout_seconds; raise that, or name a faster model",
    "garbled": "it does not keep to the shape that is asked for; Vigil can use no answer of it: name another model or server",
    "cut": "its answer was cut off; raise [llm] thinking_tokens",
    "limited": "it is being asked too much just now; try again, or see the limits of your plan",
    "overloaded": "it is overloaded just now; try again",
}
QUESTION = Prompt(
    "doctor-1",
    "Answer whether the sentence in the data says that the door is open. This only tests whether you can be reached.",
)


@dataclass(frozen=True, slots=True)
class Door:
    """The answer to a question that costs next to nothing."""

    is_open: bool


def llm_checks(config: Config) -> Iterator[Check]:
    """All of [llm]; nothing is sent, and nothing loaded, while it is switched off."""
    llm = config.llm
    if not llm.enabled:
        yield Check("language model", True, "switched off; nothing is sent anywhere")
        return
    try:
        voice = app.voice(replace(config, llm=replace(llm, retries=0)), candid=True)
    except VigilError as wrong:
        yield Check("language model", False, str(wrong))
        return
    yield Check("language model", True, _where(llm))
    models = dict.fromkeys([llm.models.get(task, llm.model) for task in Task])
    dead = False
    for model in models:
        if voice is not None and not dead:
            check, why = _asked(voice, llm, model)
            dead = why in ("unreachable", "refused_key")  # the next would fail the same way
            yield check
    yield _money(llm, list(models))


def _where(llm: LLM) -> str:
    if not llm.base_url:
        return "api.anthropic.com, with a key; what is asked there leaves this machine"
    parts = urlsplit(llm.base_url)
    key = "with a key" if llm.api_key else "without a key"
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    plain = "" if local or parts.scheme == "https" else "; over plain http, which anybody on the way can read"
    return f"{parts.netloc}, {key}; what is asked {'stays on' if local else 'leaves'} this machine{plain}"


def _asked(voice: Voice, llm: LLM, model: str) -> tuple[Check, str]:
    """One question to one model, by a task that is set to it; and why it failed, "" when it did not."""
    task = next(task for task in Task if llm.models.get(task, llm.model) == model)
    ask = Ask(task, QUESTION, (Data("sentence", "The door is open."),), Door, "doctor", most=64)
    try:
        call = voice.ask(ask).call
    except Speechless as failed:
        remedy = REMEDIES.get(failed.why, "see what it says")
        return Check(f"model {model}", False, f"{failed}; {remedy}"), failed.why
    return Check(f"model {model}", True, f"answers in {call.seconds:.1f} s ({_tokens(call)})"), ""


def _tokens(call: Call) -> str:
    return f"{call.read + call.cached + call.kept} tokens in, {call.written} out"


def _money(llm: LLM, models: list[str]) -> Check:
    """Money can be counted, and a budget of it held, only for models whose prices are set."""
    without = [model for model in models if model not in llm.prices]
    budgets = [name for name in ("cost_per_day", "channel_cost_per_day") if getattr(llm, name)]
    if without and budgets:
        say = f"no price for {', '.join(without)}, so {' and '.join(budgets)} cannot be held; set [llm] prices"
        return Check("cost", False, say)
    if without:
        return Check("cost", True, f"no price for {', '.join(without)}: tokens are counted and limited, money is not")
    return Check(
        "cost", True, "prices are set" + (f"; held: {', '.join(budgets)}" if budgets else "; no budget of money")
    )
