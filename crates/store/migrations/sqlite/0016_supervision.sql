-- What a group promises of its own; null: what everybody does.
ALTER TABLE agent_groups ADD COLUMN first_reply_s INTEGER;
ALTER TABLE agent_groups ADD COLUMN resolution_minutes INTEGER;

-- Until when the first words of a person and the end of the talk are promised, as it was promised; 0: they are not.
ALTER TABLE conversations ADD COLUMN reply_due_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN resolution_due_at_ms INTEGER NOT NULL DEFAULT 0;
