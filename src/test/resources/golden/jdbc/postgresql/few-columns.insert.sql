insert into "public"."contacts_master" as t ("first_name")
select r."first_name"
from jsonb_array_elements(cast(:?rows as jsonb)) with ordinality as i(value, place)
cross join lateral jsonb_populate_record(cast(null as "public"."contacts_master"), i.value) as r
order by i.place
on conflict do nothing
returning
  t."id" as "id",
  t."first_name" as "first_name",
  md5(cast(row(t."id", t."first_name") as text)) as "_revision",
  txid_current() as "_transaction"
