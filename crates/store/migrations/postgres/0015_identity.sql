-- Visitors whom the business names by a signed token: who they are here, once and for good. subject is the
-- business's own id of them.
CREATE TABLE identities (
    tenant_id       BIGINT  NOT NULL,
    subject         TEXT    NOT NULL,
    visitor_id      BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    created_at_ms   BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, subject),
    FOREIGN KEY (tenant_id, visitor_id) REFERENCES visitors (tenant_id, id)
);

-- Tokens that were used, by the hash of their own id, until they would have expired.
CREATE TABLE identity_tokens (
    tenant_id  BIGINT  NOT NULL REFERENCES tenants (id),
    token_hash BYTEA   NOT NULL,
    until_ms   BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
);

CREATE INDEX identity_tokens_by_end ON identity_tokens (tenant_id, until_ms);
