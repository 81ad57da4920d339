-- Calls to a language model as they were made: what each was for and what it cost, and no word of what was said.
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    task TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    read INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    written INTEGER NOT NULL,
    seconds REAL NOT NULL,
    cost REAL NOT NULL,
    failure TEXT NOT NULL
);
CREATE INDEX calls_at ON calls (at);
-- What was spent on a day is asked for before every call, also when thousands were refused that day.
CREATE INDEX calls_spent ON calls (at, channel_id, tokens, cost) WHERE tokens>0 OR cost>0;
-- All calls there ever were, so that what only grows does not shrink when old rows go.
CREATE TABLE call_totals (
    task TEXT NOT NULL,
    failure TEXT NOT NULL,
    times INTEGER NOT NULL,
    read INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    written INTEGER NOT NULL,
    seconds REAL NOT NULL,
    cost REAL NOT NULL,
    PRIMARY KEY (task, failure)
) WITHOUT ROWID;
ALTER TABLE decisions ADD COLUMN calls TEXT NOT NULL DEFAULT '';
