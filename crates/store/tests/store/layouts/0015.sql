-- Rows as layout 15 adds them: somebody whom the business names, and the token that they came with.
INSERT INTO identities (tenant_id, subject, visitor_id, conversation_id, created_at_ms)
VALUES (1, 'kunde-7', 10, 10, 5);
INSERT INTO identity_tokens (tenant_id, token_hash, until_ms) VALUES (1, X'0102', 9);
