update "contacts_master" as t
set
  "first_name" = case when json_type(i.value, '$.set.first_name') is not null then i.value ->> '$.set.first_name' else t."first_name" end
from json_each(:?rows) as i
where t."id" = cast((i.value ->> '$.id') as integer)
  and quote(t."id") || ',' || quote(t."first_name") is (i.value ->> '$.expected')
returning
  "id" as "id",
  "first_name" as "first_name",
  quote("id") || ',' || quote("first_name") as "_revision"
