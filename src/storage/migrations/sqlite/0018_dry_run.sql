-- Until when a plugin that is off sees what happens and can do nothing.

ALTER TABLE plugin_settings ADD COLUMN dry_run_until INTEGER;
