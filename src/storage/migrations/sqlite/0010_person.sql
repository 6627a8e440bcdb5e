-- Which identities of a community are one person. Everything else holds identities and never a person, so that linking
-- and unlinking change these rows alone. An identity without a row is a person by itself.

CREATE TABLE person_identity (
    community BLOB    NOT NULL REFERENCES community (id),
    identity  BLOB    NOT NULL REFERENCES identity (id),
    person    BLOB    NOT NULL CHECK (length(person) = 16),
    since     INTEGER NOT NULL,
    PRIMARY KEY (community, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_identity_person ON person_identity (community, person);

-- A code that was shown to an identity, as a digest. `entered_by` is who has entered it since; from then on it only waits
-- for their yes.
CREATE TABLE link_code (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    community  BLOB    NOT NULL REFERENCES community (id),
    identity   BLOB    NOT NULL REFERENCES identity (id),
    place      BLOB    NOT NULL REFERENCES place (id),
    message    BLOB    NOT NULL CHECK (length(message) = 16),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    expires    INTEGER NOT NULL,
    entered_by BLOB    REFERENCES identity (id),
    UNIQUE (community, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_code_hash ON link_code (community, hash);
CREATE INDEX link_code_expires ON link_code (expires);

-- How often an identity has done lately what is limited: entered what is no code, or been linked. Gone at `expires`, after
-- which it may be done again.
CREATE TABLE link_attempt (
    community BLOB    NOT NULL REFERENCES community (id),
    identity  BLOB    NOT NULL REFERENCES identity (id),
    what      TEXT    NOT NULL CHECK (what IN ('wrong_code', 'link')),
    count     INTEGER NOT NULL CHECK (count > 0),
    expires   INTEGER NOT NULL,
    PRIMARY KEY (community, identity, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_attempt_expires ON link_attempt (expires);
