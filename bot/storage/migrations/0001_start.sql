CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  raw_id TEXT NOT NULL UNIQUE,
  lane TEXT NOT NULL,
  quick INTEGER NOT NULL,
  payload TEXT NOT NULL,
  received_at REAL NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before REAL NOT NULL DEFAULT 0,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until REAL NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX inbox_open ON inbox (quick, id) WHERE state = 'open';
CREATE INDEX inbox_lane ON inbox (lane, id) WHERE state = 'open';
CREATE TABLE inbox_alias (alias TEXT PRIMARY KEY, inbox_id INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE turns (
  id TEXT PRIMARY KEY,
  thread_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  sent_at REAL NOT NULL,
  edited_at REAL,
  flags INTEGER NOT NULL,
  mentions TEXT NOT NULL,
  files TEXT NOT NULL
);
CREATE INDEX turns_thread ON turns (thread_id, sent_at);
CREATE INDEX turns_root ON turns (channel_id, sent_at) WHERE id = thread_id;

CREATE TABLE threads (
  id TEXT PRIMARY KEY,
  channel_id TEXT NOT NULL,
  asker TEXT NOT NULL,
  opened_at REAL NOT NULL,
  last_at REAL NOT NULL,
  version INTEGER NOT NULL,
  need REAL NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'open',
  learned_version INTEGER NOT NULL DEFAULT 0,
  shelved INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX threads_state ON threads (state, last_at);
CREATE INDEX threads_unshelved ON threads (last_at) WHERE shelved < version;
CREATE INDEX threads_channel ON threads (channel_id, last_at);

CREATE TABLE marks (
  thread_id TEXT NOT NULL, name TEXT NOT NULL, actor TEXT NOT NULL, at REAL NOT NULL, until REAL,
  PRIMARY KEY (thread_id, name)
) WITHOUT ROWID;

CREATE TABLE reactions (
  turn_id TEXT NOT NULL, actor TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL, thread_id TEXT NOT NULL,
  PRIMARY KEY (turn_id, actor, name)
) WITHOUT ROWID;
CREATE INDEX reactions_thread ON reactions (thread_id);

CREATE TABLE replied (
  channel_id TEXT NOT NULL, person TEXT NOT NULL, thread_id TEXT NOT NULL,
  PRIMARY KEY (channel_id, person, thread_id)
) WITHOUT ROWID;

CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  turn_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  action TEXT NOT NULL,
  score REAL NOT NULL,
  threshold REAL NOT NULL,
  reasons TEXT NOT NULL,
  at REAL NOT NULL,
  due REAL,
  person TEXT NOT NULL,
  asked INTEGER NOT NULL,
  suggestion TEXT NOT NULL,
  entry_ids TEXT NOT NULL,
  versions TEXT NOT NULL
);
CREATE INDEX decisions_thread ON decisions (thread_id, seq);
CREATE INDEX decisions_person ON decisions (person, at) WHERE action IN ('draft', 'private', 'public');
CREATE INDEX decisions_spoken ON decisions (channel_id, at) WHERE action IN ('draft', 'private', 'public');

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  post TEXT NOT NULL,
  lane TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued',
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before REAL NOT NULL DEFAULT 0,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until REAL NOT NULL DEFAULT 0,
  created_at REAL NOT NULL,
  sent_at REAL,
  turn_id TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_open ON outbox (id) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_turn ON outbox (turn_id) WHERE turn_id != '';

CREATE TABLE wake_ups (thread_id TEXT PRIMARY KEY, turn_id TEXT NOT NULL, due REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX wake_ups_due ON wake_ups (due);

CREATE TABLE nudges (
  thread_id TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL, turn_id TEXT NOT NULL,
  PRIMARY KEY (thread_id, state, turn_id)
) WITHOUT ROWID;

CREATE TABLE feedback (
  decision_id TEXT NOT NULL, actor TEXT NOT NULL, helpful INTEGER NOT NULL, reason TEXT NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (decision_id, actor)
) WITHOUT ROWID;

CREATE TABLE entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL UNIQUE,
  container TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  version INTEGER NOT NULL,
  change INTEGER NOT NULL UNIQUE,
  body TEXT NOT NULL,
  updated_at REAL NOT NULL,
  helpful INTEGER NOT NULL DEFAULT 0,
  unhelpful INTEGER NOT NULL DEFAULT 0,
  proposed_by TEXT NOT NULL,
  approved_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX entries_container ON entries (container);
CREATE INDEX entries_status ON entries (status, change);

CREATE TABLE entry_versions (
  entry_id INTEGER NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL,
  actor TEXT NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (entry_id, version)
) WITHOUT ROWID;

CREATE TABLE vectors (
  entry_id INTEGER NOT NULL, version INTEGER NOT NULL, model TEXT NOT NULL, passages INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (entry_id, model)
) WITHOUT ROWID;

CREATE TABLE erased (change INTEGER PRIMARY KEY, entry_id INTEGER NOT NULL, at REAL NOT NULL);

CREATE TABLE runs (
  job TEXT NOT NULL, slot INTEGER NOT NULL, owner TEXT NOT NULL, claimed_at REAL NOT NULL, done_at REAL,
  PRIMARY KEY (job, slot)
) WITHOUT ROWID;

CREATE TABLE heartbeats (name TEXT PRIMARY KEY, at REAL NOT NULL, note TEXT NOT NULL DEFAULT '') WITHOUT ROWID;

CREATE TABLE channels (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, team TEXT NOT NULL, flags INTEGER NOT NULL, seen_at REAL NOT NULL,
  heard_at REAL NOT NULL DEFAULT 0, raise_by REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  object TEXT NOT NULL, allowed INTEGER NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
