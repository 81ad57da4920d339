"""Decisions as recorded, and what is counted from them."""

from __future__ import annotations

from dataclasses import replace

from bot.memory import Memory
from bot.models import Action, Feedback, State, Suggestion
from bot.outcomes import Outcome, Spoken
from knowledge.models import Hit, Status
from tests.storage.values import CHANNEL, NOW, case, decision, opening, turn


def test_a_decision_is_kept_whole(memory: Memory) -> None:
    (entry,) = memory.entries.put([case("file:a#b")], Status.LIVE, "U1", NOW)
    hit = Hit(entry, 1.0, 0.71236, "Ask the desk.", 0.5, 2.0, ("words",))
    made = replace(decision(1), suggestion=Suggestion("Ask the desk.", (hit,), 0.7), due=NOW + 5)
    memory.ledger.commit(Outcome(decisions=(made,)), NOW)
    kept = memory.decisions.get("d1")
    assert kept is not None
    assert (kept["action"], kept["score"], kept["threshold"], kept["due"], kept["at"]) == ("public", 0.8123, 0.6, NOW + 5, NOW)  # fmt: skip
    assert (kept["reasons"], kept["entry_ids"]) == (["asks", "nobody answered"], [3, 14])
    assert (kept["versions"], kept["asked"], kept["person"]) == ({"triage": "t1", "policy": "p2"}, False, "amy")
    assert kept["suggestion"]["hits"][0]["title"] == "Quota"
    assert memory.decisions.get("d2") is None


def test_silence_is_kept_too(memory: Memory) -> None:
    silent = replace(decision(1, Action.SILENT), entry_ids=(), versions=())
    memory.ledger.commit(Outcome(decisions=(silent,)), NOW)
    (kept,) = memory.decisions.listed()
    assert (kept["action"], kept["suggestion"], kept["entry_ids"], kept["versions"]) == ("silent", None, [], {})


def test_lists_newest_first_by_thread_and_channel(memory: Memory) -> None:
    other = replace(decision(4), channel_id="slack:T1:C2")
    memory.ledger.commit(Outcome(decisions=(decision(1), decision(2), decision(3), other)), NOW)
    assert [row["id"] for row in memory.decisions.listed(limit=2)] == ["d4", "d3"]
    assert [row["id"] for row in memory.decisions.listed(channel_id=CHANNEL)] == ["d3", "d2", "d1"]
    assert [row["id"] for row in memory.decisions.listed(thread_id=f"{CHANNEL}:2.0")] == ["d2"]
    assert memory.decisions.listed(thread_id=f"{CHANNEL}:2.0", channel_id="slack:T1:C2") == []


def test_only_spoken_suggestions_count_as_spoken(memory: Memory) -> None:
    made = (
        decision(1, at=NOW - 50),
        decision(2, at=NOW - 10),
        decision(3, Action.SILENT, NOW - 9),
        decision(4, Action.HOLD, NOW - 8),
        decision(5, Action.DRAFT, NOW - 7),
        decision(6, at=NOW - 6, kind="follow_up"),
    )
    memory.ledger.commit(Outcome(decisions=made), NOW)
    both = [Spoken(NOW - t, f"{CHANNEL}:{n}.0", CHANNEL, "amy", (3, 14)) for n, t in ((2, 10), (5, 7))]
    look = memory.decisions.spoken
    assert look(CHANNEL, f"{CHANNEL}:1.0", "amy", NOW - 20, NOW) == both  # this person's
    assert look(CHANNEL, f"{CHANNEL}:2.0", "zoe", NOW - 20, NOW) == both[:1]  # this thread's
    assert look(CHANNEL, f"{CHANNEL}:1.0", "zoe", NOW - 20, NOW - 8) == both[1:]  # the channel's latest


def test_counts(memory: Memory) -> None:
    memory.entries.put([case("file:a#b")], Status.LIVE, "U1", NOW)
    memory.entries.put([case("file:a#c")], Status.PROPOSED, "U1", NOW)
    first = replace(opening(turn("100.0")), state=State.RESOLVED)
    made = (decision(1, at=200.0), decision(2, Action.SILENT, 200.0), decision(3, at=200.0, kind="follow_up"))
    memory.ledger.commit(replace(first, decisions=made), NOW)
    said = (Feedback("d1", "amy", True, "", 201.0), Feedback("d1", "bob", False, "old", 202.0))
    memory.ledger.commit(Outcome(feedback=said), NOW)
    stats = memory.decisions.stats(CHANNEL, 50.0)
    assert {key: stats[key] for key in ("turns", "public", "silent", "helpful", "not_helpful", "resolved", "follow_up",
                                        "live_entries", "proposed_entries")} == {
        "turns": 1, "public": 1, "silent": 1, "helpful": 1, "not_helpful": 1, "resolved": 1, "follow_up": 1,
        "live_entries": 1, "proposed_entries": 1,
    }  # fmt: skip
    assert memory.decisions.stats(CHANNEL, 300.0)["turns"] == 0
    assert memory.decisions.stats("slack:T1:C2", 0.0).get("public") is None
