update "public"."contacts_master" as t
set
  "contact_id" = case when i.value -> 'set' -> 'contact_id' is null then t."contact_id" else r."contact_id" end,
  "first_name" = case when i.value -> 'set' -> 'first_name' is null then t."first_name" else r."first_name" end,
  "emails" = case when i.value -> 'set' -> 'emails' is null then t."emails" else r."emails" end,
  "llm_context" = case when i.value -> 'set' -> 'llm_context' is null then t."llm_context" else r."llm_context" end,
  "is_me" = case when i.value -> 'set' -> 'is_me' is null then t."is_me" else r."is_me" end,
  "birthday" = case when i.value -> 'set' -> 'birthday' is null then t."birthday" else r."birthday" end,
  "deleted_at" = case when i.value -> 'set' -> 'deleted_at' is null then t."deleted_at" else r."deleted_at" end,
  "created_at" = case when i.value -> 'set' -> 'created_at' is null then t."created_at" else r."created_at" end,
  "updated_at" = clock_timestamp()
from jsonb_array_elements(cast(:?rows as jsonb)) as i(value)
cross join lateral jsonb_populate_record(cast(null as "public"."contacts_master"), i.value -> 'set') as r
where t."id" = cast((i.value ->> 'id') as uuid)
  and t."updated_at" is not distinct from cast(i.value ->> 'expected' as timestamptz)
returning
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
  coalesce(to_char(t."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "_revision",
  txid_current() as "_transaction"
