-- What the roles of platforms mean in a community, and where somebody talks to us alone.

-- Of platforms, with the community's own names.
ALTER TABLE community ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';

-- Written when a conversation begins.
CREATE INDEX conversation_asker ON conversation (asker) WHERE asker IS NOT NULL;
