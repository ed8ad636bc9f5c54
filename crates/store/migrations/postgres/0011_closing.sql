-- How talks with agents ended. A talk is named by the sequence of the notice that closed it. body is Protobuf
-- (kefu.v1.Rating, kefu.v1.Summary); what is counted by stands in columns.
CREATE TABLE ratings (
    tenant_id       BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    ended_seq       BIGINT  NOT NULL,
    agent_id        BIGINT  NOT NULL,
    score           BIGINT  NOT NULL,
    created_at_ms   BIGINT  NOT NULL,
    body            BYTEA   NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, ended_seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
);

CREATE TABLE summaries (
    tenant_id       BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    ended_seq       BIGINT  NOT NULL,
    agent_id        BIGINT  NOT NULL,
    category        TEXT    NOT NULL,
    updated_at_ms   BIGINT  NOT NULL,
    body            BYTEA   NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, ended_seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
);
