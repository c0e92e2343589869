-- The change feed: every committed change of a watched table, hard deletes and late commits
-- included. Run after supabase.sql or local-postgresql.sql; may be run again. PostgreSQL 14 or later.
-- Roles of Supabase that do not exist are passed over.

create schema if not exists sync;
revoke all on schema sync from public;

-- One entry for each changed row, written in the transaction of the change.
create table if not exists sync.change_log (
  seq      bigint generated always as identity primary key,
  txid     bigint      not null default (pg_current_xact_id()::text)::bigint,
  at       timestamptz not null default clock_timestamp(),
  tbl      text        not null,
  op       text        not null check (op in ('I', 'U', 'D', 'T')), -- insert, update, delete, truncate
  pk       jsonb       not null,
  origin   text,                                                    -- who wrote it, where it was said
  row_data jsonb                                                    -- of a delete alone: the row as it was; null where it was forgotten
);
create index if not exists change_log_position on sync.change_log (txid, seq);

-- Below which transaction entries may be missing: they were removed, by whomever, or the tables were
-- not watched yet. A reader who stands before that has missed some.
create table if not exists sync.feed_state (
  one          boolean primary key default true check (one),
  pruned_below bigint not null default 0
);
insert into sync.feed_state default values on conflict do nothing;

create or replace function sync.log_pruned() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'TRUNCATE' then
    update sync.feed_state set pruned_below = (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint
    where one;
  else
    update sync.feed_state as s set pruned_below = g.txid + 1
    from (select max(txid) as txid from gone) as g
    where s.pruned_below <= g.txid;
  end if;
  return null;
end $$;

create or replace trigger change_log_pruned
  after delete on sync.change_log referencing old table as gone
  for each statement execute function sync.log_pruned();

create or replace trigger change_log_emptied
  after truncate on sync.change_log
  for each statement execute function sync.log_pruned();

-- Writes what one statement did, with all of its rows at once; or what became of one row, where the
-- trigger is one for each row. The tables old_rows and new_rows are those of the trigger.
create or replace function sync.log_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  key_column  text := tg_argv[0];
  table_name  text := format('%s.%s', tg_table_schema, tg_table_name);
  said_origin text := coalesce(
    nullif(current_setting('sync.origin', true), ''),
    nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-sync-origin');
  -- A person is to be forgotten: nothing of the row stays in the log either.
  forgotten   boolean := coalesce(tg_op = 'DELETE' and said_origin = 'truth-forge-sync/forget', false);
  many        boolean := false;
  before_it   jsonb;
  after_it    jsonb;
begin
  -- One row needs no statement of its own to be planned. Rows are taken as r.*, since r alone would
  -- be a column of that name.
  if tg_level = 'ROW' then
    before_it := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    after_it := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  elsif tg_op = 'INSERT' then
    many := true;
  elsif tg_op = 'UPDATE' then
    many := (select count(*) from (select from new_rows limit 2) as few) = 2;
    if not many then
      before_it := (select to_jsonb(r.*) from old_rows as r);
      after_it := (select to_jsonb(r.*) from new_rows as r);
    end if;
  else
    many := (select count(*) from (select from old_rows limit 2) as few) = 2;
    if not many then
      before_it := (select to_jsonb(r.*) from old_rows as r);
    end if;
  end if;

  if many and not exists (
    select from pg_attribute
    where attrelid = tg_relid and attname = key_column and attnum > 0 and not attisdropped)
  then
    -- The column was renamed. No row can be named any more, and nobody's write may fail of that.
    insert into sync.change_log (tbl, op, pk, origin)
    values (table_name, left(tg_op, 1), jsonb_build_object(key_column, null), said_origin);
  elsif many and tg_op = 'INSERT' then
    execute format(
      'insert into sync.change_log (txid, at, tbl, op, pk, origin)'
      ' select (select (pg_current_xact_id()::text)::bigint), (select clock_timestamp()),'
      ' $1, ''I'', jsonb_build_object($2, r.%I), $3 from new_rows as r', key_column)
    using table_name, key_column, said_origin;
  elsif many and tg_op = 'UPDATE' then
    -- A key that no row has any more was deleted. Keys are compared as JSON and rows as they are
    -- stored: there are types whose equality is not to be found from here, and some without any.
    execute format(
      'insert into sync.change_log (txid, at, tbl, op, pk, origin, row_data)'
      ' select (select (pg_current_xact_id()::text)::bigint), (select clock_timestamp()), $1,'
      ' case when n.%1$I is null then ''D'' else ''U'' end,'
      ' jsonb_build_object($2, coalesce(n.%1$I, o.%1$I)), $3,'
      ' case when n.%1$I is null then to_jsonb(o.*) end'
      ' from old_rows as o full join new_rows as n'
      ' on jsonb_build_object($2, o.%1$I) = jsonb_build_object($2, n.%1$I)'
      ' where n.%1$I is null or o.%1$I is null or o.* *<> n.*'
      ' order by n.%1$I is not null', key_column)
    using table_name, key_column, said_origin;
  elsif many then
    if forgotten then
      execute format(
        'update sync.change_log as l set row_data = null'
        ' where l.tbl = $1 and l.row_data is not null'
        ' and l.pk in (select jsonb_build_object($2, r.%I) from old_rows as r)', key_column)
      using table_name, key_column;
    end if;
    execute format(
      'insert into sync.change_log (txid, at, tbl, op, pk, origin, row_data)'
      ' select (select (pg_current_xact_id()::text)::bigint), (select clock_timestamp()), $1, ''D'','
      ' jsonb_build_object($2, r.%I), $3, case when not $4 then to_jsonb(r.*) end'
      ' from old_rows as r', key_column)
    using table_name, key_column, said_origin, forgotten;
  elsif before_it is distinct from after_it then
    if tg_op = 'UPDATE' and before_it -> key_column <> after_it -> key_column then
      insert into sync.change_log (tbl, op, pk, origin, row_data)
      values (
        table_name, 'D', jsonb_build_object(key_column, before_it -> key_column), said_origin,
        before_it);
    end if;
    if forgotten then
      update sync.change_log as l set row_data = null
      where l.tbl = table_name and l.row_data is not null
        and l.pk = jsonb_build_object(key_column, before_it -> key_column);
    end if;
    insert into sync.change_log (tbl, op, pk, origin, row_data)
    values (
      table_name,
      left(tg_op, 1),
      jsonb_build_object(key_column, coalesce(after_it, before_it) -> key_column),
      said_origin,
      case when tg_op = 'DELETE' and not forgotten then before_it end);
  end if;
  return null;
end $$;

create or replace function sync.log_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into sync.change_log (tbl, op, pk)
  values (format('%s.%s', tg_table_schema, tg_table_name), 'T', '{}');
  return null;
end $$;

-- The triggers that log changes of rows. One that is for statements is not called where its table is
-- written through another, of which it is a partition or an heir; nor by logical replication, for
-- which some are made to be called always.
create or replace view sync.log_triggers as
  select
    g.tgrelid,
    convert_from(btrim(g.tgargs, decode('00', 'hex')), getdatabaseencoding()) as key_column,
    g.tgtype & 1 = 1 as each_row,
    -- What it is called for: 4 insert, 8 delete, 16 update.
    g.tgtype & 28 as events,
    g.tgenabled = 'A' as always
  from pg_trigger g
  where g.tgfoid = 'sync.log_change()'::regprocedure and g.tgenabled in ('O', 'A') and g.tgnargs = 1
    and (g.tgtype & 1 = 1 or not exists (select from pg_inherits h where h.inhrelid = g.tgrelid));

-- What may be read: entries below every transaction that still runs. A transaction that commits
-- later than a younger one can then never slip in behind a reader's position.
create or replace view sync.feed as
  select seq, txid, at, tbl, op, pk, origin, row_data
  from sync.change_log
  where txid < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint;

-- A page of the feed behind a position. A URL cannot compare (txid, seq) as a pair, hence a function.
create or replace function public.sync_feed(after_txid bigint, after_seq bigint, max_rows integer default 500)
returns table (seq bigint, txid bigint, at timestamptz, tbl text, op text, pk jsonb, origin text, row_data jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select f.seq, f.txid, f.at, f.tbl, f.op, f.pk, f.origin, f.row_data
  from sync.feed f
  where (f.txid, f.seq) > (after_txid, after_seq)
  order by f.txid, f.seq
  limit least(max_rows, 1000)
$$;

-- Where the feed stands. Another identity, or a next_txid behind a known position, means that the
-- database was restored; a pruned_below beyond it, that entries were pruned unread. watched: each
-- table that the feed tells of, with the column that names its rows. outdated: those whose triggers
-- are called for each row, as they once were, which sync.watch makes many times cheaper. open_since: when the oldest
-- transaction began that has written and not ended, which holds the feed back, as far as the owner
-- of this function may see it.
create or replace function public.sync_feed_info() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'now', clock_timestamp(),
    -- The cluster, and the log itself, which a dump makes anew; then the timeline, which a failover
    -- begins anew as well.
    'identity', format('%s.%s/%s',
      (select system_identifier from pg_control_system()),
      'sync.change_log'::regclass::oid,
      (select timeline_id from pg_control_checkpoint())),
    'pruned_below', (select pruned_below from sync.feed_state),
    'next_txid', (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint,
    'safe_txid', (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint,
    'oldest_kept', (select min(txid) from sync.change_log),
    'open_since', (select min(xact_start) from pg_stat_activity where backend_xid is not null),
    'system_identifier', (select system_identifier::text from pg_control_system()),
    'watched', (
      select coalesce(jsonb_object_agg(w.name, w.key_column), '{}')
      from (
        select format('%s.%s', n.nspname, c.relname) as name, t.key_column
        from sync.log_triggers t
        join pg_class c on c.oid = t.tgrelid and c.relkind = 'r'
        join pg_namespace n on n.oid = c.relnamespace
        join pg_index i on i.indrelid = c.oid and i.indisprimary and i.indnkeyatts = 1
        join pg_attribute a
          on a.attrelid = c.oid and a.attnum = i.indkey[0] and a.attname = t.key_column
        group by n.nspname, c.relname, t.key_column
        having bit_or(t.events) = 28) as w),
    'outdated', (
      select coalesce(jsonb_agg(distinct format('%s.%s', n.nspname, c.relname)), '[]')
      from sync.log_triggers t
      join pg_class c on c.oid = t.tgrelid and c.relkind = 'r'
      join pg_namespace n on n.oid = c.relnamespace
      where t.each_row and not t.always
        and not exists (select from pg_inherits h where h.inhrelid = c.oid)))
$$;

-- Forgets what was read, so much at once as a statement's time allows, and says how many entries
-- that were.
create or replace function public.sync_feed_prune(before_txid bigint) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with
    old as (
      select l.txid, l.seq from sync.change_log l
      where l.txid < before_txid order by l.txid, l.seq limit 50000),
    gone as (
      delete from sync.change_log l using old where l.txid = old.txid and l.seq = old.seq
      returning 1)
  select count(*) from gone
$$;

-- Conditional changes, many in one call. rows: [{"id": text, "expected": updated_at as read or null,
-- "set": {column: value}}]. A row that is as expected gets exactly the columns of "set"; what comes
-- back are the rows that were changed, whole, as they are then. One error undoes all.
create or replace function public.sync_apply(target text, rows jsonb) returns setof jsonb
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  parts    text[] := parse_ident(target);
  relation regclass;
  key_name text;
  key_type text;
  item     record;
  names    text;
begin
  if cardinality(parts) = 1 then
    parts := array['public', parts[1]];
  end if;
  relation := to_regclass(format('%I.%I', parts[1], parts[2]));
  if relation is null then
    raise exception using errcode = '42P01', message = format('relation "%s" does not exist', target);
  end if;

  select a.attname, format_type(a.atttypid, a.atttypmod) into strict key_name, key_type
  from pg_index i
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
  where i.indrelid = relation and i.indisprimary;

  -- In one order whoever calls, so that two calls cannot wait for each other.
  for item in
    select r.value ->> 'id' as id, (r.value ->> 'expected')::timestamptz as expected, r.value -> 'set' as set
    from jsonb_array_elements(rows) r
    order by 1
  loop
    select string_agg(quote_ident(k), ', ') into names from jsonb_object_keys(item.set) k;
    continue when names is null;
    return query execute format(
      'update %1$s as t set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$s, $1))'
      ' where t.%3$I = $2::%4$s and t.updated_at is not distinct from $3 returning to_jsonb(t)',
      relation, names, key_name, key_type)
    using item.set, item.id, item.expected;
  end loop;
end $$;

-- Puts the triggers on a table. The table needs a primary key of one column. They are called once for
-- a statement; for each row where the table is written in ways that call no others.
create or replace function sync.watch(watched regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  key_name text;
  always   boolean;
  each_row boolean;
  part     record;
begin
  select a.attname into strict key_name
  from pg_index i
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
  where i.indrelid = watched and i.indisprimary and i.indnkeyatts = 1;

  -- What was changed before is not here.
  update sync.feed_state set pruned_below = (pg_current_xact_id()::text)::bigint
  where one and not exists (
    select from sync.log_triggers t where t.tgrelid = watched having bit_or(t.events) = 28);

  always := exists (select from sync.log_triggers t where t.tgrelid = watched and t.always);
  each_row := always
    or (select c.relkind <> 'r' from pg_class c where c.oid = watched)
    or exists (select from pg_inherits h where h.inhrelid = watched);
  -- Replaced and never made anew: a reader knows the feed by the one that is called for deletes, which
  -- once was the only one.
  for part in
    select * from (values
      ('sync_log_change', 'delete', 'old table as old_rows'),
      ('sync_log_insert', 'insert', 'new table as new_rows'),
      ('sync_log_update', 'update', 'old table as old_rows new table as new_rows')
    ) as t(name, event, rows)
  loop
    execute format(
      'create or replace trigger %I after %s on %s %s for each %s'
      ' execute function sync.log_change(%L)',
      part.name, part.event, watched,
      case when each_row then '' else 'referencing ' || part.rows end,
      case when each_row then 'row' else 'statement' end,
      key_name);
    if always then
      execute format('alter table %s enable always trigger %I', watched, part.name);
    end if;
  end loop;
  execute format(
    'create or replace trigger sync_log_truncate after truncate on %s'
    ' for each statement execute function sync.log_truncate()', watched);
end $$;

revoke all on function
  public.sync_feed(bigint, bigint, integer),
  public.sync_feed_info(),
  public.sync_feed_prune(bigint),
  public.sync_apply(text, jsonb)
from public;

do $$
declare
  name text;
begin
  for name in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute format(
      'revoke all on function public.sync_feed(bigint, bigint, integer), public.sync_feed_info(),'
      ' public.sync_feed_prune(bigint), public.sync_apply(text, jsonb) from %I', name);
  end loop;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant execute on function
      public.sync_feed(bigint, bigint, integer),
      public.sync_feed_info(),
      public.sync_feed_prune(bigint),
      public.sync_apply(text, jsonb)
    to service_role;
  end if;
end $$;

select sync.watch('public.contacts_master');

-- Lets the REST interface see the functions at once.
notify pgrst, 'reload schema';
