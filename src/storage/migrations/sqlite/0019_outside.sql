-- Calls of plugins to servers elsewhere that have not ended. A call is written together with what else its event causes, and goes
-- in the unit that stores the event with its answer. One whose plugin could not be told then comes back with that answer in `ended`.

CREATE TABLE call (
    seq          INTEGER NOT NULL PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    community    BLOB NOT NULL,
    plugin       TEXT NOT NULL,
    event        BLOB NOT NULL CHECK (length(event) = 16),
    name         TEXT NOT NULL,
    place        BLOB,
    author       BLOB,
    conversation BLOB,
    lane         TEXT NOT NULL,
    hops         INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    request      TEXT NOT NULL,
    ended        TEXT,
    UNIQUE (event, plugin, name)
) STRICT;
CREATE INDEX call_due ON call (due);
CREATE INDEX call_plugin ON call (community, plugin, due, seq);

-- What the language model has cost, by day since the epoch. Tokens that it may cost are taken before it is asked.

CREATE TABLE model_tokens (
    community BLOB NOT NULL,
    day       INTEGER NOT NULL,
    plugin    TEXT NOT NULL,
    tokens    INTEGER NOT NULL CHECK (tokens >= 0),
    PRIMARY KEY (community, day, plugin)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_tokens_day ON model_tokens (day);
