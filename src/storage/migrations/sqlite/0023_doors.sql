-- What is said to the command of owners, and what it answers, is for owners of the console alone.

ALTER TABLE message ADD COLUMN for_owners INTEGER NOT NULL DEFAULT 0 CHECK (for_owners IN (0, 1));

UPDATE message SET for_owners = 1
 WHERE author ->> '$.t' = 'identity' AND content LIKE '%"/plugin%';

-- Nothing says which of our earlier answers were about that: so it is all that we said where an owner asked, or may have asked from
-- a menu.
UPDATE message SET for_owners = 1
 WHERE author ->> '$.t' = 'host'
   AND (conversation IN (SELECT conversation FROM message WHERE for_owners = 1)
        OR conversation IN (
            SELECT id FROM conversation
             WHERE asker IN (SELECT identity FROM owner_identity)
                OR lower(hex(asker)) IN (SELECT replace(subject, '-', '') FROM audit WHERE act = 'chat_account_linked')));

-- How often the address of an endpoint was replaced: it is made of this number, too. Rows outlive the plugin, so that one that comes
-- back is not called where somebody else knows the address.

CREATE TABLE webhook_address (
    community BLOB NOT NULL CHECK (length(community) = 16),
    plugin    TEXT NOT NULL,
    endpoint  TEXT NOT NULL,
    number    INTEGER NOT NULL CHECK (number > 0),
    PRIMARY KEY (community, plugin, endpoint)
) STRICT, WITHOUT ROWID;
