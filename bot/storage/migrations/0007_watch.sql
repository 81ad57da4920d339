-- What was counted of each day (days since 1970, UTC) in each channel: numbers only, nobody's words and nobody's name.
CREATE TABLE series (
  day INTEGER NOT NULL, channel_id TEXT NOT NULL, name TEXT NOT NULL, part TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (day, channel_id, name, part)
) WITHOUT ROWID;
-- When which helpers' channel was last told of a cause.
CREATE TABLE told (desk TEXT NOT NULL, cause TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (desk, cause)) WITHOUT ROWID;
-- On whose words a post about a new topic rests: it goes with them.
CREATE TABLE told_turns (turn_id TEXT NOT NULL, post_key TEXT NOT NULL, PRIMARY KEY (turn_id, post_key)) WITHOUT ROWID;
-- Seconds from the question to the answer found for it, embedding included; NULL where nothing was looked for.
ALTER TABLE decisions ADD COLUMN took REAL;
CREATE INDEX decisions_at ON decisions (at);
-- The librarian asks every minute.
CREATE INDEX threads_unlearned ON threads (last_at) WHERE state='resolved' AND learned_version=0;
