select
  count(*) filter (where not (t."deleted_at" is not null)) as "live",
  count(*) filter (where t."deleted_at" is not null) as "deleted",
  coalesce(to_char(max(t."updated_at") at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(max(t."updated_at") as text)) as "updated_at"
from "public"."contacts_master" as t
