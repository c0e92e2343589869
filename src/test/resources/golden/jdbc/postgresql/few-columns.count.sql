select
  count(*) filter (where not (false)) as "live",
  count(*) filter (where false) as "deleted",
  cast(null as text) as "updated_at"
from "public"."contacts_master" as t
