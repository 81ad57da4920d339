"""Questions that people answered and Vigil had nothing for, read from decisions, threads and their precedents."""

from __future__ import annotations

from bot.outcomes import Unmet
from bot.storage.sqlite import Database

# Help was needed or Vigil was asked; it had no document and no case for it, then or later, and could at most point to another
# such thread; and somebody else's reply made a precedent.
UNMET = """SELECT t.id, t.channel_id, t.state, t.opened_at, e.id, EXISTS (
    SELECT 1 FROM entries c WHERE c.source IN ('thread:'||t.id, 'case:thread:'||t.id) AND c.status IN ('live', 'proposed'))
  FROM threads t JOIN entries e ON e.source='precedent:'||t.id AND e.status='live'
  WHERE t.opened_at>=? AND EXISTS (
    SELECT 1 FROM decisions d WHERE d.thread_id=t.id AND d.kind IN ('suggestion', 'late', 'hold') AND (d.score>=d.threshold OR d.asked))
  AND NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.thread_id=t.id AND d.kind='suggestion' AND d.action IN ('draft', 'private', 'public')
      AND (d.suggestion='' OR (instr(d.suggestion, '"enough": true')
        AND (instr(d.suggestion, '"kind": "section"') OR instr(d.suggestion, '"kind": "case"')))))
  ORDER BY t.opened_at DESC LIMIT ?"""


class SqliteGaps:
    """See bot.dialogue.gaps.Unanswered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unmet(self, since: float, limit: int) -> list[Unmet]:
        """Questions since then that people answered and Vigil had nothing for, the newest first."""
        return [
            Unmet(row[0], row[1], row[2], row[3], row[4], bool(row[5]))
            for row in self._database.read(UNMET, (since, limit))
        ]
