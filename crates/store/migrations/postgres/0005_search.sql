-- Search inside a tenant. Terms are made by the program, each with its tenant in front, so one index serves all
-- tenants and none can see another's. A table of its own: messages stay as narrow as they are, and where search
-- is off it is empty.
CREATE TABLE search_messages (
    tenant_id       BIGINT   NOT NULL,
    id              BIGINT   NOT NULL,
    conversation_id BIGINT   NOT NULL,
    seq             BIGINT   NOT NULL,
    terms           TSVECTOR NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- What gathers before it is sorted into the index is kept small: it is searched one by one, and the transaction
-- that fills it up sorts it.
CREATE INDEX search_by_terms ON search_messages USING gin (terms) WITH (gin_pending_list_limit = 512);

-- Whether the last program that opened this indexed what it wrote, whether everything older is indexed, too,
-- and the message up to which it is.
CREATE TABLE search_state (
    one             BIGINT  NOT NULL PRIMARY KEY CHECK (one = 1),
    is_on           BOOLEAN NOT NULL,
    is_whole        BOOLEAN NOT NULL,
    tenant_id       BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    seq             BIGINT  NOT NULL
);

INSERT INTO search_state (one, is_on, is_whole, tenant_id, conversation_id, seq) VALUES (1, FALSE, FALSE, 0, 0, 0);
