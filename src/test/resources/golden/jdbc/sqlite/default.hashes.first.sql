select
  t."id" as "id",
  t."contact_id" as "contact_id",
  cast(t."updated_at" as text) as "_revision",
  quote(t."id") || ',' || quote(t."contact_id") || ',' || quote(t."first_name") || ',' || quote(t."emails") || ',' || quote(t."llm_context") || ',' || quote(t."is_me") || ',' || quote(t."birthday") || ',' || quote(t."deleted_at") || ',' || quote(t."created_at") || ',' || quote(t."updated_at") as "_hash"
from "contacts_master" as t
order by t."id"
limit cast(:?limit as integer)
