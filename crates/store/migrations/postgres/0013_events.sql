-- What happened to conversations and agents, written in the transaction that makes it true. Numbers and reasons only:
-- nothing of what people said. The ids ascend with time, so that pages and what is forgotten go by the key.
CREATE TABLE events (
    tenant_id       BIGINT NOT NULL REFERENCES tenants (id),
    id              BIGINT NOT NULL,
    kind            BIGINT NOT NULL,
    at_ms           BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    agent_id        BIGINT NOT NULL,
    group_id        BIGINT NOT NULL,
    by_id           BIGINT NOT NULL,
    value           BIGINT NOT NULL,
    reason          TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- What is promised to a visitor is counted from when a person was asked for, to the first words of one.
ALTER TABLE conversations ADD COLUMN wanted_at_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN replied_at_ms BIGINT NOT NULL DEFAULT 0;
