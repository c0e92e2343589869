select
  count(*) filter (where not (false)) as "live",
  count(*) filter (where false) as "deleted",
  cast(max(t."updated_at") as text) as "updated_at"
from "contacts_master" as t
