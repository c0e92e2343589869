-- Times are microseconds since 1970. JSON texts are written and read by LedgerJson.

CREATE TABLE contact (
  contact_id TEXT NOT NULL PRIMARY KEY,
  version    INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  created_at INTEGER,
  doc        TEXT NOT NULL
);
CREATE INDEX contact_deleted ON contact (contact_id) WHERE deleted = 1;

CREATE TABLE contact_email (
  email      TEXT NOT NULL,
  contact_id TEXT NOT NULL REFERENCES contact,
  PRIMARY KEY (email, contact_id)
) WITHOUT ROWID;

CREATE TABLE contact_phone (
  phone      TEXT NOT NULL,
  contact_id TEXT NOT NULL REFERENCES contact,
  PRIMARY KEY (phone, contact_id)
) WITHOUT ROWID;

-- contact_version and contact_deleted repeat the contact's, so that an index knows what is due.
-- state: 0 free, 1 gone, 2 held, 3 parked.
CREATE TABLE replica (
  contact_id      TEXT NOT NULL REFERENCES contact,
  system          TEXT NOT NULL,
  external_id     TEXT,
  revision        TEXT,
  seen            TEXT NOT NULL,
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
  state           INTEGER NOT NULL,
  PRIMARY KEY (contact_id, system)
) WITHOUT ROWID;
CREATE UNIQUE INDEX replica_external ON replica (system, external_id);
CREATE INDEX replica_due ON replica (system, contact_id)
  WHERE sent_version < contact_version AND state < 2 AND reread_due = 0
    AND (contact_deleted = 0 OR (state = 0 AND external_id IS NOT NULL));
CREATE INDEX replica_reread_due ON replica (system, contact_id) WHERE reread_due = 1 AND state < 2;
CREATE INDEX replica_not_free ON replica (system, state) WHERE state > 0;

CREATE TABLE cursor (
  system   TEXT NOT NULL PRIMARY KEY,
  position TEXT,
  walk     TEXT,
  moved_at INTEGER
) WITHOUT ROWID;

CREATE TABLE conflict (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  contact_id TEXT NOT NULL,
  field      TEXT NOT NULL,
  kind       TEXT NOT NULL,
  kept       TEXT NOT NULL,
  kept_by    TEXT,
  kept_at    INTEGER,
  lost       TEXT NOT NULL,
  lost_by    TEXT,
  lost_at    INTEGER,
  found_at   INTEGER NOT NULL,
  status     TEXT NOT NULL
);
CREATE INDEX conflict_kind ON conflict (kind);
CREATE INDEX conflict_waiting ON conflict (contact_id) WHERE status = 'WAITING';
CREATE INDEX conflict_found ON conflict (found_at);

-- record: the contact's id for deliveries, the external id for observations, as far as known.
CREATE TABLE dead_letter (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  direction   TEXT NOT NULL,
  target      TEXT NOT NULL,
  record      TEXT,
  contact_id  TEXT,
  external_id TEXT,
  payload     TEXT,
  reason      TEXT,
  attempts    INTEGER NOT NULL,
  first_at    INTEGER,
  last_at     INTEGER,
  UNIQUE (target, direction, record)
);
CREATE INDEX dead_letter_contact ON dead_letter (contact_id);

-- record: the external id, else the contact's id, else empty for the system as a whole.
CREATE TABLE held (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  why         TEXT NOT NULL,
  system      TEXT NOT NULL,
  record      TEXT NOT NULL,
  external_id TEXT,
  contact_id  TEXT,
  candidates  TEXT NOT NULL,
  observation TEXT,
  reason      TEXT,
  at          INTEGER,
  UNIQUE (system, record)
);
CREATE INDEX held_external ON held (system, external_id);

CREATE TABLE history (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  contact_id   TEXT NOT NULL,
  version      INTEGER NOT NULL,
  field        TEXT NOT NULL,
  before_value TEXT NOT NULL,
  after_value  TEXT NOT NULL,
  changed_by   TEXT NOT NULL,
  changed_at   INTEGER,
  recorded_at  INTEGER NOT NULL
);
CREATE INDEX history_contact ON history (contact_id);
CREATE INDEX history_recorded ON history (recorded_at);
CREATE INDEX history_field ON history (changed_by, field, recorded_at);
CREATE INDEX history_deletion ON history (recorded_at) WHERE field = 'deleted';

CREATE TABLE cycle (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER,
  systems    TEXT NOT NULL
);

CREATE TABLE setting (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- What webhooks said, until the record was read; external_id is empty where they did not say which.
CREATE TABLE inbox (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  system      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  kind        TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  UNIQUE (system, external_id)
);
CREATE INDEX inbox_system ON inbox (system, id);

-- Signatures of webhooks that were taken, for as long as they would be taken again.
CREATE TABLE webhook_signature (
  signature  TEXT NOT NULL PRIMARY KEY,
  good_until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhook_signature_until ON webhook_signature (good_until);
