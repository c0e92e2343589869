with p as materialized (
  select case when v glob '*[^0-9.]*' then strftime('%Y-%m-%dT%H:%M:%fZ', v) when cast(v as real) >= 1e11 then strftime('%Y-%m-%dT%H:%M:%fZ', v / 1000.0, 'unixepoch') when v is not null then strftime('%Y-%m-%dT%H:%M:%fZ', cast(v as real), 'unixepoch') end as since, case when w glob '*[^0-9.]*' then strftime('%Y-%m-%dT%H:%M:%fZ', w) when cast(w as real) >= 1e11 then strftime('%Y-%m-%dT%H:%M:%fZ', w / 1000.0, 'unixepoch') when w is not null then strftime('%Y-%m-%dT%H:%M:%fZ', cast(w as real), 'unixepoch') end as after_time, cast(x as text) as after_id
  from (select :?since as v, :?after_updated_at as w, :?after_id as x))
select
  t."key" as "key",
  t."contact_id" as "contact_id",
  t."emails" as "emails",
  t."updated_at" as "updated_at",
  t."a""b c'd" as "a""b c'd",
  quote(t."key") || ',' || quote(t."contact_id") || ',' || quote(t."emails") || ',' || quote(t."updated_at") || ',' || quote(t."a""b c'd") as "_revision"
from p
cross join (
  select s.*, case when s."updated_at" glob '*[^0-9.]*' then strftime('%Y-%m-%dT%H:%M:%fZ', s."updated_at") when cast(s."updated_at" as real) >= 1e11 then strftime('%Y-%m-%dT%H:%M:%fZ', s."updated_at" / 1000.0, 'unixepoch') when s."updated_at" is not null then strftime('%Y-%m-%dT%H:%M:%fZ', cast(s."updated_at" as real), 'unixepoch') end as "_sync_time"
  from "contacts_master" as s
  where s."updated_at" is null
    or s."updated_at" >= (select date(p.since, '-1 day') from p)
    or substr(s."updated_at", 5, 1) <> '-') as t
where (t."_sync_time" >= p.since or t."_sync_time" is null)
and (p.after_time is not null
    and (t."_sync_time" > p.after_time or t."_sync_time" is null or t."_sync_time" = p.after_time and t."key" > p.after_id)
  or p.after_time is null and t."_sync_time" is null and t."key" > p.after_id)
order by t."_sync_time" nulls last, t."key"
limit cast(:?limit as integer)
