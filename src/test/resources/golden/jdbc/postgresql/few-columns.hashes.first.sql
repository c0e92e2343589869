select
  t."id" as "id",
  md5(cast(row(t."id", t."first_name") as text)) as "_revision",
  md5(cast(row(t."id", t."first_name") as text)) as "_hash"
from "public"."contacts_master" as t
order by t."id"
limit cast(:?limit as bigint)
