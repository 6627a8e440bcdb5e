-- Whether a language model is asked about questions that the entries leave undecided. A community without a row asks none.

CREATE TABLE consulting (
    community BLOB NOT NULL PRIMARY KEY REFERENCES community (id),
    mode      TEXT NOT NULL CHECK (mode IN ('off', 'select', 'compose'))
) STRICT, WITHOUT ROWID;

-- What it was asked and what it said. Written before it is asked, so that each question counts.

CREATE TABLE consultation (
    -- Never given out twice, so that who reads from one page to the next misses nothing.
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    community    BLOB    NOT NULL CHECK (length(community) = 16),
    conversation BLOB    CHECK (length(conversation) = 16),
    asker        BLOB    NOT NULL CHECK (length(asker) = 16),
    mode         TEXT    NOT NULL CHECK (mode IN ('select', 'compose')),
    question     TEXT    NOT NULL,
    prompt       TEXT    NOT NULL,
    -- Of the prompt, the model and the revisions of the entries.
    digest       BLOB    NOT NULL CHECK (length(digest) = 32),
    at           INTEGER NOT NULL,
    -- None where nothing came.
    output       TEXT,
    -- What became of it, in words; none until then.
    came         TEXT
) STRICT;

CREATE INDEX consultation_digest ON consultation (community, digest, at) WHERE output IS NOT NULL;
CREATE INDEX consultation_asker ON consultation (community, asker, at);
CREATE INDEX consultation_at ON consultation (at);
