"""Who may do what, written down by hand: a table that the code is held against and that is not made from it."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = {
    "N": "nobody: an id that the platform does not know",
    "D": "a deactivated person, still in every list",
    "B": "another bot, in every list",
    "E": "a person of another team, not in the channel",
    "V": "a visitor: of another team, in the shared channel, and in every list",
    "O": "an outsider: of the team, not in the private channel",
    "G": "a guest in the channel",
    "S": "a stranger in the channel",
    "A": "the asker",
    "H": "a helper, by configuration",
    "C": "a curator, by a user group",
    "W": 'who made the channel (its owner), by `approvers = ["owner"]`',
    "M": "an administrator, by configuration",
    "X": "the author of the case, a curator too",
}

TABLE = """
# what                        right          who may, and nobody else
slash help                    help           E V O G S A H C W M X
slash ask                     suggest        V G S A H C W M X
slash suggest                 suggest        V G S A H C W M X
slash search                  search         V G S A H C W M X
slash status                  status         V G S A H C W M X
slash why                     why            V G S A H C W M X
slash summary                 summary        V G S A H C W M X
slash handover                handover       V G S A H C W M X
slash stats                   stats          G S A H C W M X
slash teach                   teach          G S A H C W M X
slash resolve                 resolve        A H M
slash reopen                  reopen         A H M
slash snooze                  snooze         A H M
slash forget                  forget         A H M
slash mute                    mute           H M
slash unmute                  unmute         H M
slash speak-less              speak_less     H M
slash approve                 approve        C W M
slash reject                  reject         C W M X
slash undo                    undo           C W M X
slash cases                   cases          C W M X
slash cases-list              queue          E V O G S A H C W M X
slash home                    home           S
slash offer                   read           V G S A H C W M X

mention help                  help           V G S A H C W M X
mention ask                   suggest        V G S A H C W M X
mention stats                 stats          G S A H C W M X
mention resolve               resolve        A H M
mention mute                  mute           H M
mention forget                forget         A H M

shortcut vigil_suggest        suggest        V G S A H C W M X
shortcut vigil_teach          teach          G S A H C W M X

reaction helpful              feedback       V G S A H C W M X
reaction unhelpful            feedback       V G S A H C W M X
reaction resolved             resolve        A H M
reaction not_request          not_request    A H M
reaction remove               remove         A H M

click vigil_helpful           feedback       V G S A H C W M X
click vigil_not_helpful       feedback       V G S A H C W M X
click vigil_solved            resolve        A H M
click vigil_need_human        need_human     V G S A H C W M X
click vigil_why               why            V G S A H C W M X
click vigil_speak_less        speak_less     H M
click vigil_accept_yes        resolve        A H M
click vigil_accept_no         resolve        A H M
click vigil_reopen            reopen         A H M
click vigil_draft_publish     publish        H M
click vigil_draft_edit        edit_draft     H M
click vigil_draft_dismiss     dismiss        H M
click vigil_case_approve      approve        C W M
click vigil_case_replace      approve        C W M
click vigil_case_keep         approve        C W M
click vigil_case_reject       reject         C W M X
click vigil_case_edit         edit           C W M X
click vigil_case_undo         undo           C W M X
click vigil_case_confirm      confirm        C W M
click vigil_case_retire       retire         C W M X
click vigil_case_show         cases          C W M X
click vigil_revision_approve  approve        C W M
click vigil_revision_edit     edit           C W M X
click vigil_revision_reject   reject         C W M X
click vigil_gap_draft         teach          G S A H C W M X
click vigil_pick_resolve      resolve        A H M

form vigil_not_helpful        feedback       V G S A H C W M X
form vigil_taught             teach          G S A H C W M X
form vigil_case_edited        edit           C W M X
form vigil_draft_edited       publish        H M
form vigil_revision_edited    edit           C W M X

# What is stale or forged is refused whoever does it.
forged unsealed-form          -
forged anothers-form          -
forged other-value            -
forged other-channels-message -
forged not-by-vigil           -
forged deleted-message        -
forged no-message             -
forged unknown-action         -
forged superseded-draft       -
"""
"""The letters are those of ROLES. `home` is opened in a conversation with Vigil alone: here in S's own."""

ENVELOPES = ("message", "reaction", "slash", "click", "form", "shortcut", "home")
"""Each kind of envelope, from another team and from another app: nothing of it may be stored, whoever sent it."""

CLI = """
run _listen _work manifest decisions search stats demo replay train doctor
eval-triage eval-retrieval eval-growth eval-faq eval-redaction
knowledge-list knowledge-show knowledge-log knowledge-refused knowledge-gaps knowledge-corrections audit-verify
* ingest forget backup restore audit-export knowledge-approve knowledge-edit knowledge-reject knowledge-retire
* knowledge-confirm knowledge-undo knowledge-erase knowledge-repair knowledge-correct
"""
"""What the machine's operator may do at the command line; in lines with a star it leaves a line in the audit log."""

PAGES = """
GET /healthz 200 503
GET /metrics 200
GET / 404
GET /admin 404
POST /healthz 501
DELETE /metrics 501
"""
"""What the console answers to anybody who reaches its address."""


@dataclass(frozen=True, slots=True)
class Row:
    """One action by one way: what it needs, and the letters of those who may."""

    way: str
    action: str
    right: str
    may: frozenset[str]


def rows() -> list[Row]:
    """The table, row by row."""
    found = []
    for line in TABLE.strip().splitlines():
        if line.strip() and not line.startswith("#"):
            way, action, right, *may = line.split()
            found.append(Row(way, action, right, frozenset(may)))
    return found


def verbs() -> dict[str, bool]:
    """The operator's verbs, each with whether it leaves a line in the audit log."""
    found = {}
    for line in CLI.strip().splitlines():
        names = line.removeprefix("* ").split()
        found |= {name.replace("-", " "): line.startswith("*") for name in names}
    return found
