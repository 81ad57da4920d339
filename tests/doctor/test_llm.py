"""The doctor on the language model: key, address, each model by a tiny question, and whether money is counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.sandbox import OffShape, Overloaded, Sandbox, Truncated
from tests.doctor.clinic import Clinic, free_port

KEY = "sk-ant-doctor-recognisable"
PRICES = (
    'prices = { "claude-sonnet-5-5" = [3.0, 0.3, 3.75, 15.0], "claude-haiku-5-5" = [1.0, 0.1, 1.25, 5.0] }\n'
    "cost_per_day = 5.0"
)


@pytest.fixture
def ill(clinic: Clinic, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    """An installation whose language model is the sandbox's."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    clinic.parts["llm"] = f'enabled = true\nbase_url = "{box.url}"\ntimeout_seconds = 5'
    box.llm.requests.clear()
    yield clinic
    box.faults.clear()
    box.llm.refused_keys = frozenset()


def test_switched_off_nothing_is_sent(clinic: Clinic, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    clinic.parts["llm"] = f'base_url = "{box.url}"'
    box.llm.requests.clear()
    found = clinic.findings()["language model"]
    assert (found.well, "switched off" in found.say) == (True, True)
    assert box.llm.requests == []


def test_a_sound_one(ill: Clinic, box: Sandbox) -> None:
    found = ill.findings()
    assert ill.sick() == {}
    assert "with a key; what is asked stays on this machine" in found["language model"].say
    assert {"model claude-sonnet-5-5", "model claude-haiku-5-5"} <= set(found)
    assert "tokens in" in found["model claude-haiku-5-5"].say
    assert "tokens are counted and limited, money is not" in found["cost"].say
    assert all(request.key == KEY for request in box.llm.requests)
    assert not any(KEY in check.say for check in found.values())
    assert len(box.llm.requests) == 4, "each model was asked once an examination"


def test_enabled_without_a_key(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    clinic.parts["llm"] = "enabled = true"
    assert "ANTHROPIC_API_KEY" in clinic.sick()["language model"]


def test_a_refused_key_is_one_line_and_is_not_tried_with_every_model(ill: Clinic, box: Sandbox) -> None:
    box.llm.refused_keys = frozenset({KEY})
    sick = ill.sick()
    assert len(sick) == 1
    assert "the key was refused" in next(iter(sick.values()))
    assert KEY not in str(sick)
    assert len(box.llm.requests) == 1


def test_nobody_answers(ill: Clinic) -> None:
    ill.parts["llm"] = f'enabled = true\nbase_url = "http://127.0.0.1:{free_port()}"'
    sick = ill.sick()
    assert len(sick) == 1
    assert "check the network, the proxy and [llm] base_url" in next(iter(sick.values()))


def test_an_unknown_model_is_named_in_the_endpoints_own_words(ill: Clinic) -> None:
    ill.parts["llm"] += '\nmodels = { judge = "claude-haiku-9" }'
    sick = ill.sick()
    assert set(sick) == {"model claude-haiku-9"}
    assert "model: claude-haiku-9" in sick["model claude-haiku-9"]


@pytest.mark.parametrize(
    ("fault", "part"),
    [(OffShape("no"), "does not keep to the shape"), (Truncated(), "thinking_tokens"), (Overloaded(), "try again")],
)
def test_a_model_that_cannot_be_used(ill: Clinic, box: Sandbox, fault: OffShape, part: str) -> None:
    box.faults.next("messages.judge", fault)
    box.faults.next("messages", fault)
    sick = ill.sick()
    assert next(iter(sick)).startswith("model ")
    assert part in next(iter(sick.values()))


def test_a_budget_of_money_without_prices_is_told(ill: Clinic) -> None:
    ill.parts["llm"] += "\ncost_per_day = 5.0"
    assert "cost_per_day cannot be held" in ill.sick()["cost"]
    ill.parts["llm"] = ill.parts["llm"].replace("cost_per_day = 5.0", PRICES)
    assert ill.findings()["cost"].say == "prices are set; held: cost_per_day"
