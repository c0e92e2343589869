select f.txid as "txid", f.seq as "seq", f.op as "op", f.pk ->> 'id' as "pk", f.tbl = 'public.contacts_master' as "ours"
from public.sync_feed(
  cast(:?after_txid as bigint), cast(:?after_seq as bigint), cast(:?limit as integer)) as f
order by f.txid, f.seq
