select
  t."key" as "key",
  t."contact_id" as "contact_id",
  md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_revision",
  md5(cast(row(t."key", t."contact_id", cast(to_jsonb(t."emails") as text), t.U&"a""b\003A?c'd", coalesce(to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), cast(t."updated_at" as text))) as text)) as "_hash"
from "public"."contacts_master" as t
order by t."key"
limit cast(:?limit as bigint)
