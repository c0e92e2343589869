delete from "contacts_master" as t
where t."id" in (
  select s."id"
  from json_each(:?rows) as i
  cross join "contacts_master" as s on s."id" = cast((i.value ->> '$.id') as integer)
  where cast(s."updated_at" as text) is (i.value ->> '$.expected'))
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
