-- People who run communities: accounts, what they may do, their sessions, links, attempts to sign in, and the audit.

CREATE TABLE account (
    id          BLOB    PRIMARY KEY CHECK (length(id) = 16),
    email       TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    password    TEXT    NOT NULL,
    zone        TEXT,
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

CREATE TABLE account_membership (
    account   BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    community BLOB NOT NULL REFERENCES community (id) ON DELETE CASCADE,
    role      TEXT NOT NULL CHECK (role IN ('owner', 'agent', 'content', 'viewer')),
    PRIMARY KEY (account, community)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_membership_community ON account_membership (community);

CREATE TABLE session (
    token      BLOB    PRIMARY KEY CHECK (length(token) = 32),
    account    BLOB    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    agent      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_account ON session (account);

-- A link either makes an account in a community with a role, or gives an account a new password.
CREATE TABLE invite (
    token      BLOB    PRIMARY KEY CHECK (length(token) = 32),
    community  BLOB    REFERENCES community (id) ON DELETE CASCADE,
    role       TEXT    CHECK (role IN ('owner', 'agent', 'content', 'viewer')),
    account    BLOB    REFERENCES account (id) ON DELETE CASCADE,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    ended_at   INTEGER,
    CHECK ((community IS NULL) = (role IS NULL)),
    CHECK ((community IS NULL) <> (account IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE login_failure (
    key     TEXT    PRIMARY KEY,
    count   INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE form_used (
    key BLOB    PRIMARY KEY CHECK (length(key) = 32),
    at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX form_used_at ON form_used (at);

-- Ids and fixed words only. Each hash covers the line before it, so that a line cannot be changed or taken out unseen.
CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    account BLOB,
    act     TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    hash    BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
