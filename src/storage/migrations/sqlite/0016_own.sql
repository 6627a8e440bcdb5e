-- Whether a person has chosen how open a thread or topic is. Others are as open as what they hang in.
ALTER TABLE place ADD COLUMN own INTEGER NOT NULL DEFAULT 0 CHECK (own IN (0, 1));
UPDATE place SET own = 1
 WHERE EXISTS (SELECT 1 FROM place AS above
                WHERE above.id = place.parent
                  AND (above.enabled <> place.enabled OR above.overheard <> place.overheard));
