-- When a client last pulled the manifest from the repository, by tag or by digest, or a manifest that it names; 0 where that was before there was this column.
ALTER TABLE repository_manifest ADD COLUMN pulled_at BIGINT NOT NULL DEFAULT 0;
-- When upstream brought it; 0 likewise.
ALTER TABLE repository_manifest ADD COLUMN stored_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX repository_manifest_pulled ON repository_manifest (pulled_at, repository, digest);
CREATE INDEX repository_manifest_digest ON repository_manifest (digest);
CREATE INDEX repository_blob_digest ON repository_blob (digest);
CREATE INDEX tag_digest ON tag (repository, digest);

-- What is never evicted: a tag, whatever manifest it names, or the digest of a manifest.
CREATE TABLE pin (repository INTEGER NOT NULL, reference TEXT NOT NULL, made_at BIGINT NOT NULL, PRIMARY KEY (repository, reference));

-- Files of the store that no row named when they were last looked at, and since when.
CREATE TABLE stray_blob (digest TEXT NOT NULL PRIMARY KEY, seen_at BIGINT NOT NULL);
