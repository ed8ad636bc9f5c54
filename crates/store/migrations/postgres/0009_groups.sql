-- Who serves which conversations. Group 0 is the default one, there even without a row. A group changes only together
-- with its members, by comparing `version`.
CREATE TABLE agent_groups (
    tenant_id        BIGINT  NOT NULL REFERENCES tenants (id),
    id               BIGINT  NOT NULL,
    key              TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    strategy         BIGINT  NOT NULL,
    overflow_id      BIGINT,
    overflow_after_s BIGINT  NOT NULL,
    capacity         BIGINT  NOT NULL,
    manual_accept    BOOLEAN NOT NULL,
    disabled         BOOLEAN NOT NULL,
    version          BIGINT  NOT NULL,
    created_at_ms    BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key)
);

CREATE TABLE group_members (
    tenant_id BIGINT NOT NULL,
    group_id  BIGINT NOT NULL,
    agent_id  BIGINT NOT NULL,
    level     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, agent_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES agent_groups (tenant_id, id),
    FOREIGN KEY (tenant_id, agent_id) REFERENCES users (tenant_id, id)
);

ALTER TABLE conversations ADD COLUMN group_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN last_agent_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN away_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN manual_accept BOOLEAN NOT NULL DEFAULT FALSE;
