-- Ids are 63-bit integers made by the core. Times are UTC milliseconds. Every row names its tenant.
-- Every integer is BIGINT: INTEGER is 64 bits wide in some databases that speak this language. A state
-- is TEXT and not JSONB: it is read whole, and must come back as it was written.

CREATE TABLE tenants (
    id   BIGINT NOT NULL PRIMARY KEY,
    name TEXT   NOT NULL UNIQUE
);

-- One row for each core that writes: its newest batch, so that a commit whose answer was lost can be
-- asked about, and the largest id it ever stored, so that a generator whose clock was set back starts
-- above it. No row is written by two, so cores do not wait for each other here.
CREATE TABLE writers (
    id         TEXT        NOT NULL PRIMARY KEY,
    batch      BIGINT      NOT NULL,
    ceiling    BIGINT      NOT NULL,
    touched_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE users (
    tenant_id     BIGINT  NOT NULL REFERENCES tenants (id),
    id            BIGINT  NOT NULL,
    login         TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    role          BIGINT  NOT NULL,
    capacity      BIGINT  NOT NULL,
    status        BIGINT  NOT NULL,
    disabled      BOOLEAN NOT NULL,
    version       BIGINT  NOT NULL,
    created_at_ms BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, login)
);

CREATE TABLE visitors (
    tenant_id     BIGINT NOT NULL REFERENCES tenants (id),
    id            BIGINT NOT NULL,
    name          TEXT   NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- Only the hash of a token is stored. conversation_id is 0 for users.
CREATE TABLE sessions (
    tenant_id       BIGINT  NOT NULL REFERENCES tenants (id),
    id              BIGINT  NOT NULL,
    token_hash      BYTEA   NOT NULL UNIQUE,
    is_visitor      BOOLEAN NOT NULL,
    subject_id      BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    created_at_ms   BIGINT  NOT NULL,
    expires_at_ms   BIGINT  NOT NULL,
    revoked_at_ms   BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX sessions_by_subject ON sessions (tenant_id, is_visitor, subject_id);

CREATE TABLE setup_links (
    tenant_id     BIGINT NOT NULL PRIMARY KEY REFERENCES tenants (id),
    token_hash    BYTEA  NOT NULL UNIQUE,
    expires_at_ms BIGINT NOT NULL
);

-- version, last_seq and stamp move only together with what they count. agent_id is 0 when nobody
-- owns it. needs_care is set while a restart must look at it: a bot owes an answer, queued, serving,
-- wrap-up. Where it waits is rank: lane, then those served before, then the ticket. A row is rewritten
-- with every message; room in its page keeps that from touching the indexes.
CREATE TABLE conversations (
    tenant_id      BIGINT  NOT NULL REFERENCES tenants (id),
    id             BIGINT  NOT NULL,
    visitor_id     BIGINT  NOT NULL,
    visitor_name   TEXT    NOT NULL,
    version        BIGINT  NOT NULL,
    stamp          BIGINT  NOT NULL,
    last_seq       BIGINT  NOT NULL,
    answered_seq   BIGINT  NOT NULL,
    turn_version   BIGINT  NOT NULL,
    phase          BIGINT  NOT NULL,
    needs_care     BOOLEAN NOT NULL,
    state          TEXT    NOT NULL,
    agent_id       BIGINT  NOT NULL,
    agent_name     TEXT    NOT NULL,
    owner_id       BIGINT  NOT NULL,
    rank_lane      BIGINT,
    rank_fresh     BOOLEAN,
    rank_ticket    BIGINT,
    handoff_reason TEXT    NOT NULL,
    created_at_ms  BIGINT  NOT NULL,
    updated_at_ms  BIGINT  NOT NULL,
    queued_at_ms   BIGINT  NOT NULL,
    assigned_at_ms BIGINT  NOT NULL,
    preview        TEXT    NOT NULL,
    last_sender    BIGINT  NOT NULL,
    language       TEXT    NOT NULL,
    page_language  TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors (tenant_id, id)
) WITH (fillfactor = 75);

CREATE INDEX conversations_by_phase ON conversations (tenant_id, phase, id);
CREATE INDEX conversations_by_owner ON conversations (tenant_id, owner_id) WHERE owner_id <> 0;
CREATE INDEX conversations_in_care ON conversations (id) WHERE needs_care;

-- body and trace are Protobuf (kefu.v1.Body, kefu.v1.Trace).
CREATE TABLE messages (
    tenant_id       BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    seq             BIGINT NOT NULL,
    id              BIGINT NOT NULL,
    sender          BIGINT NOT NULL,
    sender_id       BIGINT NOT NULL,
    sender_name     TEXT   NOT NULL,
    client_id       TEXT   NOT NULL,
    created_at_ms   BIGINT NOT NULL,
    body            BYTEA  NOT NULL,
    trace           BYTEA,
    PRIMARY KEY (tenant_id, conversation_id, seq),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
);

CREATE UNIQUE INDEX messages_by_client
    ON messages (tenant_id, conversation_id, sender, sender_id, client_id) WHERE client_id <> '';
