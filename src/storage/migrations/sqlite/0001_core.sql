-- The core: who is where, what happened, what was said, what is to be sent, what is due.
--
-- UUIDs are BLOB(16), times INTEGER milliseconds, payloads JSON text with a tag. Tables on the message path have as few
-- indexes as their readers need, because each costs on every message; they hold no foreign keys for the same reason,
-- and `verify` looks for strays instead. Everything off the path has them.

CREATE TABLE community (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name     TEXT NOT NULL,
    language TEXT NOT NULL,
    zone     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE space (
    id        BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    login     TEXT NOT NULL,
    native    TEXT NOT NULL,
    community BLOB REFERENCES community (id),
    name      TEXT NOT NULL,
    UNIQUE (login, native)
) STRICT, WITHOUT ROWID;

CREATE TABLE place (
    seq       INTEGER NOT NULL PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    scope     TEXT NOT NULL,
    native    TEXT NOT NULL,
    login     TEXT NOT NULL,
    community BLOB NOT NULL REFERENCES community (id),
    space     BLOB REFERENCES space (id),
    parent    BLOB REFERENCES place (id),
    name      TEXT NOT NULL,
    audience  TEXT NOT NULL CHECK (audience IN ('direct', 'group', 'public')),
    thread    INTEGER NOT NULL CHECK (thread IN (0, 1)),
    enabled   INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    overheard INTEGER NOT NULL CHECK (overheard IN (0, 1)),
    UNIQUE (scope, native)
) STRICT;
CREATE INDEX place_community ON place (community, name);

CREATE TABLE identity (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    scope    TEXT NOT NULL,
    native   TEXT NOT NULL,
    name     TEXT NOT NULL,
    bot      INTEGER NOT NULL CHECK (bot IN (0, 1)),
    staff    INTEGER NOT NULL CHECK (staff IN (0, 1)),
    roles    TEXT NOT NULL,
    language TEXT,
    UNIQUE (scope, native)
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
    identity BLOB NOT NULL REFERENCES identity (id),
    space    BLOB NOT NULL REFERENCES space (id),
    since    INTEGER NOT NULL,
    PRIMARY KEY (identity, space)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
    login    TEXT NOT NULL PRIMARY KEY,
    position TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened. The row is the truth: stored before it is acknowledged, ended in the unit that writes what it caused.
-- `dedupe` is unique over the whole installation: connectors begin it with their scope, we with the maker's name.
-- `payload` and `trace` are emptied by retention before the row goes; until then `dedupe` still stops a late repeat.
CREATE TABLE event (
    seq          INTEGER NOT NULL PRIMARY KEY,
    id           BLOB NOT NULL CHECK (length(id) = 16),
    dedupe       TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    community    BLOB NOT NULL,
    place        BLOB,
    author       BLOB,
    lane         TEXT NOT NULL,
    received_at  INTEGER NOT NULL,
    state        TEXT NOT NULL DEFAULT 'accepted' CHECK (state IN ('accepted', 'handled', 'parked')),
    ended_at     INTEGER CHECK ((ended_at IS NULL) = (state = 'accepted')),
    conversation BLOB,
    payload      TEXT,
    trace        TEXT
) STRICT;
CREATE INDEX event_not_handled ON event (state) WHERE state <> 'handled';
CREATE INDEX event_conversation ON event (conversation) WHERE conversation IS NOT NULL;

-- An exchange. `holder` repeats the tag of `held` (the state with what is true in it) so that it can be indexed.
CREATE TABLE conversation (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    community  BLOB NOT NULL,
    place      BLOB NOT NULL,
    asker      BLOB,
    lane       TEXT NOT NULL,
    holder     TEXT NOT NULL CHECK (holder IN ('bot', 'peers', 'waiting', 'person', 'snoozed', 'closed')),
    held       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    misses     INTEGER NOT NULL,
    opened_at  INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    active_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- At most one is open for each lane. Lists of open ones read this index and sort; there are few of them.
CREATE UNIQUE INDEX conversation_open ON conversation (lane) WHERE holder <> 'closed';
CREATE INDEX conversation_closed ON conversation (community, active_at) WHERE holder = 'closed';
CREATE INDEX conversation_closed_lane ON conversation (lane, changed_at) WHERE holder = 'closed';

CREATE TABLE transition (
    seq          INTEGER NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL REFERENCES conversation (id),
    from_holder  TEXT,
    held         TEXT NOT NULL,
    actor        TEXT NOT NULL,
    reason       TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX transition_conversation ON transition (conversation);

-- What was said. `native` is the platform's id of the original within `place`; none for what we say ourselves.
CREATE TABLE message (
    seq          INTEGER NOT NULL PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    community    BLOB NOT NULL,
    conversation BLOB,
    place        BLOB NOT NULL,
    author       TEXT NOT NULL,
    native       TEXT,
    reply_to     BLOB,
    note         INTEGER NOT NULL CHECK (note IN (0, 1)),
    only_for     BLOB,
    content      TEXT NOT NULL,
    buttons      TEXT,
    files        TEXT,
    cites        TEXT,
    plugin       TEXT,
    name         TEXT,
    at           INTEGER NOT NULL,
    edited_at    INTEGER,
    deleted_at   INTEGER
) STRICT;
CREATE INDEX message_conversation ON message (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX message_place ON message (place);
CREATE INDEX message_native ON message (place, native) WHERE native IS NOT NULL;
CREATE UNIQUE INDEX message_name ON message (community, plugin, name) WHERE name IS NOT NULL;
CREATE INDEX message_with_files ON message (seq) WHERE files IS NOT NULL;

-- One piece of an action on its way to one place; for sends it is the copy, too.
CREATE TABLE delivery (
    seq          INTEGER NOT NULL PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind         TEXT NOT NULL CHECK (kind IN ('send', 'edit', 'delete', 'react', 'typing')),
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
CREATE INDEX delivery_not_delivered ON delivery (state, login, priority) WHERE state <> 'delivered';
CREATE INDEX delivery_message ON delivery (message) WHERE message IS NOT NULL;
CREATE INDEX delivery_native ON delivery (place, native) WHERE native IS NOT NULL;

-- Every appearance of a message: the platform's original, and what we sent.
CREATE VIEW copy (message, login, place, native, piece) AS
SELECT m.id, p.login, m.place, m.native, 0
  FROM message m JOIN place p ON p.id = m.place
 WHERE m.native IS NOT NULL
UNION ALL
SELECT d.message, d.login, d.place, d.native, d.piece
  FROM delivery d
 WHERE d.native IS NOT NULL AND d.kind = 'send' AND d.state = 'delivered';

CREATE TABLE button (
    id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    message BLOB NOT NULL,
    meaning TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX button_expires ON button (expires);

CREATE TABLE kv (
    plugin    TEXT NOT NULL,
    community BLOB NOT NULL,
    key       TEXT NOT NULL,
    value     BLOB NOT NULL,
    version   INTEGER NOT NULL,
    expires   INTEGER,
    PRIMARY KEY (plugin, community, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kv_expires ON kv (expires) WHERE expires IS NOT NULL;

CREATE TABLE job (
    key     TEXT NOT NULL PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    due     INTEGER NOT NULL,
    repeat  TEXT,
    work    TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    reason  TEXT,
    -- A parked job waits for a person, not for its time.
    parked  INTEGER NOT NULL DEFAULT 0 CHECK (parked IN (0, 1))
) STRICT;
CREATE INDEX job_due ON job (due) WHERE parked = 0;

-- Words of messages up to and with `indexed_to`; filled behind the path, never on it.
CREATE VIRTUAL TABLE message_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE search_state (
    one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    indexed_to INTEGER NOT NULL
) STRICT;
INSERT INTO search_state (one, indexed_to) VALUES (1, 0);
