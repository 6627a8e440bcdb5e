-- What the knowledge base was asked, how sure it was, and what people say of that. The words are the message's alone: what somebody
-- takes back, or retention takes away, is gone from here, too. A label holds for this probability, entry, revision and scoring.

CREATE TABLE knowledge_asked (
    seq         INTEGER NOT NULL PRIMARY KEY,
    community   BLOB    NOT NULL CHECK (length(community) = 16),
    message     BLOB    NOT NULL CHECK (length(message) = 16),
    asker       BLOB    CHECK (length(asker) = 16),
    overheard   INTEGER NOT NULL CHECK (overheard IN (0, 1)),
    language    TEXT,
    -- The nearest entry that the asker may see, with its revision.
    entry       TEXT,
    revision    INTEGER CHECK ((entry IS NULL) = (revision IS NULL)),
    probability REAL    NOT NULL CHECK (probability BETWEEN 0 AND 1),
    exact       INTEGER NOT NULL CHECK (exact IN (0, 1)),
    scoring     TEXT    NOT NULL,
    decision    TEXT    NOT NULL
                CHECK (decision IN ('answer', 'suggest', 'nothing_found', 'uncertain', 'staff_only', 'not_here')),
    -- The message that said the entry; none where nothing was said.
    answer      BLOB    CHECK (length(answer) = 16),
    -- Whether the entry is the answer, in the words of staff, of a press below it, and of asking again. The first that is there holds.
    verdict     INTEGER CHECK (verdict IN (0, 1)),
    verdict_by  BLOB    CHECK (length(verdict_by) = 16),
    verdict_at  INTEGER CHECK ((verdict IS NULL) = (verdict_at IS NULL)),
    pressed     INTEGER CHECK (pressed IN (0, 1)),
    again       INTEGER CHECK (again = 0),
    at          INTEGER NOT NULL
) STRICT;

CREATE INDEX knowledge_asked_at ON knowledge_asked (community, at);
CREATE INDEX knowledge_asked_answer ON knowledge_asked (answer) WHERE answer IS NOT NULL;
CREATE INDEX knowledge_asked_labelled ON knowledge_asked (community, seq) WHERE coalesce(verdict, pressed, again) IS NOT NULL;

-- How many answers are to be right, the lines that were fitted to that, and what a base makes of its own texts.
CREATE TABLE knowledge_quality (
    community BLOB NOT NULL PRIMARY KEY CHECK (length(community) = 16),
    -- None where nobody has said.
    precision TEXT CHECK (json_valid(precision)),
    fits      TEXT CHECK (json_valid(fits)),
    trial     TEXT CHECK (json_valid(trial))
) STRICT;
