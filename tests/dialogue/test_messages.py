"""From these values, that message, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Rules
from bot.dialogue import answers, commands, compose, forms, nudging, policy, proposals, suggest
from bot.messages import Message
from bot.models import Decision, State, Thread, Timing
from bot.outcomes import ThreadRow
from knowledge.models import Kind
from tests.dialogue.talk import DAY, HOUR, RULES, START, hit, marked, score, thread

ASK = "amy: Does the deploy probe support gRPC? Ours fails with DPL-017."
HITS = (
    hit("Set `probe = grpc` in the manifest.", id=1, title="Deploy probes"),
    hit("Use the sidecar.", id=2, kind=Kind.CASE, title="Probe of a sidecar"),
    hit("upgrade it", id=3, kind=Kind.PRECEDENT, source="precedent:x", cause=suggest.RESOLVED_SIGN, title="gRPC probe"),
    hit("upgrade it", id=4, kind=Kind.PRECEDENT, source="precedent:y", title="gRPC again"),
)
TALK = thread(ASK)
LANGUAGES = pytest.mark.parametrize(
    "rules", [replace(RULES, language=language) for language in ("en", "zh")], ids=["en", "zh"]
)


def decided(rules: Rules, enough: bool = True, talk: Thread = TALK) -> Decision:
    said = suggest.draft(talk, score(talk), HITS[:1], rules, START) if enough else None
    said = said or suggest.looked_at(talk, score(talk), HITS, rules, START)
    when = Timing(True, None, "nobody answered")
    return policy.decide(talk, score(talk, addressed=True), when, said, rules, (), START, versions=())


@LANGUAGES
def test_a_suggestion_has_sources_buttons_and_the_quiet_line(rules: Rules) -> None:
    made = decided(rules)
    said = compose.suggestion(made, rules, START)
    assert [button.action for button in said.buttons] == [
        "vigil_helpful", "vigil_not_helpful", "vigil_solved", "vigil_need_human", "vigil_why",
    ]  # fmt: skip
    assert {button.value for button in said.buttons} == {made.id}
    assert said.quiet == {"en": "AI suggestion, check before acting", "zh": "AI 建议，操作前请核实"}[rules.language]
    assert said.sources[0].title == "Deploy probes"
    assert said.sources[0].url == "https://docs.example/1"


def test_two_sections_of_one_page_are_told_apart_by_their_headings() -> None:
    parts = ((1, "Probes"), (2, "Limits"), (2, "Limits"))  # a long section is two entries, and one source
    sections = [hit("Set it.", id=n, title="Deploys", problem=f"Deploys > {name}") for n, name in parts]
    made = decided(RULES)
    assert made.suggestion
    made = replace(made, suggestion=replace(made.suggestion, citations=(*sections, HITS[1])))
    titles = [source.title for source in compose.suggestion(made, RULES, START).sources]
    assert titles == ["Deploys › Probes", "Deploys › Limits", "Probe of a sidecar"]


def test_notes_say_what_a_source_is_and_how_old() -> None:
    assert [compose.source(found, RULES, START).note for found in HITS] == [
        "runbook · updated 12 days ago",
        "approved case · learned from a thread · 12 days ago",
        "earlier thread · resolved · 12 days ago",
        "earlier thread · answered · 12 days ago",
    ]


@LANGUAGES
def test_without_evidence_there_is_nothing_to_rate(rules: Rules) -> None:
    said = compose.suggestion(decided(rules, enough=False), rules, START)
    assert [button.action for button in said.buttons] == ["vigil_need_human", "vigil_why"]
    assert len(said.sources) == 3


@LANGUAGES
def test_a_draft_is_for_the_helpers(rules: Rules) -> None:
    made = decided(rules)
    said = compose.draft(made, TALK, "https://chat/1", rules, START, person="bob")
    assert [button.action for button in said.buttons][:3] == [
        "vigil_draft_publish", "vigil_draft_edit", "vigil_draft_dismiss",
    ]  # fmt: skip
    assert said.people == ("bob",)
    assert said.sources[0].url == "https://chat/1"
    assert "Does the deploy probe support gRPC" in said.text
    assert compose.published(" Reworded. ", made, rules, START).text == "Reworded."


def test_a_decision_without_words_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="nothing to say"):
        compose.suggestion(replace(decided(RULES), suggestion=None), RULES, START)


@LANGUAGES
@pytest.mark.parametrize(
    ("lines", "who", "quoted"),
    [
        ((ASK,), "", "Does the deploy probe support gRPC"),
        ((ASK, "bob: which version of the CLI do you run?"), "amy", "which version of the CLI"),
        ((ASK, "bob: let me look into it"), "bob", "let me look into it"),
        ((ASK, "bob: set `probe = grpc`", "amy: still fails with a timeout"), "bob", "still fails with a timeout"),
    ],
)
def test_a_follow_up_shows_that_it_read_the_thread(rules: Rules, lines: tuple[str, ...], who: str, quoted: str) -> None:
    talk = thread(*lines)
    now = START + 5 * HOUR
    due = nudging.follow_up(talk, now, rules, ())
    assert due is not None
    said = compose.follow_up(talk, due, rules, now)
    assert quoted in said.text
    assert "Does the deploy probe support gRPC" in said.text
    assert said.people == ((who,) if who else ())


def test_a_reopened_thread_is_followed_up_as_such() -> None:
    talk = marked(thread(ASK, "bob: set `probe = grpc`", "+60 amy: it fails again"), "resolved", START + 10 * 60)
    due = nudging.follow_up(talk, START + 7 * HOUR, RULES, ())
    assert due is not None
    assert "is back" in compose.follow_up(talk, due, RULES, START + 7 * HOUR).text


@LANGUAGES
def test_an_escalation_mentions_the_group_and_sums_up(rules: Rules) -> None:
    said = compose.escalation(TALK, "my reminders led to nothing", "S1", rules, START + DAY, "https://chat/1")
    assert said.groups == ("S1",)
    assert "DPL-017" in said.text
    assert compose.escalation(TALK, "x", "", rules, START).groups == ()


@LANGUAGES
def test_why_tells_score_threshold_reasons_and_finds(rules: Rules) -> None:
    made = decided(rules)
    said = answers.why(made, rules, START)
    for part in ("0.90", "0.50", "asks a question", "Deploy probes", "80 %"):
        assert part in said.text
    assert [(button.action, button.value) for button in said.buttons] == [("vigil_speak_less", made.id)]
    silent = replace(made, suggestion=None, reasons=())
    assert "Deploy probes" in answers.why(silent, rules, START, HITS).text
    assert answers.why(None, rules, START).text


@LANGUAGES
def test_status_summary_search_stats_help(rules: Rules) -> None:
    talk = thread(ASK, "bob: set `probe = grpc` in the manifest")
    messages: list[Message] = [
        answers.help_text(rules),
        answers.status(talk, State.WAITING_ON_ASKER, "amy", [decided(rules)], rules, START + HOUR),
        answers.status(talk, State.OPEN, None, [], rules, START + HOUR),
        answers.thread_summary(talk, rules, START + HOUR, "https://chat/1", {"bob": "Bob", "amy": "Amy"}),
        answers.search(HITS, "gRPC", rules, START, [compose.source(found, rules, START) for found in HITS]),
        answers.search((), "gRPC", rules, START),
        answers.stats({"turns": 12, "other": 1.5}, rules),
        answers.stats({}, rules),
    ]
    assert all(message.text for message in messages)
    assert "Bob: set `probe = grpc`" in messages[3].text
    assert "1. [Deploy probes" in messages[4].text
    for verb in commands.VERBS:
        assert verb in messages[0].text
    with_name = answers.status(talk, State.WAITING_ON_HELPER, "bob", [], rules, START, names={"bob": "Bob"})
    assert "Bob" in with_name.text


@LANGUAGES
def test_the_picker_offers_the_first_threads(rules: Rules) -> None:
    rows = [ThreadRow(f"t{n}", "c", "amy", f"title {n} " * 20, "open", 0.9, START, START + n, 1) for n in range(40)]
    said = answers.picker("summary", rows, rules, START + DAY)
    (choice,) = said.choices
    assert choice.action == "vigil_pick_summary"
    assert [value for _, value in choice.options] == [f"t{n}" for n in range(25)]
    assert all(len(label) <= 75 for label, _ in choice.options)
    assert not answers.picker("summary", [], rules, START).choices


@LANGUAGES
def test_receipts_and_refusals(rules: Rules) -> None:
    for name in (
        "resolve",
        "reopen",
        "mute",
        "unmute",
        "snooze",
        "teach",
        "helpful",
        "not_helpful",
        "publish",
        "dismiss",
    ):
        assert answers.receipt(name, rules).text
    assert "0.7" in answers.receipt("speak-less", rules, threshold="0.7").text
    for name in ("not_allowed", "unknown_thread", "nothing_known", "gone", "own_case", "duration", "failed"):
        assert answers.refusal(name, rules).text


@LANGUAGES
def test_cases_are_proposed_approved_and_undone(rules: Rules) -> None:
    entry = replace(HITS[1].entry, id=42)
    said = proposals.proposal(entry, rules, START)
    assert [(button.action, button.value) for button in said.buttons] == [
        ("vigil_case_approve", "42.1"), ("vigil_case_edit", "42.1"), ("vigil_case_reject", "42.1"),
    ]  # fmt: skip
    assert "Use the sidecar." in said.text
    assert [button.action for button in proposals.approved(entry, rules).buttons] == ["vigil_case_undo"]
    for message in (
        proposals.rejected(entry, rules),
        proposals.undone(entry, rules),
        proposals.approved(entry, rules),
    ):
        assert "Probe of a sidecar" in message.text
    long = replace(entry, case=replace(entry.case, resolution="```\n" + "line\n" * 4000))
    assert proposals.proposal(long, rules, START).text.count("```") % 2 == 0


@LANGUAGES
def test_forms_carry_what_they_change(rules: Rules) -> None:
    language = rules.language
    made, entry = decided(rules), HITS[1].entry
    why = forms.not_helpful(made.id, language)
    assert (why.action, why.value) == ("vigil_not_helpful", made.id)
    assert [field.name for field in why.fields] == ["reason", "detail"]
    edited = forms.edit_case(entry, language)
    assert {field.name: field.initial for field in edited.fields}["resolution"] == "Use the sidecar."
    assert "probe = grpc" in forms.edit_draft(made, language).fields[0].initial
    taught = forms.teach("t1", None, language)
    assert (taught.action, taught.value, taught.fields[0].initial) == ("vigil_taught", "t1", "")
    for form in (why, edited, forms.edit_draft(made, language), taught):
        assert len(form.title) <= 24
        assert len(form.submit) <= 24
