-- Rows as layout 3 adds them: what was said five hours behind UTC.
INSERT INTO visitors (tenant_id, id, name, created_at_ms) VALUES (1, 11, '游客', 5);
INSERT INTO conversations (tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq, turn_version,
    phase, needs_care, state, agent_id, agent_name, owner_id, rank_lane, rank_fresh, rank_ticket, handoff_reason,
    created_at_ms, updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, page_language)
VALUES (1, 11, 11, '游客', 2, 32, 1, 1, 2, 1, FALSE,
    '{"schema":1,"turn":1,"phase":{"at":"idle"},"fallbacks":0,"last_answer":null}',
    0, '', 0, NULL, NULL, NULL, '', 5, 6, 0, 0, '你好', 1, 'zh', 'zh');
INSERT INTO messages (tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id, created_at_ms, body, trace, utc_offset_minutes)
VALUES (1, 11, 1, 50, 1, 11, '游客', 'c1', 6, X'0a080a06e4bda0e5a5bd', NULL, -300);
