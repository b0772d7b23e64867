-- Since when upstream is known to have the tag no more; NULL: as far as is known, it has it.
ALTER TABLE tag ADD COLUMN gone_since BIGINT;
CREATE INDEX tag_gone ON tag (gone_since) WHERE gone_since IS NOT NULL;
