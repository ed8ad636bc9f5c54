-- Search inside a tenant. Terms are made by the program, each with its tenant in front; the tokenizer only
-- splits them at spaces. The index holds no texts (content=''), and rows are deleted by a mark.
CREATE VIRTUAL TABLE search_terms USING fts5 (terms, content='', contentless_delete=1, tokenize='ascii');

-- Which message a row of the index is: its rowid is the message's id. Ids are drawn once for all tenants.
CREATE TABLE search_rows (
    id              INTEGER NOT NULL PRIMARY KEY,
    tenant_id       INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    seq             INTEGER NOT NULL
) STRICT;

-- Whether the last program that opened this indexed what it wrote, whether everything older is indexed, too,
-- and the message up to which it is.
CREATE TABLE search_state (
    one             INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    is_on           INTEGER NOT NULL,
    is_whole        INTEGER NOT NULL,
    tenant_id       INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    seq             INTEGER NOT NULL
) STRICT;

INSERT INTO search_state (one, is_on, is_whole, tenant_id, conversation_id, seq) VALUES (1, 0, 0, 0, 0, 0);
