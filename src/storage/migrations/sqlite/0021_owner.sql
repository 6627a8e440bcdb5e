-- Which identities may act for an owner of the console, each proven from both sides. What an owner is is not kept here: whoever
-- reads a row looks at the account's role again. The row goes with the account and with the identity.

CREATE TABLE owner_identity (
    community BLOB    NOT NULL REFERENCES community (id),
    identity  BLOB    NOT NULL REFERENCES identity (id) ON DELETE CASCADE,
    account   BLOB    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    since     INTEGER NOT NULL,
    PRIMARY KEY (community, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX owner_identity_account ON owner_identity (account);
