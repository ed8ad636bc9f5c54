-- What of a group is owned is counted when somebody is assigned, where the group has a bound. Only who asks in these very
-- words is answered by this index: a question of an owner belongs to conversations_by_owner.
CREATE INDEX conversations_by_group ON conversations (tenant_id, group_id) WHERE owner_id + 0 > 0;
