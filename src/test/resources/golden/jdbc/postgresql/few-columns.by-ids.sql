select
  t."id" as "id",
  t."first_name" as "first_name",
  md5(cast(row(t."id", t."first_name") as text)) as "_revision"
from "public"."contacts_master" as t
where t."id" = any (array(
  select cast(i as bigint) from jsonb_array_elements_text(cast(:?ids as jsonb)) as i where i ~ '^-?[0-9]{1,18}$'))
