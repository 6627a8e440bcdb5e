-- What each login could do and hear when it last began to hear.

CREATE TABLE login (
    name    TEXT PRIMARY KEY NOT NULL,
    profile TEXT NOT NULL
) STRICT, WITHOUT ROWID;
