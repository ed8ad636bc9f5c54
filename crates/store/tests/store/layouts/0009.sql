-- Rows as layout 9 adds them: a group with a member who is away, the default group changed, and one who was served for it.
UPDATE users SET away_reason = '用餐', manual_accept = TRUE WHERE id = 7;
INSERT INTO agent_groups (tenant_id, id, key, name, strategy, overflow_id, overflow_after_s, capacity, manual_accept, disabled,
    version, created_at_ms)
VALUES (1, 0, 'default', '', 1, NULL, 0, 0, FALSE, FALSE, 1, 5), (1, 91, 'sales', '售前', 4, 0, 30, 20, TRUE, FALSE, 2, 5);
INSERT INTO group_members (tenant_id, group_id, agent_id, level) VALUES (1, 91, 7, 2);
UPDATE conversations SET group_id = 91, last_agent_id = 7 WHERE id = 16;
