with p as materialized (
  select case when v glob '*[^0-9.]*' then strftime('%Y-%m-%dT%H:%M:%fZ', v) when cast(v as real) >= 1e11 then strftime('%Y-%m-%dT%H:%M:%fZ', v / 1000.0, 'unixepoch') when v is not null then strftime('%Y-%m-%dT%H:%M:%fZ', cast(v as real), 'unixepoch') end as since from (select :?since as v)),
usual as materialized (
  select s.*
  from p
  cross join "contacts_master" as s
  where s."updated_at" >= p.since and s."updated_at" glob '????-??-??T??[:]??[:]??.???Z'
  order by s."updated_at", s."id"
  limit cast(:?limit as integer)),
other as materialized (
  select s.*
  from p
  cross join "contacts_master" as s
  where (select count(*) from usual) < cast(:?limit as integer)
    and (s."updated_at" is null or not s."updated_at" glob '????-??-??T??[:]??[:]??.???Z')
    and coalesce(case when s."updated_at" glob '*[^0-9.]*' then strftime('%Y-%m-%dT%H:%M:%fZ', s."updated_at") when cast(s."updated_at" as real) >= 1e11 then strftime('%Y-%m-%dT%H:%M:%fZ', s."updated_at" / 1000.0, 'unixepoch') when s."updated_at" is not null then strftime('%Y-%m-%dT%H:%M:%fZ', cast(s."updated_at" as real), 'unixepoch') end >= p.since, true)
  order by s."id"
  limit cast(:?limit as integer))
select
  t."id" as "id",
  t."contact_id" as "contact_id",
  t."first_name" as "first_name",
  t."emails" as "emails",
  t."llm_context" as "llm_context",
  t."is_me" as "is_me",
  t."birthday" as "birthday",
  t."deleted_at" as "deleted_at",
  t."created_at" as "created_at",
  t."updated_at" as "updated_at",
  cast(t."updated_at" as text) as "_revision"
from (
  select 1 as "_sync_part", usual."updated_at" as "_sync_time", usual.* from usual
  union all
  select 2, null, other.* from other) as t
order by t."_sync_part", t."_sync_time", t."id"
limit cast(:?limit as integer)
