-- The clusters whose images are kept. inventory: what was last told of one, as JSON; heard_at: when that was; drill: what the last one found, as JSON.
CREATE TABLE cluster (name TEXT NOT NULL PRIMARY KEY, inventory TEXT NOT NULL, heard_at BIGINT NOT NULL, drill TEXT);

-- What clusters use and lately used, by the registry's name for it: never evicted. reference: a tag, or a digest. unused_for: for how many milliseconds the cluster's inventories have been without it; NULL: it is in use.
CREATE TABLE cluster_pin (
    cluster TEXT NOT NULL,
    registry TEXT NOT NULL,
    repository TEXT NOT NULL,
    reference TEXT NOT NULL,
    unused_for BIGINT,
    PRIMARY KEY (cluster, registry, repository, reference));
CREATE INDEX cluster_pin_image ON cluster_pin (registry, repository, reference);
