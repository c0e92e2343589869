-- Most of a ledger was ids, repeated in each table and index. Where there are many, a UUID is its
-- 16 bytes; any other id is a text still, so these columns take both. A usual system is one letter,
-- any other name stands behind "=". What systems hold and their revisions may be bytes as well;
-- they are written and read by Dense.

CREATE TEMP TABLE form AS SELECT
  replace('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx', 'x', '[0-9a-f]') AS uuid;
CREATE TEMP TABLE letter (system TEXT PRIMARY KEY, letter TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO letter VALUES ('bigquery', 'b'), ('twenty', 't'), ('supabase', 's'), ('local', 'l');

DROP INDEX contact_deleted;
DROP INDEX replica_external;
DROP INDEX replica_due;
DROP INDEX replica_reread_due;
DROP INDEX replica_not_free;
DROP INDEX history_contact;
DROP INDEX history_recorded;
DROP INDEX history_field;
DROP INDEX history_deletion;
ALTER TABLE contact RENAME TO contact_4;
ALTER TABLE contact_email RENAME TO contact_email_4;
ALTER TABLE contact_phone RENAME TO contact_phone_4;
ALTER TABLE replica RENAME TO replica_4;
ALTER TABLE history RENAME TO history_4;

CREATE TABLE contact (
  contact_id BLOB NOT NULL PRIMARY KEY,
  version    INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  created_at INTEGER,
  doc        TEXT NOT NULL
);
INSERT INTO contact
  SELECT CASE WHEN contact_id GLOB (SELECT uuid FROM form) THEN unhex(contact_id, '-')
      ELSE contact_id END,
    version, deleted, created_at, doc
  FROM contact_4 ORDER BY rowid;
CREATE INDEX contact_deleted ON contact (contact_id) WHERE deleted = 1;

CREATE TABLE contact_email (
  email      TEXT NOT NULL,
  contact_id BLOB NOT NULL REFERENCES contact,
  PRIMARY KEY (email, contact_id)
) WITHOUT ROWID;
INSERT INTO contact_email
  SELECT email, CASE WHEN contact_id GLOB (SELECT uuid FROM form) THEN unhex(contact_id, '-')
      ELSE contact_id END
  FROM contact_email_4 ORDER BY email, contact_id;

CREATE TABLE contact_phone (
  phone      TEXT NOT NULL,
  contact_id BLOB NOT NULL REFERENCES contact,
  PRIMARY KEY (phone, contact_id)
) WITHOUT ROWID;
INSERT INTO contact_phone
  SELECT phone, CASE WHEN contact_id GLOB (SELECT uuid FROM form) THEN unhex(contact_id, '-')
      ELSE contact_id END
  FROM contact_phone_4 ORDER BY phone, contact_id;

-- contact_version and contact_deleted repeat the contact's, so that an index knows what is due.
-- state: 0 free, 1 gone, 2 held, 3 parked.
CREATE TABLE replica (
  contact_id      BLOB NOT NULL REFERENCES contact,
  system          TEXT NOT NULL,
  external_id     BLOB,
  revision        BLOB,
  seen            BLOB NOT NULL,
  sent_version    INTEGER NOT NULL,
  contact_version INTEGER NOT NULL,
  contact_deleted INTEGER NOT NULL,
  due_since       INTEGER,
  record_time     INTEGER,
  read_at         INTEGER,
  unanswered      TEXT,
  reread_due      INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  next_try        INTEGER,
  last_error      TEXT,
  failing_since   INTEGER,
  state           INTEGER NOT NULL,
  PRIMARY KEY (contact_id, system)
) WITHOUT ROWID;
INSERT INTO replica
  SELECT CASE WHEN contact_id GLOB (SELECT uuid FROM form) THEN unhex(contact_id, '-')
      ELSE contact_id END,
    coalesce((SELECT letter FROM letter WHERE letter.system = r.system), '=' || system),
    CASE WHEN external_id GLOB (SELECT uuid FROM form) THEN unhex(external_id, '-')
      ELSE external_id END,
    revision, seen, sent_version, contact_version, contact_deleted, due_since, record_time,
    read_at, unanswered, reread_due, attempts, next_try, last_error, failing_since, state
  FROM replica_4 r ORDER BY contact_id, system;
CREATE UNIQUE INDEX replica_external ON replica (system, external_id)
  WHERE external_id IS NOT NULL;
CREATE INDEX replica_due ON replica (system, contact_id)
  WHERE sent_version < contact_version AND state < 2 AND reread_due = 0
    AND (contact_deleted = 0 OR (state = 0 AND external_id IS NOT NULL));
CREATE INDEX replica_reread_due ON replica (system, contact_id) WHERE reread_due = 1 AND state < 2;
CREATE INDEX replica_not_free ON replica (system, state) WHERE state > 0;

-- What a contact was created with is one row with an empty field. The numbers go on where they
-- were: they are known outside.
CREATE TABLE history (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  contact_id   BLOB NOT NULL,
  version      INTEGER NOT NULL,
  field        TEXT NOT NULL,
  before_value TEXT NOT NULL,
  after_value  BLOB NOT NULL,
  changed_by   TEXT NOT NULL,
  changed_at   INTEGER,
  recorded_at  INTEGER NOT NULL
);
INSERT INTO history
  SELECT id, CASE WHEN contact_id GLOB (SELECT uuid FROM form) THEN unhex(contact_id, '-')
      ELSE contact_id END,
    version, field, before_value, after_value,
    coalesce((SELECT letter FROM letter WHERE letter.system = h.changed_by), '=' || changed_by),
    changed_at, recorded_at
  FROM history_4 h ORDER BY id;
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'history', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'history');
UPDATE sqlite_sequence
  SET seq = coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name LIKE 'history%'), 0)
  WHERE name = 'history';
CREATE INDEX history_contact ON history (contact_id);
CREATE INDEX history_recorded ON history (recorded_at);
CREATE INDEX history_field ON history (changed_by, field, recorded_at) WHERE version > 1;
CREATE INDEX history_deletion ON history (recorded_at) WHERE field = 'deleted';

DROP TABLE history_4;
DROP TABLE replica_4;
DROP TABLE contact_phone_4;
DROP TABLE contact_email_4;
DROP TABLE contact_4;
DROP TABLE letter;
DROP TABLE form;
