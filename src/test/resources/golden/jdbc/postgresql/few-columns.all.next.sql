select
  t."id" as "id",
  t."first_name" as "first_name",
  md5(cast(row(t."id", t."first_name") as text)) as "_revision"
from "public"."contacts_master" as t
where t."id" > cast(:?after_id as bigint)
order by t."id"
limit cast(:?limit as bigint)
