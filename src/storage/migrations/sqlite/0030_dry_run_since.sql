-- When the last dry run of a plugin began: what an earlier one would have done is of another version, or other settings.

ALTER TABLE plugin_settings ADD COLUMN dry_run_since INTEGER;
