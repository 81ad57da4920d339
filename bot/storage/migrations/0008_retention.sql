-- What is worked off and past its time is found without reading the whole inbox.
CREATE INDEX inbox_over ON inbox (received_at) WHERE state != 'open';
