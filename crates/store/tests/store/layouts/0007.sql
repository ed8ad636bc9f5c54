-- Rows as layout 7 adds them: a store that knows itself, in its epoch.
UPDATE lineage SET identity = 71, epoch = 72;
