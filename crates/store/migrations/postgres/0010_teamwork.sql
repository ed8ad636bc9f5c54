-- What agents wrote beside a conversation, numbered within it; no visitor is given any. body is Protobuf
-- (kefu.v1.NoteBody). after_seq is the conversation's last message when it was written.
CREATE TABLE conversation_notes (
    tenant_id       BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    number          BIGINT  NOT NULL,
    id              BIGINT  NOT NULL,
    author_id       BIGINT  NOT NULL,
    author_name     TEXT    NOT NULL,
    client_id       TEXT    NOT NULL,
    created_at_ms   BIGINT  NOT NULL,
    after_seq       BIGINT  NOT NULL,
    body            BYTEA   NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, number),
    UNIQUE (tenant_id, conversation_id, author_id, client_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
);

-- Whom notes mention, until they have opened them.
CREATE TABLE unread_mentions (
    tenant_id       BIGINT  NOT NULL,
    agent_id        BIGINT  NOT NULL,
    note_id         BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    number          BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, agent_id, note_id),
    FOREIGN KEY (tenant_id, conversation_id, number)
        REFERENCES conversation_notes (tenant_id, conversation_id, number)
);

-- Replies that are kept ready. owner_id 0: everybody's of the tenant.
CREATE TABLE canned_replies (
    tenant_id     BIGINT  NOT NULL REFERENCES tenants (id),
    id            BIGINT  NOT NULL,
    owner_id      BIGINT  NOT NULL,
    shortcut      TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    text_zh       TEXT    NOT NULL,
    text_en       TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    updated_at_ms BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, owner_id, shortcut)
);

-- What agents file a conversation under.
CREATE TABLE conversation_tags (
    tenant_id       BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    tag             TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, tag),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
);

CREATE INDEX conversation_tags_by_name ON conversation_tags (tenant_id, tag);
