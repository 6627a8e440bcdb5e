-- Where an entry was imported from, and digests of what was imported: by them the next import sees who has changed it since. It
-- stays when the entry is taken away, so that no import brings that back.
CREATE TABLE knowledge_import (
    community BLOB    NOT NULL CHECK (length(community) = 16),
    entry     TEXT    NOT NULL,
    origin    TEXT    NOT NULL,
    digests   TEXT    NOT NULL CHECK (json_valid(digests)),
    at        INTEGER NOT NULL,
    PRIMARY KEY (community, entry)
) STRICT, WITHOUT ROWID;
