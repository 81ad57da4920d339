#!/usr/bin/env python3
"""Tries everything that can be done to Vigil as everybody who might, on the real line, and the audit log by tampering."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from authority_envelopes import Letter, Post, as_click, opens
from authority_table import ENVELOPES, ROLES, Row, rows
from authority_tampering import tampered
from authority_world import ELSEWHERE, WHO, World

from bot.sandbox.workspace import APP_ID
from knowledge.embedding import CachedEmbedder, HashingEmbedder
from tests.harness import TEAM

BREACHES = ("matrix_breaches", "matrix_denied_wrongly", "matrix_untold", "foreign_stored", "tamperings_missed")
SMALL, SMALL_TAMPERINGS, TAMPERINGS = 60, 40, 1000
OLD = 120.0
"""Seconds by which clicks are late: a message of Vigil's that no record knows is not waited for then."""

Say = Callable[[str], None]


def run(seed: int, small: bool, say: Say, generous: Sequence[str] = ()) -> dict[str, int]:
    """Counts of all cells (role and action), and what went wrong; `generous` are roles wrongly made helpers, to be noticed.

    matrix_breaches: allowed though the table denies, or a refusal that changed something; matrix_denied_wrongly: denied though
    the table allows; matrix_untold: not told in the audit log exactly once; foreign_stored: another team's or app's envelopes
    that left a trace in the inbox; tamperings and how many of them `vigil audit verify` would tell.
    """
    dice = random.Random(seed)
    counts = Counter(dict.fromkeys(("matrix_cells", *BREACHES), 0))
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), CachedEmbedder(HashingEmbedder()), [WHO[role] for role in generous])
        try:
            cells = [(row, role) for row in rows() for role in ROLES]
            _walk(world, _some(cells, dice) if small else cells, counts, say)
            _foreign(world, counts, say)
        finally:
            world.close()
        counts.update(tampered(Path(folder), dice, SMALL_TAMPERINGS if small else TAMPERINGS, say))
    return dict(counts)


def _some(cells: Sequence[tuple[Row, str]], dice: random.Random) -> list[tuple[Row, str]]:
    """Every forgery by who may do most, and others by lot."""
    forged = [(row, role) for row, role in cells if row.way == "forged" and role == "M"]
    return [*forged, *dice.sample([cell for cell in cells if cell not in forged], SMALL - len(forged))]


def _walk(world: World, cells: Sequence[tuple[Row, str]], counts: Counter[str], say: Say) -> None:
    shown: set[str] = set()
    for number, (row, role) in enumerate(cells, 1):
        for what, why in _cell(world, row, role):
            counts[what] += 1
            if what not in shown:
                shown.add(what)
                say(f"{what}: {row.way} {row.action} by {role} ({ROLES[role]}): {why}")
        counts["matrix_cells"] += 1
        if number % 100 == 0 or number == len(cells):
            say(f"{number}/{len(cells)} cells")


def _cell(world: World, row: Row, role: str) -> list[tuple[str, str]]:
    """What went wrong when somebody of a role did it: (count, why)."""
    world.back()
    letter, before = Post(world).letter(row, role), world.lasting()
    line, may, found = world.live.memory.audit.head().line, role in row.may, list[tuple[str, str]]()
    if row.way == "click" and opens(row.action) and _opens(world, letter) and not may:
        found.append(("matrix_breaches", "a form opened that shows what is known"))
    world.box._core.hub.offer(letter.kind, letter.payload)
    world.box.wait_acked()
    world.live.clock.move(OLD if row.way == "forged" else 0.0)
    world.rest()
    acts, after = world.acts(line, WHO[role]), world.lasting()
    allowed = [action for action, yes in acts if yes]
    if not may and (allowed or after != before):
        changed = "" if after == before else ", and something changed"
        found.append(("matrix_breaches", f"allowed {allowed}{changed}"))
    if may and row.right not in allowed:
        found.append(("matrix_denied_wrongly", f"the log says {acts}"))
    if len(acts) != _told(row, role):
        found.append(("matrix_untold", f"the log says {acts}"))
    return found


def _told(row: Row, role: str) -> int:
    """How many lines of the audit log a cell leaves: what a bot says to Vigil is heard, and is no request."""
    return 0 if row.way == "mention" and role == "B" else 1


def _opens(world: World, letter: Letter) -> bool:
    return world.town.forms(as_click(letter, world.live.clock())) is not None


def _foreign(world: World, counts: Counter[str], say: Say) -> None:
    """Envelopes of another team and of another app, each of what an administrator may do here."""
    world.back()
    samples = {"message": "mention stats", "reaction": "reaction resolved", "slash": "slash mute", "form": "form vigil_taught",
               "click": "click vigil_solved", "shortcut": "shortcut vigil_teach", "home": "slash home"}  # fmt: skip
    table = {f"{row.way} {row.action}": row for row in rows()}
    sql = "SELECT count(*) FROM inbox"
    for kind in ENVELOPES:
        for team, app in ((ELSEWHERE, APP_ID), (TEAM, "A0OTHER"), (ELSEWHERE, "A0OTHER"), ("", APP_ID)):
            before, refused = world.live.memory.database.value(sql), len(world.town.refused)
            letter = Post(world, team, app).letter(table[samples[kind]], "M")
            shared = {"is_ext_shared_channel": True} if team == ELSEWHERE else {}
            world.box._core.hub.offer(letter.kind, letter.payload | shared)
            world.box.wait_acked()
            counts["foreign_envelopes"] += 1
            if world.live.memory.database.value(sql) != before or len(world.town.refused) != refused + 1:
                counts["foreign_stored"] += 1
                say(f"foreign_stored: {kind} of team {team!r}, app {app!r}")
