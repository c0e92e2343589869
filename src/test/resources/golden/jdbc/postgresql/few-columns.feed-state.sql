with f as materialized (select public.sync_feed_info() as info)
select
  coalesce(to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(clock_timestamp() as text)) as "now",
  (f.info ->> 'identity') || '.' || t.oid as "identity",
  cast(null as text) as "former",
  cast(f.info ->> 'next_txid' as bigint) as "end_txid",
  cast(0 as bigint) as "end_seq",
  cast(f.info ->> 'safe_txid' as bigint) as "safe_txid",
  cast(0 as bigint) as "safe_seq",
  cast(f.info ->> 'pruned_below' as bigint) as "pruned_txid",
  cast(0 as bigint) as "pruned_seq",
  coalesce(cast(f.info ->> 'oldest_kept' as bigint) < p.txid, false) as "kept",
  exists (select 1 from public.sync_feed(p.txid, p.seq, 1)) as "more",
  (select coalesce(to_char(h.begun at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(h.begun as text))
   from (
     select a.backend_xid as xid, a.xact_start as begun from pg_catalog.pg_stat_activity as a
     union all
     select x.transaction, x.prepared from pg_catalog.pg_prepared_xacts as x) as h
   where cast(cast(h.xid as text) as bigint)
     = cast(f.info ->> 'safe_txid' as bigint) % 4294967296
   limit 1) as "held_since",
  (select concat(c.oid, (
    select string_agg(
      concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attgenerated, a.atthasdef, array(
        select e.enumlabel
        from pg_catalog.pg_enum as e
        where e.enumtypid = a.atttypid
        order by e.enumsortorder)), ','
      order by a.attnum)
    from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), (
    select string_agg(concat_ws(' ', g.oid, g.tgenabled, q.xmin), ',' order by g.oid)
    from pg_catalog.pg_trigger as g
    join pg_catalog.pg_proc as q on q.oid = g.tgfoid
    where g.tgrelid = c.oid and not g.tgisinternal))
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relname = 'contacts_master') as "shape"
from (select cast(:?after_txid as bigint) as txid, cast(:?after_seq as bigint) as seq) as p
cross join f
left join (
  select min(g.oid) filter (where g.tgtype & 8 <> 0) as oid
from pg_catalog.pg_trigger as g
join pg_catalog.pg_class as c on c.oid = g.tgrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_proc as q on q.oid = g.tgfoid
join pg_catalog.pg_namespace as s on s.oid = q.pronamespace
where n.nspname = 'public' and c.relname = 'contacts_master' and c.relkind = 'r'
  and s.nspname = 'sync' and q.proname = 'log_change' and g.tgenabled not in ('D', 'R')
    and g.tgargs = convert_to('id', getdatabaseencoding()) || decode('00', 'hex')
    and (g.tgtype & 1 = 1 or not exists (
      select from pg_catalog.pg_inherits as h where h.inhrelid = c.oid))
  having bit_or(g.tgtype & 28) = 28
  and exists (
  select g.oid
from pg_catalog.pg_trigger as g
join pg_catalog.pg_class as c on c.oid = g.tgrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_proc as q on q.oid = g.tgfoid
join pg_catalog.pg_namespace as s on s.oid = q.pronamespace
where n.nspname = 'public' and c.relname = 'contacts_master' and c.relkind = 'r'
  and s.nspname = 'sync' and q.proname = 'log_truncate' and g.tgenabled not in ('D', 'R'))) as t on true
