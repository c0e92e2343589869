-- When the system first refused the record since it last took it; microseconds since 1970.
ALTER TABLE replica ADD COLUMN failing_since INTEGER;
