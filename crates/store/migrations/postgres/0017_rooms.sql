-- What of a group is owned is counted when somebody is assigned, where the group has a bound.
CREATE INDEX conversations_by_group ON conversations (tenant_id, group_id) WHERE owner_id <> 0;
