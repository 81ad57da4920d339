"""The forms Vigil opens: why a suggestion did not help, and a case, a draft or a lesson to edit."""

from __future__ import annotations

from bot.dialogue.wording import say
from bot.messages import Field, Form
from bot.models import Decision
from bot.outcomes import Revision
from knowledge.models import Case, Entry

REASONS = ("wrong", "outdated", "off_topic", "unwanted", "other")
LONGEST = 3000  # characters an input holds at most
TITLE = 150


def not_helpful(decision_id: str, language: str = "en") -> Form:
    """Asks why; submitted as `vigil_not_helpful` with the fields `reason` and `detail`."""
    options = tuple((say(language, f"reason_{reason}"), reason) for reason in REASONS)
    return Form(
        "vigil_not_helpful", decision_id, say(language, "form_not_helpful"), say(language, "form_send"),
        (
            Field("reason", say(language, "form_reason"), "choice", options=options),
            Field("detail", say(language, "form_detail"), "long", optional=True),
        ),
    )  # fmt: skip


def edit_case(entry: Entry, language: str = "en") -> Form:
    """A proposed case to change; submitted as `vigil_case_edited` with title, problem and resolution."""
    fields = _case_fields(entry.case, language)
    return Form(
        "vigil_case_edited",
        f"{entry.id}.{entry.version}",
        say(language, "form_edit_case"),
        say(language, "form_save"),
        fields,
    )


def edit_revision(revision: Revision, language: str = "en") -> Form:
    """A proposed new answer to change; submitted as `vigil_revision_edited` with the field `resolution`."""
    field = Field("resolution", say(language, "case_answer"), "long", revision.resolution[:LONGEST])
    return Form(
        "vigil_revision_edited", revision.id, say(language, "form_edit_case"), say(language, "form_save"), (field,)
    )


def edit_draft(decision: Decision, language: str = "en") -> Form:
    """A drafted answer to change; submitted as `vigil_draft_edited` with the field `text`."""
    text = decision.suggestion.text if decision.suggestion else ""
    field = Field("text", say(language, "form_text"), "long", text[:LONGEST])
    return Form("vigil_draft_edited", decision.id, say(language, "form_edit_draft"), say(language, "publish"), (field,))


def teach(thread_id: str, case: Case | None, language: str = "en") -> Form:
    """What a thread teaches, filled in as far as it could be read; submitted as `vigil_taught`."""
    return Form(
        "vigil_taught", thread_id, say(language, "form_teach"), say(language, "form_propose"),
        _case_fields(case, language), say(language, "form_teach_note"),
    )  # fmt: skip


def _case_fields(case: Case | None, language: str) -> tuple[Field, ...]:
    title, problem, answer = (case.title, case.problem, case.resolution) if case else ("", "", "")
    return (
        Field("title", say(language, "form_title"), "text", title[:TITLE]),
        Field("problem", say(language, "case_problem"), "long", problem[:LONGEST]),
        Field("resolution", say(language, "case_answer"), "long", answer[:LONGEST]),
    )
