select
  cast(t."id" as text) as "id",
  t."contact_id" as "contact_id",
  t."first_name" as "first_name",
  cast(t."emails" as text) as "emails",
  cast(t."llm_context" as text) as "llm_context",
  t."is_me" as "is_me",
  to_char(t."birthday", 'YYYY-MM-DD') as "birthday",
  coalesce(to_char(t."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."deleted_at" as text)) as "deleted_at",
  coalesce(to_char(t."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."created_at" as text)) as "created_at",
  coalesce(to_char(t."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "updated_at",
  coalesce(to_char(t."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "_revision"
from (
  (select t.* from "public"."contacts_master" as t
   where t."updated_at" >= greatest(cast(:?since as timestamptz), cast(:?after_updated_at as timestamptz))
     and (t."updated_at", t."id") > (cast(:?after_updated_at as timestamptz), cast(:?after_id as uuid))
   order by t."updated_at", t."id" limit cast(:?limit as bigint))
  union all
  (select t.* from "public"."contacts_master" as t
   where t."updated_at" is null
     and (cast(:?after_updated_at as text) is not null or t."id" > cast(:?after_id as uuid))
   order by t."id" limit cast(:?limit as bigint))
) as t
order by t."updated_at" nulls last, t."id"
limit cast(:?limit as bigint)
