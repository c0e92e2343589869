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
from "public"."contacts_master" as t
where t."id" = any (array(
  select cast(i as uuid) from jsonb_array_elements_text(cast(:?ids as jsonb)) as i where i ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'))
