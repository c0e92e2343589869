-- The table of contacts in Supabase. May be run again at any time: what is there stays as it is.
-- Run it in the SQL editor, or let `setup` run it over supabase.jdbc-url. PostgreSQL 14 or later.

create table if not exists public.contacts_master (
  id uuid primary key default gen_random_uuid()
);

-- Column by column, so that a table that exists gains what it lacks.
alter table public.contacts_master
  add column if not exists contact_id            text,
  add column if not exists first_name            text,
  add column if not exists middle_name           text,
  add column if not exists last_name             text,
  add column if not exists nickname              text,
  add column if not exists name_suffix           text,
  add column if not exists title                 text,
  add column if not exists canonical_name        text,
  add column if not exists name_normalized       text,
  add column if not exists organization          text,
  add column if not exists job_title             text,
  add column if not exists department            text,
  add column if not exists linkedin_url          text,
  add column if not exists category_code         text,
  add column if not exists subcategory_code      text,
  add column if not exists relationship_category text,
  add column if not exists notes                 text,
  add column if not exists is_business           boolean,
  add column if not exists is_me                 boolean,
  add column if not exists emails                jsonb,
  add column if not exists phones                jsonb,
  add column if not exists social_profiles       jsonb,
  add column if not exists llm_context           jsonb,
  add column if not exists communication_stats   jsonb,
  add column if not exists social_network        jsonb,
  add column if not exists ai_insights           jsonb,
  add column if not exists recommendations       jsonb,
  add column if not exists sync_metadata         jsonb,
  add column if not exists birthday              date,
  add column if not exists deleted_at            timestamptz,
  add column if not exists created_at            timestamptz default now(),
  add column if not exists updated_at            timestamptz default now();

-- A row that a person adds by hand may have no contact_id yet; two rows never share one.
create unique index if not exists contacts_master_contact_id_key on public.contacts_master (contact_id);

-- For pages in the order of change.
create index if not exists contacts_master_updated_at on public.contacts_master (updated_at, id);

create schema if not exists sync;

-- updated_at is what a conditional write compares, so it must never stay or go back.
create or replace function sync.touch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 microsecond');
  return new;
end $$;

create or replace trigger contacts_master_touch
  before update on public.contacts_master
  for each row execute function sync.touch();

-- Wakes whoever listens on sync_change, by a session of its own on the database; the payload is the
-- table and no data of it. What the service itself wrote by REST wakes nobody.
create or replace function sync.wake() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-sync-origin', '')
    not like 'truth-forge-sync%'
  then
    perform pg_notify('sync_change', format('%s.%s', tg_table_schema, tg_table_name));
  end if;
  return null;
end $$;

create or replace trigger contacts_master_wake
  after insert or update or delete or truncate on public.contacts_master
  for each statement execute function sync.wake();

-- Only the service's key sees and changes rows; add policies for other users as they are needed.
alter table public.contacts_master enable row level security;
grant select, insert, update, delete on public.contacts_master to service_role;

-- Lets the REST interface see the table at once.
notify pgrst, 'reload schema';
