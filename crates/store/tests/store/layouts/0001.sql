-- Rows as layout 1 has them: a tenant, an admin with a session, a conversation that waits.
-- X'…' and the lines that begin with the name of a store are put into its own words by the test.
INSERT INTO tenants (id, name) VALUES (1, 't1');
INSERT INTO users (tenant_id, id, login, name, password_hash, role, capacity, status, disabled, version, created_at_ms)
VALUES (1, 7, 'li', '李', 'hash', 3, 5, 1, FALSE, 4, 5);
INSERT INTO visitors (tenant_id, id, name, created_at_ms) VALUES (1, 10, '游客', 5);
INSERT INTO sessions (tenant_id, id, token_hash, is_visitor, subject_id, conversation_id, created_at_ms, expires_at_ms, revoked_at_ms)
VALUES (1, 20, X'f5ca38f748a1d6eaf726b8a42fb575c3c71f1864a8143301782de13da2d9202b', FALSE, 7, 0, 5, 500, 0), (1, 21, X'6f4b6612125fb3a0daecd2799dfd6c9c299424fd920f9b308110a2c1fbd8f443', TRUE, 10, 10, 5, 500, 77);
INSERT INTO conversations (tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq, turn_version,
    phase, needs_care, state, agent_id, agent_name, owner_id, rank_lane, rank_fresh, rank_ticket, handoff_reason,
    created_at_ms, updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, page_language)
VALUES (1, 10, 10, '游客', 3, 31, 2, 1, 2, 2, TRUE,
    '{"schema":1,"turn":2,"phase":{"at":"queued"},"fallbacks":1,"last_answer":null}',
    0, '', 0, 2, TRUE, 30, '投诉', 5, 6, 7, 0, '你好', 1, 'zh', 'en');
INSERT INTO messages (tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id, created_at_ms, body, trace)
VALUES (1, 10, 1, 40, 1, 10, '游客', 'c1', 6, X'0a080a06e4bda0e5a5bd', NULL),
       (1, 10, 2, 41, 2, 0, '', '', 6, X'0a080a06e4bda0e5a5bd', X'');
--sqlite UPDATE marks SET value = 900 WHERE name = 'ceiling';
--postgres INSERT INTO writers (id, batch, ceiling, touched_at) VALUES ('before', 3, 900, now());
