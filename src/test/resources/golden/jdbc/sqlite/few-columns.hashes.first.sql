select
  t."id" as "id",
  quote(t."id") || ',' || quote(t."first_name") as "_revision",
  quote(t."id") || ',' || quote(t."first_name") as "_hash"
from "contacts_master" as t
order by t."id"
limit cast(:?limit as integer)
