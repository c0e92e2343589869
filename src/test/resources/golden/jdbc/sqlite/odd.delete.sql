delete from "contacts_master" as t
where t."key" in (
  select s."key"
  from json_each(:?rows) as i
  cross join "contacts_master" as s on s."key" = cast((i.value ->> '$.id') as text)
  where quote(s."key") || ',' || quote(s."contact_id") || ',' || quote(s."emails") || ',' || quote(s."updated_at") || ',' || quote(s."a""b c'd") is (i.value ->> '$.expected'))
returning
  "key" as "key",
  "contact_id" as "contact_id",
  "emails" as "emails",
  "updated_at" as "updated_at",
  "a""b c'd" as "a""b c'd",
  quote("key") || ',' || quote("contact_id") || ',' || quote("emails") || ',' || quote("updated_at") || ',' || quote("a""b c'd") as "_revision"
