-- What a group promises of its own; null: what everybody does.
ALTER TABLE agent_groups ADD COLUMN first_reply_s INTEGER;
ALTER TABLE agent_groups ADD COLUMN resolution_minutes INTEGER;

-- Until when the first words of a person and the end of the talk are promised, as it was promised; 0: they are not.
ALTER TABLE conversations ADD COLUMN reply_due_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN resolution_due_at_ms INTEGER NOT NULL DEFAULT 0;

-- Words that supervisors want to hear of: which message, and by which rules. body is Protobuf (kefu.v1.WordAlert); nothing of
-- what was written is in it. An alert goes with its conversation.
CREATE TABLE word_alerts (
    tenant_id       INTEGER NOT NULL,
    id              INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    seen            INTEGER NOT NULL,
    body            BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX word_alerts_unseen ON word_alerts (tenant_id, id) WHERE NOT seen;
CREATE INDEX word_alerts_by_conversation ON word_alerts (tenant_id, conversation_id);

-- Who has seen which.
CREATE TABLE word_alert_views (
    tenant_id  INTEGER NOT NULL,
    alert_id   INTEGER NOT NULL,
    agent_id   INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, alert_id, agent_id),
    FOREIGN KEY (tenant_id, alert_id) REFERENCES word_alerts (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
