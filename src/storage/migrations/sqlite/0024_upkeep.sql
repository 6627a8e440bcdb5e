-- What somebody should look at in the knowledge base, and whether the pages behind its answers are still there. A finding that was
-- put aside stays so for these revisions of its entries, and comes back with the next.

CREATE TABLE knowledge_finding (
    community    BLOB    NOT NULL CHECK (length(community) = 16),
    -- Names what was found, whatever revisions it was found in.
    key          TEXT    NOT NULL,
    concern      TEXT    NOT NULL CHECK (json_valid(concern)),
    -- The entries with their revisions.
    entries      TEXT    NOT NULL CHECK (json_valid(entries)),
    -- The order in which they are shown.
    number       INTEGER NOT NULL,
    dismissed_at INTEGER,
    dismissed_by BLOB    CHECK (length(dismissed_by) = 16),
    PRIMARY KEY (community, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE knowledge_looked_over (
    community BLOB    NOT NULL PRIMARY KEY CHECK (length(community) = 16),
    at        INTEGER NOT NULL,
    -- How many entries were compared with all, and how many findings were too many to keep.
    compared  INTEGER NOT NULL,
    left_out  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE knowledge_link (
    community     BLOB    NOT NULL CHECK (length(community) = 16),
    url           TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('there', 'failing', 'dead', 'unknown')),
    -- When it failed first, and has ever since.
    failing_since INTEGER CHECK ((failing_since IS NULL) = (state IN ('there', 'unknown'))),
    -- What came, in words for staff.
    why           TEXT    NOT NULL,
    looked_at     INTEGER NOT NULL,
    PRIMARY KEY (community, url)
) STRICT, WITHOUT ROWID;
