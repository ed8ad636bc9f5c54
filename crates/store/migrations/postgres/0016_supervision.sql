-- What a group promises of its own; null: what everybody does.
ALTER TABLE agent_groups ADD COLUMN first_reply_s BIGINT;
ALTER TABLE agent_groups ADD COLUMN resolution_minutes BIGINT;

-- Until when the first words of a person and the end of the talk are promised, as it was promised; 0: they are not.
ALTER TABLE conversations ADD COLUMN reply_due_at_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN resolution_due_at_ms BIGINT NOT NULL DEFAULT 0;

-- Words that supervisors want to hear of: which message, and by which rules. body is Protobuf (kefu.v1.WordAlert); nothing of
-- what was written is in it. An alert goes with its conversation.
CREATE TABLE word_alerts (
    tenant_id       BIGINT  NOT NULL,
    id              BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    seq             BIGINT  NOT NULL,
    seen            BOOLEAN NOT NULL,
    body            BYTEA   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX word_alerts_unseen ON word_alerts (tenant_id, id) WHERE NOT seen;
CREATE INDEX word_alerts_by_conversation ON word_alerts (tenant_id, conversation_id);

-- Who has seen which.
CREATE TABLE word_alert_views (
    tenant_id  BIGINT  NOT NULL,
    alert_id   BIGINT  NOT NULL,
    agent_id   BIGINT  NOT NULL,
    seen_at_ms BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, alert_id, agent_id),
    FOREIGN KEY (tenant_id, alert_id) REFERENCES word_alerts (tenant_id, id) ON DELETE CASCADE
);
