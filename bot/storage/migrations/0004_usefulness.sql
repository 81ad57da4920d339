CREATE TABLE shown (
  decision_id TEXT NOT NULL, entry_id INTEGER NOT NULL, version INTEGER NOT NULL, thread_id TEXT NOT NULL,
  channel_id TEXT NOT NULL, at REAL NOT NULL, public INTEGER NOT NULL, share REAL NOT NULL, promised REAL NOT NULL,
  vector BLOB NOT NULL,
  UNIQUE (decision_id, entry_id)
);
CREATE INDEX shown_entry ON shown (entry_id);
CREATE INDEX shown_channel ON shown (channel_id, at);
CREATE INDEX shown_thread ON shown (thread_id);

CREATE TABLE feedback_kept (
  decision_id TEXT NOT NULL, actor TEXT NOT NULL, helpful INTEGER NOT NULL, reason TEXT NOT NULL, at REAL NOT NULL,
  said INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (decision_id, actor, said)
) WITHOUT ROWID;
INSERT INTO feedback_kept (decision_id, actor, helpful, reason, at) SELECT decision_id, actor, helpful, reason, at FROM feedback;
DROP TABLE feedback;
ALTER TABLE feedback_kept RENAME TO feedback;
