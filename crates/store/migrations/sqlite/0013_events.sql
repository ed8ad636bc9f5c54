-- What happened to conversations and agents, written in the transaction that makes it true. Numbers and reasons only:
-- nothing of what people said. The ids ascend with time, so that pages and what is forgotten go by the key.
CREATE TABLE events (
    tenant_id       INTEGER NOT NULL REFERENCES tenants (id),
    id              INTEGER NOT NULL,
    kind            INTEGER NOT NULL,
    at_ms           INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    agent_id        INTEGER NOT NULL,
    group_id        INTEGER NOT NULL,
    by_id           INTEGER NOT NULL,
    value           INTEGER NOT NULL,
    reason          TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- What is promised to a visitor is counted from when a person was asked for, to the first words of one.
ALTER TABLE conversations ADD COLUMN wanted_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN replied_at_ms INTEGER NOT NULL DEFAULT 0;
