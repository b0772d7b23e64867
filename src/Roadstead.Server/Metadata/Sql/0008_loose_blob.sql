-- Blobs of repositories that no manifest there names, and since when: the first to go where room is wanted. repository: 0 of a blob that was left when its image went.
CREATE TABLE loose_blob (repository INTEGER NOT NULL, digest TEXT NOT NULL, seen_at BIGINT NOT NULL, PRIMARY KEY (repository, digest));
CREATE INDEX loose_blob_digest ON loose_blob (digest);
INSERT INTO loose_blob (repository, digest, seen_at)
SELECT repository, digest, 0 FROM repository_blob link WHERE NOT EXISTS (
    SELECT 1 FROM manifest_child child JOIN repository_manifest parent ON parent.digest = child.parent AND parent.repository = link.repository
    WHERE child.digest = link.digest AND child.role = 1);
