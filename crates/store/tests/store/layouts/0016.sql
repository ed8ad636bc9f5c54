-- Rows as layout 16 adds them: a group that promises on its own, and one who was promised an answer by it.
UPDATE agent_groups SET first_reply_s = 45, resolution_minutes = 0 WHERE id = 91;
UPDATE conversations SET reply_due_at_ms = 115 WHERE tenant_id = 1 AND id = 10;
