-- The nodes that report, each with its last report as JSON and what of it a roll-out goes by. in_force: the revision of its configuration.
-- target_since: when it first named its target. excused: a target at which its failing stops nobody.
CREATE TABLE node (
    name TEXT NOT NULL PRIMARY KEY,
    report TEXT NOT NULL,
    target TEXT NOT NULL,
    target_since BIGINT NOT NULL,
    in_force TEXT,
    canary INTEGER NOT NULL,
    state TEXT NOT NULL,
    cause TEXT,
    seen_at BIGINT NOT NULL,
    granted TEXT,
    granted_at BIGINT,
    excused TEXT);
