-- What refers to a manifest, by its repository's own upstream: an image index of descriptors.
CREATE TABLE referrers (
    repository INTEGER NOT NULL,
    subject TEXT NOT NULL,
    descriptors BLOB NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (repository, subject));
