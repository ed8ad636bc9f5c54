-- Messages name those that they quote, and those that were taken back say by what. The text of a
-- recalled message stays in its row, so that a retry of its sending is still known, and is never read.
-- Which message a preview shows is 0 in rows from before this was kept.

ALTER TABLE messages ADD COLUMN quote_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN recalled_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN preview_seq INTEGER NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX messages_by_id ON messages (tenant_id, id);

-- How far each device of each person is in a conversation. device_id '' is the farthest of them: it
-- stays when a device's row goes. sender is kefu.v1.Sender.
CREATE TABLE cursors (
    tenant_id       INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    sender          INTEGER NOT NULL,
    sender_id       INTEGER NOT NULL,
    device_id       TEXT    NOT NULL,
    delivered_seq   INTEGER NOT NULL,
    read_seq        INTEGER NOT NULL,
    moved_at_ms     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, sender, sender_id, device_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX cursors_by_person ON cursors (tenant_id, sender, sender_id, conversation_id) WHERE device_id = '';
