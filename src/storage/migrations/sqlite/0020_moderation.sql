-- What is done about somebody who breaks the rules of a place is a delivery as all that leaves is, and what was deleted for that
-- stays for staff with its reason. The list of kinds stands in a CHECK, so the table is made anew.

ALTER TABLE message ADD COLUMN removed TEXT;

DROP VIEW copy;
ALTER TABLE delivery RENAME TO delivery_before;

CREATE TABLE delivery (
    seq          INTEGER NOT NULL PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind         TEXT NOT NULL
                 CHECK (kind IN ('send', 'edit', 'delete', 'remove', 'measure', 'react', 'thread', 'typing')),
    login        TEXT NOT NULL,
    place        BLOB NOT NULL,
    conversation BLOB,
    message      BLOB,
    piece        INTEGER NOT NULL,
    priority     INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
    after        BLOB,
    due          INTEGER NOT NULL,
    action       TEXT NOT NULL,
    idempotent   INTEGER NOT NULL CHECK (idempotent IN (0, 1)),
    state        TEXT NOT NULL DEFAULT 'queued'
                 CHECK (state IN ('queued', 'sending', 'delivered', 'failed', 'perhaps_sent', 'given_up')),
    attempt      INTEGER NOT NULL DEFAULT 0,
    ended_at     INTEGER CHECK ((ended_at IS NULL) = (state IN ('queued', 'sending'))),
    native       TEXT,
    reason       TEXT
) STRICT;

INSERT INTO delivery (seq, id, kind, login, place, conversation, message, piece, priority, after, due, action,
                      idempotent, state, attempt, ended_at, native, reason)
SELECT seq, id, kind, login, place, conversation, message, piece, priority, after, due, action,
       idempotent, state, attempt, ended_at, native, reason
  FROM delivery_before;
DROP TABLE delivery_before;

CREATE INDEX delivery_not_delivered ON delivery (state, login, priority) WHERE state <> 'delivered';
CREATE INDEX delivery_message ON delivery (message) WHERE message IS NOT NULL;
CREATE INDEX delivery_native ON delivery (place, native) WHERE native IS NOT NULL;
-- What waits for another one; few do.
CREATE INDEX delivery_after ON delivery (after) WHERE after IS NOT NULL;
-- The thread that is being opened for a conversation.
CREATE INDEX delivery_opening ON delivery (conversation) WHERE kind = 'thread' AND state IN ('queued', 'sending');

-- Every appearance of a message: the platform's original, and what we sent.
CREATE VIEW copy (message, login, place, native, piece) AS
SELECT m.id, p.login, m.place, m.native, 0
  FROM message m JOIN place p ON p.id = m.place
 WHERE m.native IS NOT NULL
UNION ALL
SELECT d.message, d.login, d.place, d.native, d.piece
  FROM delivery d
 WHERE d.native IS NOT NULL AND d.kind = 'send' AND d.state = 'delivered';
