-- Writes without a condition, until the system has told what they replaced. Times are microseconds
-- since 1970.
CREATE TABLE watch (
  system      text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  contact_id  text COLLATE "C" NOT NULL,
  written     text NOT NULL,
  was         text NOT NULL,
  read_at     bigint NOT NULL,
  written_at  bigint NOT NULL,
  PRIMARY KEY (system, external_id)
);
