select
  t."id" as "id",
  t."first_name" as "first_name",
  md5(cast(row(t."id", t."first_name") as text)) as "_revision"
from "public"."contacts_master" as t
where cast(:?contact_ids as text) is null and false
