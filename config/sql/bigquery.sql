-- The record of truth in BigQuery, for those who create tables by hand; `setup` creates the same
-- ones. May be run again at any time.

create schema if not exists identity;

create table if not exists identity.contacts_master (
  contact_id            string not null,
  first_name            string,
  middle_name           string,
  last_name             string,
  nickname              string,
  name_suffix           string,
  title                 string,
  canonical_name        string,
  name_normalized       string,
  organization          string,
  job_title             string,
  department            string,
  is_business           bool,
  emails                array<string>,
  phones                array<string>,
  linkedin_url          string,
  social_profiles       json,
  category_code         string,
  subcategory_code      string,
  relationship_category string,
  notes                 string,
  birthday              date,
  is_me                 bool,
  llm_context           json,
  communication_stats   json,
  social_network        json,
  ai_insights           json,
  recommendations       json,
  sync_metadata         json,
  deleted_at            timestamp,
  created_at            timestamp,
  updated_at            timestamp
);

-- An export of the history: one row for each field of each change.
create table if not exists identity.sync_change_log (
  change_id  string not null,
  contact_id string not null,
  version    int64 not null,
  changed_at timestamp not null,
  origin     string not null,
  field      string not null,
  old_value  json,
  new_value  json
)
partition by timestamp_trunc(changed_at, month)
cluster by contact_id;

-- An export of the conflicts: one row when one is found, one more when it is settled.
create table if not exists identity.sync_conflicts (
  conflict_id   string not null,
  contact_id    string not null,
  field         string not null,
  kind          string not null,
  recorded_at   timestamp not null,
  winner_system string,
  winner_value  json,
  loser_system  string,
  loser_value   json,
  status        string not null
)
partition by timestamp_trunc(recorded_at, month)
cluster by contact_id;
