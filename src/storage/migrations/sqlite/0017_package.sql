-- Packages of plugins that somebody handed in, who allowed what to which of them, and what stood before an update.

CREATE TABLE package (
    digest       TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    plugin       TEXT NOT NULL,
    version      TEXT NOT NULL,
    manifest     TEXT NOT NULL,
    source       TEXT NOT NULL,
    signer       TEXT,
    installed_at INTEGER NOT NULL,
    wasm         BLOB NOT NULL,
    -- One version is one package, for good.
    UNIQUE (plugin, version)
) STRICT;

CREATE TABLE plugin_consent (
    id        INTEGER PRIMARY KEY,
    community BLOB NOT NULL CHECK (length(community) = 16),
    plugin    TEXT NOT NULL,
    version   TEXT NOT NULL,
    digest    TEXT NOT NULL,
    grants    TEXT NOT NULL CHECK (json_valid(grants)),
    -- Nobody for the command line.
    account   BLOB CHECK (length(account) = 16),
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX plugin_consent_of ON plugin_consent (community, plugin, id);

CREATE TABLE plugin_before (
    community BLOB NOT NULL CHECK (length(community) = 16),
    plugin    TEXT NOT NULL,
    settings  TEXT NOT NULL CHECK (json_valid(settings)),
    at        INTEGER NOT NULL,
    PRIMARY KEY (community, plugin)
) STRICT, WITHOUT ROWID;

CREATE TABLE kv_before (
    community BLOB NOT NULL CHECK (length(community) = 16),
    plugin    TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     BLOB NOT NULL,
    version   INTEGER NOT NULL,
    expires   INTEGER,
    PRIMARY KEY (community, plugin, key)
) STRICT, WITHOUT ROWID;

-- The key that signed the package that is offered.
ALTER TABLE plugin ADD COLUMN signer TEXT;
