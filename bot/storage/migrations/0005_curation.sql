-- What became of an entry: every change of its state or text, who made it, when and why, and how it stood before.
CREATE TABLE entry_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entry_id INTEGER NOT NULL, at REAL NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL,
  other INTEGER NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL, was TEXT NOT NULL, was_version INTEGER NOT NULL
);
CREATE INDEX entry_log_entry ON entry_log (entry_id, id);
CREATE INDEX entry_log_at ON entry_log (at);

-- How a case was judged against another: a duplicate of it, its successor, or at odds with it. `says` lets the
-- duplicate's problem be searched for as one more way to put the other's.
CREATE TABLE bonds (
  from_id INTEGER NOT NULL, to_id INTEGER NOT NULL, kind TEXT NOT NULL, says INTEGER NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (from_id, to_id)
) WITHOUT ROWID;
CREATE INDEX bonds_to ON bonds (to_id);
INSERT OR IGNORE INTO bonds SELECT n.id, o.id, 'successor', 0, n.updated_at FROM entries o JOIN entries n
  ON n.status='live' AND n.updated_at=o.updated_at AND n.kind='case' WHERE o.status='superseded' AND o.kind='case';

-- Entries that somebody should look at again: `why` is age or document, `other` the document's section.
CREATE TABLE reviews (entry_id INTEGER PRIMARY KEY, why TEXT NOT NULL, other INTEGER NOT NULL, since REAL NOT NULL);
CREATE TRIGGER review_done AFTER INSERT ON entry_log BEGIN
  DELETE FROM reviews WHERE entry_id=new.entry_id;
END;

-- Where an entry is searched for by a duplicate's words too, it follows these: its vectors are made anew.
CREATE TRIGGER phrasing_changed AFTER UPDATE OF body, status ON entries
WHEN EXISTS (SELECT 1 FROM bonds WHERE from_id=new.id AND says) BEGIN
  DELETE FROM vectors WHERE entry_id IN (SELECT to_id FROM bonds WHERE from_id=new.id AND says);
  UPDATE entries SET change=(SELECT max(c)+1 FROM (SELECT coalesce(max(change),0) c FROM entries UNION
    SELECT coalesce(max(change),0) FROM erased)) WHERE id=(SELECT to_id FROM bonds WHERE from_id=new.id AND says);
END;
CREATE TRIGGER bond_gone AFTER DELETE ON bonds WHEN old.says BEGIN
  DELETE FROM vectors WHERE entry_id=old.to_id;
  UPDATE entries SET change=(SELECT max(c)+1 FROM (SELECT coalesce(max(change),0) c FROM entries UNION
    SELECT coalesce(max(change),0) FROM erased)) WHERE id=old.to_id;
END;
CREATE TRIGGER bond_made AFTER INSERT ON bonds WHEN new.says BEGIN
  DELETE FROM vectors WHERE entry_id=new.to_id;
  UPDATE entries SET change=(SELECT max(c)+1 FROM (SELECT coalesce(max(change),0) c FROM entries UNION
    SELECT coalesce(max(change),0) FROM erased)) WHERE id=new.to_id;
END;
CREATE TRIGGER entry_bonds_gone AFTER DELETE ON entries BEGIN
  DELETE FROM bonds WHERE from_id=old.id OR to_id=old.id;
  DELETE FROM reviews WHERE entry_id=old.id;
  DELETE FROM entry_log WHERE entry_id=old.id;
END;
