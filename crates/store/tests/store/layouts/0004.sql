-- Rows as layout 4 adds them: a question that was quoted, a message that was taken back, and how far
-- its writer is.
INSERT INTO visitors (tenant_id, id, name, created_at_ms) VALUES (1, 12, '游客', 5);
INSERT INTO conversations (tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq, turn_version,
    phase, needs_care, state, agent_id, agent_name, owner_id, rank_lane, rank_fresh, rank_ticket, handoff_reason,
    created_at_ms, updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, page_language, preview_seq)
VALUES (1, 12, 12, '游客', 4, 33, 3, 3, 2, 1, FALSE,
    '{"schema":1,"turn":1,"phase":{"at":"idle"},"fallbacks":0,"last_answer":null}',
    0, '', 0, NULL, NULL, NULL, '', 5, 6, 0, 0, '', 1, 'zh', 'zh', 2);
INSERT INTO messages (tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id, created_at_ms, body, trace,
    utc_offset_minutes, quote_seq, recalled_seq)
VALUES (1, 12, 1, 60, 1, 12, '游客', 'c1', 6, X'0a080a06e4bda0e5a5bd', NULL, NULL, 0, 0),
       (1, 12, 2, 61, 1, 12, '游客', 'c2', 6, X'0a080a06e4bda0e5a5bd', NULL, NULL, 1, 3),
       (1, 12, 3, 62, 1, 12, '游客', 'c3', 6, X'2a020802', NULL, NULL, 0, 0);
INSERT INTO cursors (tenant_id, conversation_id, sender, sender_id, device_id, delivered_seq, read_seq, moved_at_ms)
VALUES (1, 12, 1, 12, 'phone', 3, 2, 6), (1, 12, 1, 12, '', 3, 2, 6);
