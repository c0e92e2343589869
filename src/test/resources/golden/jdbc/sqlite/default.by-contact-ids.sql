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
from "contacts_master" as t
where t."contact_id" in (select cast(i.value as text) from json_each(:?contact_ids) as i)
