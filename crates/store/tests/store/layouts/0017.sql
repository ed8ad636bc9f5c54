-- Layout 17 adds an index and no rows: a conversation that somebody owns is in it.
UPDATE conversations SET owner_id = 7 WHERE tenant_id = 1 AND id = 16;
