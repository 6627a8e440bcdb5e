-- Whose a line of the audit is, and which community a session looks at; none: whatever its account belongs to.

ALTER TABLE audit ADD COLUMN community BLOB;
ALTER TABLE session ADD COLUMN community BLOB REFERENCES community (id) ON DELETE SET NULL;
