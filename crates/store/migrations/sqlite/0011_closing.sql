-- How talks with agents ended. A talk is named by the sequence of the notice that closed it. body is Protobuf
-- (kefu.v1.Rating, kefu.v1.Summary); what is counted by stands in columns.
CREATE TABLE ratings (
    tenant_id       INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    ended_seq       INTEGER NOT NULL,
    agent_id        INTEGER NOT NULL,
    score           INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    body            BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, ended_seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE summaries (
    tenant_id       INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    ended_seq       INTEGER NOT NULL,
    agent_id        INTEGER NOT NULL,
    category        TEXT    NOT NULL,
    updated_at_ms   INTEGER NOT NULL,
    body            BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, ended_seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
) STRICT, WITHOUT ROWID;
