-- Which entries are live, and since when, is told without reading their texts.
DROP INDEX entries_status;
CREATE INDEX entries_status ON entries (status, change, updated_at);
