insert into "public"."contacts_master" as t ("contact_id", "first_name", "emails", "llm_context", "is_me", "birthday", "deleted_at", "created_at", "updated_at")
select r."contact_id", r."first_name", r."emails", r."llm_context", r."is_me", r."birthday", r."deleted_at", r."created_at", clock_timestamp()
from jsonb_array_elements(cast(:?rows as jsonb)) with ordinality as i(value, place)
cross join lateral jsonb_populate_record(cast(null as "public"."contacts_master"), i.value) as r
order by i.place
on conflict do nothing
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
