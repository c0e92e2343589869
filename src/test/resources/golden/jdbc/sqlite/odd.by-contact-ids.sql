select
  t."key" as "key",
  t."contact_id" as "contact_id",
  t."emails" as "emails",
  t."updated_at" as "updated_at",
  t."a""b c'd" as "a""b c'd",
  quote(t."key") || ',' || quote(t."contact_id") || ',' || quote(t."emails") || ',' || quote(t."updated_at") || ',' || quote(t."a""b c'd") as "_revision"
from "contacts_master" as t
where t."contact_id" in (select cast(i.value as integer) from json_each(:?contact_ids) as i)
