-- Rows as layout 8 adds them: a file that was uploaded and not sent yet, and one that is gone.
INSERT INTO media (tenant_id, id, conversation_id, sender, sender_id, client_id, source_sha256, body, stored_bytes, sealed, seq,
    created_at_ms, sent_at_ms, gone_at_ms)
VALUES (1, 81, 10, 1, 10, 'u1', X'8ab63e29a4ba14e4e1688f9c15e5af90895421358c945b0431f85d66977bd3d2',
    X'3a1c08511205612e7064661a0f6170706c69636174696f6e2f7064662005', 5, TRUE, 0, 6, 0, 0),
    (1, 82, 10, 1, 10, 'u2', X'8ab63e29a4ba14e4e1688f9c15e5af90895421358c945b0431f85d66977bd3d2',
    X'3a1c08511205612e7064661a0f6170706c69636174696f6e2f7064662005', 7, TRUE, 1, 6, 7, 8);
INSERT INTO media_use (tenant_id, stored_bytes) VALUES (1, 12);
