-- When the blob's bytes were last found to hash to its digest; 0 where that was before there was this column.
ALTER TABLE blob ADD COLUMN checked_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX blob_checked ON blob (checked_at);
