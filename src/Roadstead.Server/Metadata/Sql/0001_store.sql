-- Times are milliseconds since 1970 in UTC. A row of blob or manifest is written only after its bytes are.

-- What has been done once for this data folder.
CREATE TABLE milestone (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL);

-- Endpoints and projects that are not declared in the configuration file; settings are JSON without secrets.
CREATE TABLE endpoint (name TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL, settings TEXT NOT NULL);
CREATE TABLE project (name TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL, settings TEXT NOT NULL);

-- A repository belongs to a project and to the registry that the project mirrors: pointed at another registry, a project starts anew.
CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    registry TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (project, registry, name));

CREATE TABLE manifest (digest TEXT NOT NULL PRIMARY KEY, media_type TEXT NOT NULL, bytes BLOB NOT NULL);

-- What each manifest names, in its order. role: 0 manifest, 1 blob, 2 foreign layer.
CREATE TABLE manifest_child (
    parent TEXT NOT NULL,
    position INTEGER NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    role INTEGER NOT NULL,
    platform TEXT,
    PRIMARY KEY (parent, position));
CREATE INDEX manifest_child_digest ON manifest_child (digest);

CREATE TABLE tag (
    repository INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (repository, name));

CREATE TABLE blob (digest TEXT NOT NULL PRIMARY KEY, size BIGINT NOT NULL);

-- What the repository's own upstream confirmed that the repository has; content held for another repository is no proof.
CREATE TABLE repository_manifest (repository INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (repository, digest));
CREATE TABLE repository_blob (repository INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (repository, digest));

-- Which of an index's children clients have asked for.
CREATE TABLE asked_child (repository INTEGER NOT NULL, parent TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (repository, parent, digest));
