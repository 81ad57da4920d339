-- Threads that were resolved and are no longer: what was learned from them is to be looked at again.
CREATE TABLE reopened (thread_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TRIGGER threads_reopened AFTER UPDATE OF state ON threads
WHEN old.state = 'resolved' AND new.state NOT IN ('resolved', 'accepted') BEGIN
  INSERT OR IGNORE INTO reopened VALUES (new.id);
END;

-- New answers that helpers' words propose for cases; a row goes when it is approved or rejected.
CREATE TABLE revisions (
  id TEXT PRIMARY KEY, entry_id INTEGER NOT NULL, version INTEGER NOT NULL, resolution TEXT NOT NULL, author TEXT NOT NULL,
  why TEXT NOT NULL, thread_id TEXT NOT NULL, turn_id TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX revisions_entry ON revisions (entry_id);
CREATE INDEX revisions_turn ON revisions (turn_id) WHERE turn_id != '';
CREATE TRIGGER revisions_gone AFTER INSERT ON erasures BEGIN
  DELETE FROM revisions WHERE (new.kind = 'turn' AND turn_id = new.object AND turn_id != '')
    OR (new.kind = 'person' AND author = new.object);
END;
