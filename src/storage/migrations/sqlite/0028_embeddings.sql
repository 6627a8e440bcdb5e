-- What a sentence model made of the texts of entries: made again where it is lost, so that nothing hangs on it but time.

CREATE TABLE knowledge_embedding (
    community BLOB NOT NULL CHECK (length(community) = 16),
    text      BLOB NOT NULL CHECK (length(text) = 16),
    model     BLOB NOT NULL CHECK (length(model) = 16),
    numbers   BLOB NOT NULL,
    PRIMARY KEY (community, text)
) STRICT, WITHOUT ROWID;
