update "contacts_master" as t
set
  "contact_id" = case when json_type(i.value, '$.set.contact_id') is not null then i.value ->> '$.set.contact_id' else t."contact_id" end,
  "first_name" = case when json_type(i.value, '$.set.first_name') is not null then i.value ->> '$.set.first_name' else t."first_name" end,
  "emails" = case when json_type(i.value, '$.set.emails') is not null then i.value ->> '$.set.emails' else t."emails" end,
  "llm_context" = case when json_type(i.value, '$.set.llm_context') is not null then i.value ->> '$.set.llm_context' else t."llm_context" end,
  "is_me" = case when json_type(i.value, '$.set.is_me') is not null then i.value ->> '$.set.is_me' else t."is_me" end,
  "birthday" = case when json_type(i.value, '$.set.birthday') is not null then i.value ->> '$.set.birthday' else t."birthday" end,
  "deleted_at" = case when json_type(i.value, '$.set.deleted_at') is not null then i.value ->> '$.set.deleted_at' else t."deleted_at" end,
  "created_at" = case when json_type(i.value, '$.set.created_at') is not null then i.value ->> '$.set.created_at' else t."created_at" end,
  "updated_at" = max(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', case when t."updated_at" glob '*[^0-9.]*' then strftime('%Y-%m-%dT%H:%M:%fZ', t."updated_at") when cast(t."updated_at" as real) >= 1e11 then strftime('%Y-%m-%dT%H:%M:%fZ', t."updated_at" / 1000.0, 'unixepoch') when t."updated_at" is not null then strftime('%Y-%m-%dT%H:%M:%fZ', cast(t."updated_at" as real), 'unixepoch') end, '+0.001 seconds'), ''))
from json_each(:?rows) as i
where t."id" = cast((i.value ->> '$.id') as integer)
  and cast(t."updated_at" as text) is (i.value ->> '$.expected')
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
