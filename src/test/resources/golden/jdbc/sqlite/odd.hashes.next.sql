select
  t."key" as "key",
  t."contact_id" as "contact_id",
  quote(t."key") || ',' || quote(t."contact_id") || ',' || quote(t."emails") || ',' || quote(t."updated_at") || ',' || quote(t."a""b c'd") as "_revision",
  quote(t."key") || ',' || quote(t."contact_id") || ',' || quote(t."emails") || ',' || quote(t."updated_at") || ',' || quote(t."a""b c'd") as "_hash"
from "contacts_master" as t
where t."key" > cast(:?after_id as text)
order by t."key"
limit cast(:?limit as integer)
