-- Rows as layout 9 adds them: a talk that was rated and summed up.
INSERT INTO ratings (tenant_id, conversation_id, ended_seq, agent_id, score, created_at_ms, body)
VALUES (1, 10, 3, 7, 5, 50, X'080a100328054001');
INSERT INTO summaries (tenant_id, conversation_id, ended_seq, agent_id, category, updated_at_ms, body)
VALUES (1, 10, 3, 7, 'order', 60, X'080a10031a056f72646572');
