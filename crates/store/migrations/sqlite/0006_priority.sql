-- Who matters more: kefu.v1.Priority as a number. Lanes were all 0 before, which is the lane of those from now on.
ALTER TABLE conversations ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
UPDATE conversations SET rank_lane = 1 WHERE rank_lane = 0;
