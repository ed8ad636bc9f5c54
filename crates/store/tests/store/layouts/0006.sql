-- Rows as layout 6 adds them: one who goes first.
INSERT INTO visitors (tenant_id, id, name, created_at_ms) VALUES (1, 16, '贵宾', 5);
INSERT INTO conversations (tenant_id, id, visitor_id, visitor_name, version, stamp, last_seq, answered_seq, turn_version,
    phase, needs_care, state, agent_id, agent_name, owner_id, priority, rank_lane, rank_fresh, rank_ticket, handoff_reason,
    created_at_ms, updated_at_ms, queued_at_ms, assigned_at_ms, preview, last_sender, language, page_language)
VALUES (1, 16, 16, '贵宾', 2, 36, 0, 0, 2, 1, FALSE,
    '{"schema":1,"turn":1,"phase":{"at":"idle"},"fallbacks":0,"last_answer":null}',
    0, '', 0, 2, NULL, NULL, NULL, '', 5, 6, 0, 0, '', 1, 'zh', 'zh');
