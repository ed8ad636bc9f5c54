-- Rows as layout 12 adds them: a message left that an agent has taken, and a group with hours of its own.
INSERT INTO left_messages (tenant_id, id, conversation_id, seq, group_id, state, version, agent_id, created_at_ms, updated_at_ms, body)
VALUES (1, 95, 10, 1, 91, 2, 2, 7, 50, 60, X'085f100a1801205b280230023a024c69420331333850075a03e69d8e7032783c');
UPDATE agent_groups SET calendar = 'night' WHERE id = 91;
