delete from "contacts_master" as t
where t."id" in (
  select s."id"
  from json_each(:?rows) as i
  cross join "contacts_master" as s on s."id" = cast((i.value ->> '$.id') as integer)
  where quote(s."id") || ',' || quote(s."first_name") is (i.value ->> '$.expected'))
returning
  "id" as "id",
  "first_name" as "first_name",
  quote("id") || ',' || quote("first_name") as "_revision"
