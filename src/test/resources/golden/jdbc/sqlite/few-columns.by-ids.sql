select
  t."id" as "id",
  t."first_name" as "first_name",
  quote(t."id") || ',' || quote(t."first_name") as "_revision"
from "contacts_master" as t
where t."id" in (select cast(i.value as integer) from json_each(:?ids) as i)
