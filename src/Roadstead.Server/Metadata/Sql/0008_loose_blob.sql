-- Blobs of repositories that no manifest there names (those from before there was this table are noted by the first collection), and since when: the first to go where room is wanted. repository: 0 of a blob that was left when its image went.
CREATE TABLE loose_blob (repository INTEGER NOT NULL, digest TEXT NOT NULL, seen_at BIGINT NOT NULL, PRIMARY KEY (repository, digest));
CREATE INDEX loose_blob_digest ON loose_blob (digest);
