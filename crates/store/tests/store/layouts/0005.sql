-- Rows as layout 5 adds them: one message of two is indexed, and the way through older ones stands between them.
INSERT INTO visitors (tenant_id, id, name, created_at_ms) VALUES (1, 13, '游客', 5);
INSERT INTO conversations (tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq, turn_version,
    phase, needs_care, state, agent_id, agent_name, owner_id, rank_lane, rank_fresh, rank_ticket, handoff_reason,
    created_at_ms, updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, page_language)
VALUES (1, 13, 13, '游客', 3, 36, 2, 2, 2, 1, FALSE,
    '{"schema":1,"turn":1,"phase":{"at":"idle"},"fallbacks":0,"last_answer":null}',
    0, '', 0, NULL, NULL, NULL, '', 5, 6, 0, 0, '你好', 1, 'zh', 'zh');
INSERT INTO messages (tenant_id, conversation_id, seq, id, sender, sender_id, sender_name, client_id, created_at_ms, body, trace)
VALUES (1, 13, 1, 70, 1, 13, '游客', 'c1', 6, X'0a080a06e4bda0e5a5bd', NULL),
       (1, 13, 2, 71, 1, 13, '游客', 'c2', 6, X'0a080a06e4bda0e5a5bd', NULL);
--sqlite INSERT INTO search_rows (id, tenant_id, conversation_id, seq) VALUES (70, 1, 13, 1);
--sqlite INSERT INTO search_terms (rowid, terms) VALUES (70, '0000000000001000000000000d 0000000000001你好 0000000000001好');
--postgres INSERT INTO search_messages (tenant_id, id, conversation_id, seq, terms)
--postgres VALUES (1, 70, 13, 1, '''0000000000001000000000000d'':1 ''0000000000001你好'':2 ''0000000000001好'':3');
UPDATE search_state SET is_on = TRUE, tenant_id = 1, conversation_id = 13, seq = 1;
