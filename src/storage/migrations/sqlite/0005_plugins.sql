-- Installed plugins, and what each community decided about them.

CREATE TABLE plugin (
    id           TEXT NOT NULL PRIMARY KEY,
    version      TEXT NOT NULL,
    digest       TEXT NOT NULL CHECK (length(digest) = 64),
    manifest     TEXT NOT NULL,
    source       TEXT NOT NULL,
    installed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plugin_settings (
    community  BLOB NOT NULL CHECK (length(community) = 16),
    plugin     TEXT NOT NULL,
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    position   INTEGER NOT NULL CHECK (position >= 0),
    config     TEXT NOT NULL CHECK (json_valid(config)),
    grants     TEXT NOT NULL CHECK (json_valid(grants)),
    granted_to TEXT NOT NULL,
    revision   INTEGER NOT NULL CHECK (revision >= 0),
    held       TEXT,
    PRIMARY KEY (community, plugin)
) STRICT, WITHOUT ROWID;
