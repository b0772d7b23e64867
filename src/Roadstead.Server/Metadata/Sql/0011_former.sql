-- What the tag named before it moved; NULL: it never did, as far as is known.
ALTER TABLE tag ADD COLUMN former TEXT;
