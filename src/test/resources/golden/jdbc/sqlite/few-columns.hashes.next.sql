select
  t."id" as "id",
  quote(t."id") || ',' || quote(t."first_name") as "_revision",
  quote(t."id") || ',' || quote(t."first_name") as "_hash"
from "contacts_master" as t
where t."id" > cast(:?after_id as integer)
order by t."id"
limit cast(:?limit as integer)
