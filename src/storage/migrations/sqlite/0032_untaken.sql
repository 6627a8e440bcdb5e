-- A question that was offered entries of which nobody took one has no answer either. The list of ways to miss a question stands in a
-- CHECK, so the table is made anew.

ALTER TABLE knowledge_unanswered RENAME TO knowledge_unanswered_before;

CREATE TABLE knowledge_unanswered (
    seq          INTEGER PRIMARY KEY,
    community    BLOB    NOT NULL CHECK (length(community) = 16),
    question     TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    place        BLOB    CHECK (length(place) = 16),
    identity     BLOB    CHECK (length(identity) = 16),
    at           INTEGER NOT NULL,
    settled_at   INTEGER,
    settled_by   BLOB    CHECK (length(settled_by) = 16),
    -- How it was missed, and where it was asked: a question that is changed or taken back there is here, too.
    missed       TEXT    NOT NULL DEFAULT 'abstained'
                 CHECK (missed IN ('abstained', 'not_it', 'asked_again', 'untaken', 'by_people')),
    message      BLOB    CHECK (length(message) = 16),
    conversation BLOB    CHECK (length(conversation) = 16),
    cluster      BLOB    CHECK (length(cluster) = 16)
) STRICT;

INSERT INTO knowledge_unanswered (seq, community, question, reason, place, identity, at, settled_at, settled_by, missed, message,
                                  conversation, cluster)
SELECT seq, community, question, reason, place, identity, at, settled_at, settled_by, missed, message, conversation, cluster
  FROM knowledge_unanswered_before;
DROP TABLE knowledge_unanswered_before;

CREATE INDEX knowledge_unanswered_open ON knowledge_unanswered (community, at) WHERE settled_at IS NULL;
-- One message asks once, however often it is missed.
CREATE UNIQUE INDEX knowledge_unanswered_message ON knowledge_unanswered (message) WHERE message IS NOT NULL;
CREATE INDEX knowledge_unanswered_cluster ON knowledge_unanswered (cluster, at) WHERE cluster IS NOT NULL;

-- How far what was offered was looked through for what nobody took: the number of a row of `knowledge_asked`.
ALTER TABLE knowledge_looked ADD COLUMN offered INTEGER NOT NULL DEFAULT 0;
CREATE INDEX knowledge_asked_offered ON knowledge_asked (community, seq) WHERE decision = 'suggest' AND overheard = 0;
