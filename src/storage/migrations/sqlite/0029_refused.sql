-- What its author does not want published is remembered by its message, and what nothing reads any more is gone.

-- What somebody said no to: nobody makes a draft of it again, or asks them again, also where the draft was thrown away.
CREATE TABLE knowledge_refused (
    message BLOB    NOT NULL PRIMARY KEY CHECK (length(message) = 16),
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Drafts of a conversation are looked for after they were published, too.
DROP INDEX knowledge_draft_conversation;
CREATE INDEX knowledge_draft_conversation ON knowledge_draft (conversation) WHERE conversation IS NOT NULL;

-- Questions that mean the same are found by comparing them.
DROP INDEX knowledge_unanswered_open;
ALTER TABLE knowledge_unanswered DROP COLUMN folded;
CREATE INDEX knowledge_unanswered_open ON knowledge_unanswered (community, at) WHERE settled_at IS NULL;
