-- The numbers by which the API names endpoints and projects, those of the configuration file too. A number is never given again.
CREATE TABLE endpoint_number (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL);
CREATE TABLE project_number (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL);

-- sealed: the endpoint's secrets, encrypted under the key file of the data folder for this name and URL alone. notes: JSON that clients gave and are given back.
ALTER TABLE endpoint ADD COLUMN sealed BLOB;
ALTER TABLE endpoint ADD COLUMN notes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE endpoint ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN notes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE project ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;

-- What is kept of a project's images; policy is JSON. A project without a row keeps all.
CREATE TABLE retention (id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL UNIQUE, policy TEXT NOT NULL);
