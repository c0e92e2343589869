select
  count(*) filter (where not (false)) as "live",
  count(*) filter (where false) as "deleted",
  null as "updated_at"
from "contacts_master" as t
