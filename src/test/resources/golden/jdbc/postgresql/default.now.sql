select
  coalesce(to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(clock_timestamp() as text)) as "now",
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
