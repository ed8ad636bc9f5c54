-- Messages left: what a visitor wrote instead of waiting, and what became of it. The words are a message of the
-- conversation, at `seq`. body is Protobuf (kefu.v1.LeftMessage) without them; what is looked for stands in columns.
CREATE TABLE left_messages (
    tenant_id       BIGINT  NOT NULL,
    id              BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    seq             BIGINT  NOT NULL,
    group_id        BIGINT  NOT NULL,
    state           BIGINT  NOT NULL,
    version         BIGINT  NOT NULL,
    agent_id        BIGINT  NOT NULL,
    created_at_ms   BIGINT  NOT NULL,
    updated_at_ms   BIGINT  NOT NULL,
    body            BYTEA   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, conversation_id, seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
);

CREATE INDEX left_messages_by_state ON left_messages (tenant_id, state, id);

-- Which of the configured calendars a group keeps; empty: everybody's.
ALTER TABLE agent_groups ADD COLUMN calendar TEXT NOT NULL DEFAULT '';
