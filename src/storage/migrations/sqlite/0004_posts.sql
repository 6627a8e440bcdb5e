-- Planned posts. The wall time and zone are what a person chose; `due` is the moment they mean.

CREATE TABLE post (
    seq        INTEGER NOT NULL PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    community  BLOB NOT NULL REFERENCES community (id),
    place      BLOB NOT NULL REFERENCES place (id),
    author     BLOB NOT NULL CHECK (length(author) = 16),
    text       TEXT NOT NULL,
    local      TEXT NOT NULL,
    zone       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN (
                   'draft', 'scheduled', 'publishing', 'published', 'failed', 'unconfirmed', 'cancelled')),
    due        INTEGER CHECK (due IS NOT NULL OR state IN ('draft', 'cancelled')),
    message    BLOB UNIQUE CHECK (message IS NOT NULL OR state IN ('draft', 'scheduled', 'cancelled', 'failed')),
    reason     TEXT,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX post_community ON post (community, seq);
