-- The key that signs visitors' tokens, upload tickets and file links. A new one makes every visitor begin anew.
CREATE TABLE web_chat_key (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
