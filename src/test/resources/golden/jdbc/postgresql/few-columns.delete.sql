delete from "public"."contacts_master" as t
using jsonb_array_elements(cast(:?rows as jsonb)) as i(value)
where t."id" = cast((i.value ->> 'id') as bigint)
  and md5(cast(row(t."id", t."first_name") as text)) = i.value ->> 'expected'
returning
  t."id" as "id",
  t."first_name" as "first_name",
  md5(cast(row(t."id", t."first_name") as text)) as "_revision"
