insert into "contacts_master" ("contact_id", "first_name", "emails", "llm_context", "is_me", "birthday", "deleted_at", "created_at", "updated_at")
select
  i.value ->> '$.contact_id',
  i.value ->> '$.first_name',
  i.value ->> '$.emails',
  i.value ->> '$.llm_context',
  i.value ->> '$.is_me',
  i.value ->> '$.birthday',
  i.value ->> '$.deleted_at',
  i.value ->> '$.created_at',
  strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
from json_each(:?rows) as i
where true
order by i.key
on conflict do nothing
returning
  "id" as "id",
  "contact_id" as "contact_id",
  "first_name" as "first_name",
  "emails" as "emails",
  "llm_context" as "llm_context",
  "is_me" as "is_me",
  "birthday" as "birthday",
  "deleted_at" as "deleted_at",
  "created_at" as "created_at",
  "updated_at" as "updated_at",
  cast("updated_at" as text) as "_revision"
