select
  count(*) filter (where not (false)) as "live",
  count(*) filter (where false) as "deleted",
  coalesce(to_char(max(t."updated_at"), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(max(t."updated_at") as text)) as "updated_at"
from "public"."contacts_master" as t
