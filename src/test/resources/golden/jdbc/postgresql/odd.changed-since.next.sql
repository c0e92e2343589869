select
  t."key" as "key",
  t."contact_id" as "contact_id",
  cast(to_jsonb(t."emails") as text) as "emails",
  t.U&"a""b\003A?c'd" as U&"a""b\003A?c'd",
  coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "updated_at",
  md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_revision"
from (
  (select t.* from "public"."contacts_master" as t
   where t."updated_at" >= greatest(cast(:?since as timestamptz) at time zone 'UTC', cast(:?after_updated_at as timestamptz) at time zone 'UTC')
     and (t."updated_at", t."key") > (cast(:?after_updated_at as timestamptz) at time zone 'UTC', cast(:?after_id as text))
   order by t."updated_at", t."key" limit cast(:?limit as bigint))
  union all
  (select t.* from "public"."contacts_master" as t
   where t."updated_at" is null
     and (cast(:?after_updated_at as text) is not null or t."key" > cast(:?after_id as text))
   order by t."key" limit cast(:?limit as bigint))
) as t
order by t."updated_at" nulls last, t."key"
limit cast(:?limit as bigint)
