-- Who serves which conversations. Group 0 is the default one, there even without a row. A group changes only together
-- with its members, by comparing `version`.
CREATE TABLE agent_groups (
    tenant_id        INTEGER NOT NULL REFERENCES tenants (id),
    id               INTEGER NOT NULL,
    key              TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    strategy         INTEGER NOT NULL,
    overflow_id      INTEGER,
    overflow_after_s INTEGER NOT NULL,
    capacity         INTEGER NOT NULL,
    manual_accept    INTEGER NOT NULL,
    disabled         INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    created_at_ms    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_members (
    tenant_id INTEGER NOT NULL,
    group_id  INTEGER NOT NULL,
    agent_id  INTEGER NOT NULL,
    level     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, group_id, agent_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES agent_groups (tenant_id, id),
    FOREIGN KEY (tenant_id, agent_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

ALTER TABLE conversations ADD COLUMN group_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN last_agent_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN away_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN manual_accept INTEGER NOT NULL DEFAULT 0;
