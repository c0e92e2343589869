-- Writes without a condition, until the system has told what they replaced. Times are microseconds
-- since 1970.
CREATE TABLE watch (
  system      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  contact_id  TEXT NOT NULL,
  written     TEXT NOT NULL,
  was         TEXT NOT NULL,
  read_at     INTEGER NOT NULL,
  written_at  INTEGER NOT NULL,
  PRIMARY KEY (system, external_id)
) WITHOUT ROWID;
