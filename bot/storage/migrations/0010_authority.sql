-- The audit log grows at its end only: no line takes another's place, and each names the one before.
CREATE TRIGGER audit_no_replacing BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = new.seq)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_in_order AFTER INSERT ON audit
WHEN new.previous IS NOT coalesce((SELECT hash FROM audit WHERE seq < new.seq ORDER BY seq DESC LIMIT 1), '')
  OR EXISTS (SELECT 1 FROM audit WHERE seq > new.seq)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- A name goes only where the person it stood for was forgotten.
DROP TRIGGER audit_no_update;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
WHEN new.actor NOT GLOB 'erased-[0-9]*' OR new.salt != ''
  OR NOT EXISTS (SELECT 1 FROM erasures WHERE kind = 'person' AND 'erased-' || id = new.actor)
  OR (new.seq, new.at, new.action, new.object, new.allowed, new.previous, new.hash, new.digest)
  IS NOT (old.seq, old.at, old.action, old.object, old.allowed, old.previous, old.hash, old.digest)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- With this key forms are sealed, so that what is submitted is what was opened.
INSERT OR IGNORE INTO meta VALUES ('form_seal', hex(randomblob(32)));
