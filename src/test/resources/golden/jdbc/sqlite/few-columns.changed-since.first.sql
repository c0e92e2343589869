select
  t."id" as "id",
  t."first_name" as "first_name",
  quote(t."id") || ',' || quote(t."first_name") as "_revision"
from "contacts_master" as t
order by t."id"
limit cast(:?limit as integer)
