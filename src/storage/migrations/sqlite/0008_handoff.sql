-- When staff are there: lines as people write them, as a JSON array. A community without a row is always staffed.

CREATE TABLE hours (
    community BLOB NOT NULL PRIMARY KEY REFERENCES community (id),
    lines     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
