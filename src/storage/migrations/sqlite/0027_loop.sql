-- Questions without a good answer: who asked which where, what means the same, and what is written about it.

-- How it was missed, and where it was asked: a question that is changed or taken back there is here, too.
ALTER TABLE knowledge_unanswered ADD COLUMN missed TEXT NOT NULL DEFAULT 'abstained'
    CHECK (missed IN ('abstained', 'not_it', 'asked_again', 'by_people'));
ALTER TABLE knowledge_unanswered ADD COLUMN message BLOB CHECK (length(message) = 16);
ALTER TABLE knowledge_unanswered ADD COLUMN conversation BLOB CHECK (length(conversation) = 16);
ALTER TABLE knowledge_unanswered ADD COLUMN cluster BLOB CHECK (length(cluster) = 16);

-- One message asks once, however often it is missed.
CREATE UNIQUE INDEX knowledge_unanswered_message ON knowledge_unanswered (message) WHERE message IS NOT NULL;
CREATE INDEX knowledge_unanswered_cluster ON knowledge_unanswered (cluster, at) WHERE cluster IS NOT NULL;

-- Questions that mean the same. `state` repeats the tag of `held` (the state with what is true in it), so that it can be looked for.
-- `asked` is the number of the question that stands for all: its words lie with it alone, so that they go with it.
CREATE TABLE knowledge_cluster (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    community  BLOB    NOT NULL CHECK (length(community) = 16),
    asked      INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('new', 'drafted', 'published', 'watching', 'closed')),
    held       TEXT    NOT NULL CHECK (json_valid(held)),
    reopened   INTEGER NOT NULL DEFAULT 0,
    owner      BLOB    CHECK (length(owner) = 16),
    due        TEXT,
    version    INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX knowledge_cluster_community ON knowledge_cluster (community, state);

-- Entries that nobody has published yet. Who threw one away is in the audit; its words are nowhere.
CREATE TABLE knowledge_draft (
    seq          INTEGER NOT NULL PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    community    BLOB    NOT NULL CHECK (length(community) = 16),
    entry        TEXT    NOT NULL,
    body         TEXT    NOT NULL CHECK (json_valid(body)),
    made_by      BLOB    NOT NULL CHECK (length(made_by) = 16),
    made_at      INTEGER NOT NULL,
    edited_by    BLOB    NOT NULL CHECK (length(edited_by) = 16),
    changed_at   INTEGER NOT NULL,
    -- Whose words it was made of, as JSON.
    words        TEXT    CHECK (json_valid(words)),
    -- What is in it in the words of whoever asked, each with its messages, as JSON.
    quoted       TEXT    NOT NULL CHECK (json_valid(quoted)),
    -- The answer that it sets right, as JSON.
    fixes        TEXT    CHECK (json_valid(fixes)),
    cluster      BLOB    CHECK (length(cluster) = 16),
    conversation BLOB    CHECK (length(conversation) = 16),
    published_by BLOB    CHECK (length(published_by) = 16),
    published_at INTEGER CHECK ((published_at IS NULL) = (published_by IS NULL)),
    version      INTEGER NOT NULL
) STRICT;
CREATE INDEX knowledge_draft_open ON knowledge_draft (community, seq) WHERE published_at IS NULL;
CREATE INDEX knowledge_draft_conversation ON knowledge_draft (conversation) WHERE published_at IS NULL;

-- How far messages were looked through for questions that people answered.
CREATE TABLE knowledge_looked (
    community BLOB    NOT NULL PRIMARY KEY CHECK (length(community) = 16),
    seen      INTEGER NOT NULL,
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
