-- What was asked is the message's alone: what somebody takes back, or retention takes away, is gone from here, too.

ALTER TABLE knowledge_feedback ADD COLUMN asked BLOB CHECK (length(asked) = 16);
UPDATE knowledge_feedback SET asked = (SELECT reply_to FROM message WHERE message.id = knowledge_feedback.message);
ALTER TABLE knowledge_feedback DROP COLUMN question;
