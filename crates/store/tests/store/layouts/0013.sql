-- Rows as layout 13 adds them: a conversation was queued, and a person was asked for.
INSERT INTO events (tenant_id, id, kind, at_ms, conversation_id, agent_id, group_id, by_id, value, reason)
VALUES (1, 60, 4, 70, 10, 0, 0, 0, 0, ''), (1, 61, 21, 71, 0, 7, 0, 0, 3, '会议');
UPDATE conversations SET wanted_at_ms = 70 WHERE tenant_id = 1 AND id = 10;
