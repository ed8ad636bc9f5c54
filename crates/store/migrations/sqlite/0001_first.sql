-- Ids are 63-bit integers made by the core. Times are UTC milliseconds. Every row names its tenant.

CREATE TABLE tenants (
    id   INTEGER NOT NULL PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

-- The largest id that was ever stored, so that a generator whose clock was set back starts above it,
-- and the counter that a probe of the disk moves.
CREATE TABLE marks (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO marks (name, value) VALUES ('ceiling', 0), ('probe', 0);

CREATE TABLE users (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (id),
    id            INTEGER NOT NULL,
    login         TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    role          INTEGER NOT NULL,
    capacity      INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    disabled      INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, login)
) STRICT, WITHOUT ROWID;

CREATE TABLE visitors (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (id),
    id            INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Only the hash of a token is stored. conversation_id is 0 for users.
CREATE TABLE sessions (
    tenant_id       INTEGER NOT NULL REFERENCES tenants (id),
    id              INTEGER NOT NULL,
    token_hash      BLOB    NOT NULL UNIQUE,
    is_visitor      INTEGER NOT NULL,
    subject_id      INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    expires_at_ms   INTEGER NOT NULL,
    revoked_at_ms   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_subject ON sessions (tenant_id, is_visitor, subject_id);

CREATE TABLE setup_links (
    tenant_id     INTEGER NOT NULL PRIMARY KEY REFERENCES tenants (id),
    token_hash    BLOB    NOT NULL UNIQUE,
    expires_at_ms INTEGER NOT NULL
) STRICT;

-- version, last_seq and stamp move only together with what they count. agent_id is 0 when nobody
-- owns it. needs_care is 1 while a restart must look at it: a bot owes an answer, queued, serving,
-- wrap-up. Where it waits is rank: lane, then those served before, then the ticket.
CREATE TABLE conversations (
    tenant_id      INTEGER NOT NULL REFERENCES tenants (id),
    id             INTEGER NOT NULL,
    visitor_id     INTEGER NOT NULL,
    visitor_name   TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    stamp          INTEGER NOT NULL,
    last_seq       INTEGER NOT NULL,
    answered_seq   INTEGER NOT NULL,
    turn_version   INTEGER NOT NULL,
    phase          INTEGER NOT NULL,
    needs_care     INTEGER NOT NULL,
    state          TEXT    NOT NULL,
    agent_id       INTEGER NOT NULL,
    agent_name     TEXT    NOT NULL,
    owner_id       INTEGER NOT NULL,
    rank_lane      INTEGER,
    rank_fresh     INTEGER,
    rank_ticket    INTEGER,
    handoff_reason TEXT    NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    updated_at_ms  INTEGER NOT NULL,
    queued_at_ms   INTEGER NOT NULL,
    assigned_at_ms INTEGER NOT NULL,
    preview        TEXT    NOT NULL,
    last_sender    INTEGER NOT NULL,
    language       TEXT    NOT NULL,
    page_language  TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversations_by_phase ON conversations (tenant_id, phase, id);
CREATE INDEX conversations_by_owner ON conversations (tenant_id, owner_id) WHERE owner_id <> 0;
CREATE INDEX conversations_in_care ON conversations (id) WHERE needs_care = 1;

-- Clustered by what is read together: a page of a history is one range of the primary key.
-- body and trace are Protobuf (kefu.v1.Body, kefu.v1.Trace).
CREATE TABLE messages (
    tenant_id       INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    id              INTEGER NOT NULL,
    sender          INTEGER NOT NULL,
    sender_id       INTEGER NOT NULL,
    sender_name     TEXT    NOT NULL,
    client_id       TEXT    NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    body            BLOB    NOT NULL,
    trace           BLOB,
    PRIMARY KEY (tenant_id, conversation_id, seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX messages_by_client
    ON messages (tenant_id, conversation_id, sender, sender_id, client_id) WHERE client_id <> '';
