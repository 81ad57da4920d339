-- What was erased, when, why and by whom: a tombstone without content. Until it is `searched`, `gone` holds the words to look for.
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  why TEXT NOT NULL,
  actor TEXT NOT NULL,
  at REAL NOT NULL,
  gone TEXT NOT NULL DEFAULT '',
  searched INTEGER NOT NULL DEFAULT 0,
  done_at REAL
);
CREATE INDEX erasures_open ON erasures (id) WHERE done_at IS NULL;
CREATE INDEX erasures_object ON erasures (object, kind);

-- Which cases, in any of their versions, rest on which turns.
CREATE TABLE entry_turns (turn_id TEXT NOT NULL, entry_id INTEGER NOT NULL, PRIMARY KEY (turn_id, entry_id)) WITHOUT ROWID;
CREATE INDEX entry_turns_entry ON entry_turns (entry_id);
INSERT OR IGNORE INTO entry_turns
  SELECT value, entry_id FROM entry_versions, json_each(body, '$.turns') WHERE json_extract(body, '$.kind') = 'case';
CREATE TRIGGER entry_turns_put AFTER INSERT ON entry_versions WHEN json_extract(new.body, '$.kind') = 'case' BEGIN
  INSERT OR IGNORE INTO entry_turns SELECT value, new.entry_id FROM json_each(new.body, '$.turns');
END;
CREATE TRIGGER entry_turns_gone AFTER DELETE ON entries BEGIN
  DELETE FROM entry_turns WHERE entry_id = old.id;
END;

CREATE INDEX turns_own ON turns (sent_at) WHERE flags & 2;
CREATE INDEX decisions_said ON decisions (seq) WHERE suggestion != '';

-- A post that was on its way when its words were erased: once it is out, it is deleted.
ALTER TABLE outbox ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_taken_back ON outbox (id) WHERE taken_back;

-- The chain vouches for a salted digest of who acted, so that the name itself can be taken out without breaking it.
ALTER TABLE audit ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN digest TEXT NOT NULL DEFAULT '';
DROP TRIGGER audit_no_update;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
WHEN new.actor NOT GLOB 'erased-[0-9]*' OR new.salt != ''
  OR (new.seq, new.at, new.action, new.object, new.allowed, new.previous, new.hash, new.digest)
  IS NOT (old.seq, old.at, old.action, old.object, old.allowed, old.previous, old.hash, old.digest)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- A conversation with one person was named by their id.
UPDATE channels SET name = '(direct)' WHERE flags & 2;
