select
  cast(t."id" as text) as "id",
  t."contact_id" as "contact_id",
  coalesce(to_char(t."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "_revision",
  md5(cast(row(cast(t."id" as text), t."contact_id", t."first_name", cast(t."emails" as text), cast(t."llm_context" as text), t."is_me", to_char(t."birthday", 'YYYY-MM-DD'), coalesce(to_char(t."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."deleted_at" as text)), coalesce(to_char(t."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."created_at" as text)), coalesce(to_char(t."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_hash"
from "public"."contacts_master" as t
order by t."id"
limit cast(:?limit as bigint)
