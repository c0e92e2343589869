insert into "contacts_master" ("contact_id", "emails", "a""b c'd", "updated_at")
select
  i.value ->> '$.contact_id',
  i.value ->> '$.emails',
  (select m.value from json_each(i.value) as m where m.key = 'a"b c''d'),
  unixepoch()
from json_each(:?rows) as i
where true
order by i.key
on conflict do nothing
returning
  "key" as "key",
  "contact_id" as "contact_id",
  "emails" as "emails",
  "updated_at" as "updated_at",
  "a""b c'd" as "a""b c'd",
  quote("key") || ',' || quote("contact_id") || ',' || quote("emails") || ',' || quote("updated_at") || ',' || quote("a""b c'd") as "_revision"
