-- What is within a place: threads and topics.
CREATE INDEX place_parent ON place (parent) WHERE parent IS NOT NULL;
