-- What the containers of each node use, as it last told. images: JSON, each by its whole reference; malformed: JSON of what can be no image, NULL: nothing is; platform: of the node, NULL: not told.
CREATE TABLE node_image (node TEXT NOT NULL PRIMARY KEY, images TEXT NOT NULL, malformed TEXT, platform TEXT);
