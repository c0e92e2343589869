update "public"."contacts_master" as t
set
  "contact_id" = case when i.value -> 'set' -> 'contact_id' is null then t."contact_id" else r."contact_id" end,
  "emails" = case when i.value -> 'set' -> 'emails' is null then t."emails" else r."emails" end,
  U&"a""b\003A?c'd" = case when i.value -> 'set' -> U&'a"b\003A?c''d' is null then t.U&"a""b\003A?c'd" else r.U&"a""b\003A?c'd" end,
  "updated_at" = clock_timestamp() at time zone 'UTC'
from jsonb_array_elements(cast(:?rows as jsonb)) as i(value)
cross join lateral jsonb_populate_record(cast(null as "public"."contacts_master"), i.value -> 'set') as r
where t."key" = cast((i.value ->> 'id') as text)
  and md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) = i.value ->> 'expected'
returning
  t."key" as "key",
  t."contact_id" as "contact_id",
  cast(to_jsonb(t."emails") as text) as "emails",
  t.U&"a""b\003A?c'd" as U&"a""b\003A?c'd",
  coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "updated_at",
  md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_revision",
  txid_current() as "_transaction"
