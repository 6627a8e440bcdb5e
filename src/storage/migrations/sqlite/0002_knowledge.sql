-- Entries of the knowledge base, every revision of them, and what people say of the answers.

CREATE TABLE knowledge_entry (
    community  BLOB    NOT NULL CHECK (length(community) = 16),
    id         TEXT    NOT NULL,
    revision   INTEGER NOT NULL CHECK (revision > 0),
    -- The file that it is exported to.
    file       TEXT,
    body       TEXT    NOT NULL CHECK (json_valid(body)),
    changed_at INTEGER NOT NULL,
    changed_by BLOB    CHECK (length(changed_by) = 16),
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE knowledge_revision (
    community  BLOB    NOT NULL CHECK (length(community) = 16),
    id         TEXT    NOT NULL,
    revision   INTEGER NOT NULL CHECK (revision > 0),
    -- None when the entry was taken away.
    body       TEXT    CHECK (json_valid(body)),
    changed_at INTEGER NOT NULL,
    changed_by BLOB    CHECK (length(changed_by) = 16),
    PRIMARY KEY (community, id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE knowledge_feedback (
    seq          INTEGER PRIMARY KEY,
    community    BLOB    NOT NULL CHECK (length(community) = 16),
    entry        TEXT    NOT NULL,
    revision     INTEGER NOT NULL,
    message      BLOB    NOT NULL CHECK (length(message) = 16),
    conversation BLOB    CHECK (length(conversation) = 16),
    identity     BLOB    CHECK (length(identity) = 16),
    helpful      INTEGER NOT NULL CHECK (helpful IN (0, 1)),
    question     TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    UNIQUE (message, entry, identity)
) STRICT;

CREATE INDEX knowledge_feedback_refused ON knowledge_feedback (conversation, entry) WHERE helpful = 0;

CREATE TABLE knowledge_unanswered (
    seq        INTEGER PRIMARY KEY,
    community  BLOB    NOT NULL CHECK (length(community) = 16),
    question   TEXT    NOT NULL,
    folded     TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    place      BLOB    CHECK (length(place) = 16),
    identity   BLOB    CHECK (length(identity) = 16),
    at         INTEGER NOT NULL,
    settled_at INTEGER,
    settled_by BLOB    CHECK (length(settled_by) = 16)
) STRICT;

CREATE INDEX knowledge_unanswered_open ON knowledge_unanswered (community, folded) WHERE settled_at IS NULL;
