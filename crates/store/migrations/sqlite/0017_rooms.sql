-- What of a group is owned is counted when somebody is assigned, where the group has a bound. Ids are above 0; said so, and
-- not as in conversations_by_owner, no question of an owner is ever planned with this index.
CREATE INDEX conversations_by_group ON conversations (tenant_id, group_id) WHERE owner_id > 0;
