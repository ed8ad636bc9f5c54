-- Minutes by which the visitor's clock was ahead of UTC when the message was written, where the device
-- said so: "tomorrow" in it is counted by that clock.
ALTER TABLE messages ADD COLUMN utc_offset_minutes INTEGER;
