-- Rows as layout 16 adds them: a group that promises on its own, one who was promised an answer by it, and words that were found in
-- what they said, which somebody has seen.
UPDATE agent_groups SET first_reply_s = 45, resolution_minutes = 0 WHERE id = 91;
UPDATE conversations SET reply_due_at_ms = 115 WHERE tenant_id = 1 AND id = 10;
INSERT INTO word_alerts (tenant_id, id, conversation_id, seq, seen, body)
VALUES (1, 96, 10, 1, TRUE, X'080a18013001384640604a0e0a06e69b9de58589120408021004');
INSERT INTO word_alert_views (tenant_id, alert_id, agent_id, seen_at_ms) VALUES (1, 96, 7, 80);
