select
  count(*) filter (where not (coalesce(trim(t."deleted_at"), '') not in ('', '0'))) as "live",
  count(*) filter (where coalesce(trim(t."deleted_at"), '') not in ('', '0')) as "deleted",
  cast(max(t."updated_at") as text) as "updated_at"
from "contacts_master" as t
