-- Rows as layout 9 adds them: a note that mentions two colleagues, one of whom has not opened it, and a canned reply.
INSERT INTO conversation_notes (tenant_id, conversation_id, number, id, author_id, author_name, client_id, created_at_ms,
    after_seq, body)
VALUES (1, 10, 1, 91, 3, 'Li', 'n1', 9, 1, X'0a0c406c6920e8afb7e79c8b2021120203041801');
INSERT INTO unread_mentions (tenant_id, agent_id, note_id, conversation_id, number) VALUES (1, 4, 91, 10, 1);
INSERT INTO canned_replies (tenant_id, id, owner_id, shortcut, title, text_zh, text_en, version, updated_at_ms)
VALUES (1, 92, 0, 'hi', 'Greeting', '您好 {visitor.name}', '', 1, 9);
INSERT INTO conversation_tags (tenant_id, conversation_id, tag) VALUES (1, 10, '投诉');
