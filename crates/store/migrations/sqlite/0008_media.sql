-- Pictures and files: facts about them, and whose they are. Their bytes are elsewhere, by tenant and id. body is
-- Protobuf (kefu.v1.Body, an image or a file). seq is that of the message that it went into, 0 until then. From
-- gone_at_ms on nobody is given it; the row goes when its bytes are removed.
CREATE TABLE media (
    tenant_id       INTEGER NOT NULL,
    id              INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    sender          INTEGER NOT NULL,
    sender_id       INTEGER NOT NULL,
    client_id       TEXT    NOT NULL,
    source_sha256   BLOB    NOT NULL,
    body            BLOB    NOT NULL,
    stored_bytes    INTEGER NOT NULL,
    sealed          INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    sent_at_ms      INTEGER NOT NULL,
    gone_at_ms      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, conversation_id, sender, sender_id, client_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_by_message ON media (tenant_id, conversation_id, seq) WHERE seq <> 0;
CREATE INDEX media_unsent ON media (created_at_ms) WHERE seq = 0 AND gone_at_ms = 0;
CREATE INDEX media_sent ON media (sent_at_ms) WHERE seq <> 0 AND gone_at_ms = 0;
CREATE INDEX media_gone ON media (gone_at_ms, id) WHERE gone_at_ms <> 0;

-- What the rows of a tenant's media say together, so that nobody has to add them up.
CREATE TABLE media_use (
    tenant_id    INTEGER NOT NULL PRIMARY KEY REFERENCES tenants (id),
    stored_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
