update "public"."contacts_master" as t
set
  "first_name" = case when i.value -> 'set' -> 'first_name' is null then t."first_name" else r."first_name" end
from jsonb_array_elements(cast(:?rows as jsonb)) as i(value)
cross join lateral jsonb_populate_record(cast(null as "public"."contacts_master"), i.value -> 'set') as r
where t."id" = cast((i.value ->> 'id') as bigint)
  and md5(cast(row(t."id", t."first_name") as text)) = i.value ->> 'expected'
returning
  t."id" as "id",
  t."first_name" as "first_name",
  md5(cast(row(t."id", t."first_name") as text)) as "_revision",
  txid_current() as "_transaction"
