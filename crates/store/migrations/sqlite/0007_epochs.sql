-- Which store this is, and which epoch the positions in it belong to: a store that was put back in time begins a new
-- one, so that no sequence number is given out twice in one. The core draws both; 0 until it has. A copy of a store
-- has its identity, too.
CREATE TABLE lineage (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    identity INTEGER NOT NULL,
    epoch    INTEGER NOT NULL
) STRICT;

INSERT INTO lineage (one, identity, epoch) VALUES (1, 0, 0);
