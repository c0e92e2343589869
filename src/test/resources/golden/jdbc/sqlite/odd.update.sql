update "contacts_master" as t
set
  "contact_id" = case when json_type(i.value, '$.set.contact_id') is not null then i.value ->> '$.set.contact_id' else t."contact_id" end,
  "emails" = case when json_type(i.value, '$.set.emails') is not null then i.value ->> '$.set.emails' else t."emails" end,
  "a""b c'd" = case when exists (select m.value from json_each(i.value, '$.set') as m where m.key = 'a"b c''d') then (select m.value from json_each(i.value, '$.set') as m where m.key = 'a"b c''d') else t."a""b c'd" end,
  "updated_at" = case when t."updated_at" >= 1e11 then max(cast(unixepoch('subsec') * 1000 as integer), t."updated_at" + 1) else max(unixepoch(), coalesce(cast(t."updated_at" as integer), 0) + 1) end
from json_each(:?rows) as i
where t."key" = cast((i.value ->> '$.id') as text)
  and quote(t."key") || ',' || quote(t."contact_id") || ',' || quote(t."emails") || ',' || quote(t."updated_at") || ',' || quote(t."a""b c'd") is (i.value ->> '$.expected')
returning
  "key" as "key",
  "contact_id" as "contact_id",
  "emails" as "emails",
  "updated_at" as "updated_at",
  "a""b c'd" as "a""b c'd",
  quote("key") || ',' || quote("contact_id") || ',' || quote("emails") || ',' || quote("updated_at") || ',' || quote("a""b c'd") as "_revision"
