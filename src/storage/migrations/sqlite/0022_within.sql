-- Where a plugin is set otherwise than in the rest of its community: a list, since it is read and written with the rest of its settings.

ALTER TABLE plugin_settings ADD COLUMN overrides TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(overrides));
