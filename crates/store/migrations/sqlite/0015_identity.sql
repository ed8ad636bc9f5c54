-- Visitors whom the business names by a signed token: who they are here, once and for good. subject is the
-- business's own id of them.
CREATE TABLE identities (
    tenant_id       INTEGER NOT NULL,
    subject         TEXT    NOT NULL,
    visitor_id      INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, subject),
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Tokens that were used, by the hash of their own id, until they would have expired.
CREATE TABLE identity_tokens (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (id),
    token_hash BLOB    NOT NULL,
    until_ms   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_tokens_by_end ON identity_tokens (tenant_id, until_ms);
