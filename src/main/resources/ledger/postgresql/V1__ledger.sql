-- Ids compare by their bytes, as in Java and SQLite. Times are microseconds since 1970. JSON texts
-- are written and read by LedgerJson.

CREATE TABLE contact (
  contact_id text COLLATE "C" NOT NULL PRIMARY KEY,
  version    bigint NOT NULL,
  deleted    smallint NOT NULL,
  created_at bigint,
  doc        text NOT NULL
);
CREATE INDEX contact_deleted ON contact (contact_id) WHERE deleted = 1;

CREATE TABLE contact_email (
  email      text COLLATE "C" NOT NULL,
  contact_id text COLLATE "C" NOT NULL REFERENCES contact,
  PRIMARY KEY (email, contact_id)
);

CREATE TABLE contact_phone (
  phone      text COLLATE "C" NOT NULL,
  contact_id text COLLATE "C" NOT NULL REFERENCES contact,
  PRIMARY KEY (phone, contact_id)
);

-- contact_version and contact_deleted repeat the contact's, so that an index knows what is due.
-- state: 0 free, 1 gone, 2 held, 3 parked.
CREATE TABLE replica (
  contact_id      text COLLATE "C" NOT NULL REFERENCES contact,
  system          text COLLATE "C" NOT NULL,
  external_id     text COLLATE "C",
  revision        text,
  seen            text NOT NULL,
  sent_version    bigint NOT NULL,
  contact_version bigint NOT NULL,
  contact_deleted smallint NOT NULL,
  due_since       bigint,
  record_time     bigint,
  read_at         bigint,
  unanswered      text,
  reread_due      smallint NOT NULL,
  attempts        integer NOT NULL,
  next_try        bigint,
  last_error      text,
  state           smallint NOT NULL,
  PRIMARY KEY (contact_id, system)
);
CREATE UNIQUE INDEX replica_external ON replica (system, external_id);
CREATE INDEX replica_due ON replica (system, contact_id)
  WHERE sent_version < contact_version AND state < 2 AND reread_due = 0
    AND (contact_deleted = 0 OR (state = 0 AND external_id IS NOT NULL));
CREATE INDEX replica_reread_due ON replica (system, contact_id) WHERE reread_due = 1 AND state < 2;
CREATE INDEX replica_not_free ON replica (system, state) WHERE state > 0;

CREATE TABLE cursor (
  system   text COLLATE "C" NOT NULL PRIMARY KEY,
  position text,
  walk     text,
  moved_at bigint
);

CREATE TABLE conflict (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  contact_id text COLLATE "C" NOT NULL,
  field      text NOT NULL,
  kind       text NOT NULL,
  kept       text NOT NULL,
  kept_by    text,
  kept_at    bigint,
  lost       text NOT NULL,
  lost_by    text,
  lost_at    bigint,
  found_at   bigint NOT NULL,
  status     text NOT NULL
);
CREATE INDEX conflict_kind ON conflict (kind);
CREATE INDEX conflict_waiting ON conflict (contact_id) WHERE status = 'WAITING';
CREATE INDEX conflict_found ON conflict (found_at);

-- record: the contact's id for deliveries, the external id for observations, as far as known.
CREATE TABLE dead_letter (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  direction   text NOT NULL,
  target      text NOT NULL,
  record      text COLLATE "C",
  contact_id  text COLLATE "C",
  external_id text COLLATE "C",
  payload     text,
  reason      text,
  attempts    integer NOT NULL,
  first_at    bigint,
  last_at     bigint,
  UNIQUE (target, direction, record)
);
CREATE INDEX dead_letter_contact ON dead_letter (contact_id);

-- record: the external id, else the contact's id, else empty for the system as a whole.
CREATE TABLE held (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  why         text NOT NULL,
  system      text COLLATE "C" NOT NULL,
  record      text COLLATE "C" NOT NULL,
  external_id text COLLATE "C",
  contact_id  text COLLATE "C",
  candidates  text NOT NULL,
  observation text,
  reason      text,
  at          bigint,
  UNIQUE (system, record)
);
CREATE INDEX held_external ON held (system, external_id);

CREATE TABLE history (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  contact_id   text COLLATE "C" NOT NULL,
  version      bigint NOT NULL,
  field        text NOT NULL,
  before_value text NOT NULL,
  after_value  text NOT NULL,
  changed_by   text NOT NULL,
  changed_at   bigint,
  recorded_at  bigint NOT NULL
);
CREATE INDEX history_contact ON history (contact_id);
CREATE INDEX history_recorded ON history (recorded_at);
CREATE INDEX history_field ON history (changed_by, field, recorded_at);
CREATE INDEX history_deletion ON history (recorded_at) WHERE field = 'deleted';

CREATE TABLE cycle (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at bigint NOT NULL,
  ended_at   bigint,
  systems    text NOT NULL
);

CREATE TABLE setting (
  name  text COLLATE "C" NOT NULL PRIMARY KEY,
  value text NOT NULL
);

-- What webhooks said, until the record was read; external_id is empty where they did not say which.
CREATE TABLE inbox (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system      text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  kind        text NOT NULL,
  received_at bigint NOT NULL,
  UNIQUE (system, external_id)
);
CREATE INDEX inbox_system ON inbox (system, id);

-- Signatures of webhooks that were taken, for as long as they would be taken again.
CREATE TABLE webhook_signature (
  signature  text COLLATE "C" NOT NULL PRIMARY KEY,
  good_until bigint NOT NULL
);
CREATE INDEX webhook_signature_until ON webhook_signature (good_until);
