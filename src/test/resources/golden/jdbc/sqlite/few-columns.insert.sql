insert into "contacts_master" ("first_name")
select
  i.value ->> '$.first_name'
from json_each(:?rows) as i
where true
order by i.key
on conflict do nothing
returning
  "id" as "id",
  "first_name" as "first_name",
  quote("id") || ',' || quote("first_name") as "_revision"
