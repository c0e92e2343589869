select
  t."key" as "key",
  t."contact_id" as "contact_id",
  t."emails" as "emails",
  t."updated_at" as "updated_at",
  t."a""b c'd" as "a""b c'd",
  quote(t."key") || ',' || quote(t."contact_id") || ',' || quote(t."emails") || ',' || quote(t."updated_at") || ',' || quote(t."a""b c'd") as "_revision"
from "contacts_master" as t
where exists (
  select 1
  from json_each(case when json_valid(t."emails") and json_type(t."emails") = 'array' then t."emails" else json_array(t."emails") end) as e
  where lower(trim(e.value)) in (select lower(trim(w.value)) from json_each(:?emails) as w))
