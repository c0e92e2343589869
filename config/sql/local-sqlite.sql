-- The table of contacts in a local SQLite file. May be run again at any time. SQLite 3.38 or later.
-- Lists and documents are JSON text; times are UTC text that ends in Z.

create table if not exists contacts_master (
  -- autoincrement: the id of a deleted row is never given to another person
  id                    integer primary key autoincrement,
  contact_id            text unique,
  first_name            text,
  middle_name           text,
  last_name             text,
  nickname              text,
  name_suffix           text,
  title                 text,
  canonical_name        text,
  name_normalized       text,
  organization          text,
  job_title             text,
  department            text,
  linkedin_url          text,
  category_code         text,
  subcategory_code      text,
  relationship_category text,
  notes                 text,
  is_business           integer,
  is_me                 integer,
  emails                text,
  phones                text,
  social_profiles       text,
  llm_context           text,
  communication_stats   text,
  social_network        text,
  ai_insights           text,
  recommendations       text,
  sync_metadata         text,
  birthday              text,
  deleted_at            text,
  created_at            text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at            text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

create index if not exists contacts_master_updated_at on contacts_master (updated_at, id);

-- updated_at is what a conditional write compares: an update that does not move it forwards is moved
-- here, by a millisecond at least. RETURNING shows a row before its triggers ran, so a writer who
-- needs the time back moves updated_at forwards itself, which stands.
create trigger if not exists contacts_master_touch
after update on contacts_master
for each row
when new.updated_at is null or old.updated_at is null or new.updated_at <= old.updated_at
begin
  update contacts_master
  set updated_at = max(
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', old.updated_at, '+0.001 seconds'), ''))
  where id = new.id;
end;
