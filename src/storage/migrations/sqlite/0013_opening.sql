-- A thread counts as being opened also while the platform is asked to: what is said meanwhile goes into it.

DROP INDEX delivery_opening;
CREATE INDEX delivery_opening ON delivery (conversation) WHERE kind = 'thread' AND state IN ('queued', 'sending');
