insert into "public"."contacts_master" as t ("contact_id", "emails", U&"a""b\003A?c'd", "updated_at")
select r."contact_id", r."emails", r.U&"a""b\003A?c'd", clock_timestamp() at time zone 'UTC'
from jsonb_array_elements(cast(:?rows as jsonb)) with ordinality as i(value, place)
cross join lateral jsonb_populate_record(cast(null as "public"."contacts_master"), i.value) as r
order by i.place
on conflict do nothing
returning
  t."key" as "key",
  t."contact_id" as "contact_id",
  cast(to_jsonb(t."emails") as text) as "emails",
  t.U&"a""b\003A?c'd" as U&"a""b\003A?c'd",
  coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "updated_at",
  md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_revision",
  txid_current() as "_transaction"
