select
  t."key" as "key",
  t."contact_id" as "contact_id",
  cast(to_jsonb(t."emails") as text) as "emails",
  t.U&"a""b\003A?c'd" as U&"a""b\003A?c'd",
  coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text)) as "updated_at",
  md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_revision"
from "public"."contacts_master" as t
where t."contact_id" = any (array(
  select cast(i as bigint) from jsonb_array_elements_text(cast(:?contact_ids as jsonb)) as i where i ~ '^-?[0-9]{1,18}$'))
