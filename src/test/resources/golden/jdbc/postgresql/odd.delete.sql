delete from "public"."contacts_master" as t
using jsonb_array_elements(cast(:?rows as jsonb)) as i(value)
where t."key" = cast((i.value ->> 'id') as text)
  and md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) = i.value ->> 'expected'
returning
  t."key" as "key",
  t."contact_id" as "contact_id",
  cast(to_jsonb(t."emails") as text) as "emails",
  t.U&"a""b\003A?c'd" as U&"a""b\003A?c'd",
  coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "updated_at",
  md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_revision"
