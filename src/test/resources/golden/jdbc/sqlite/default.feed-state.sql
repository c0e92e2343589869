with p as materialized (
  select
    cast(:?after_txid as integer) as txid, cast(:?after_seq as integer) as after,
    coalesce((select seq from sqlite_sequence where name = 'sync_change_log'), 0) as head)
select
  strftime('%Y-%m-%dT%H:%M:%fZ', 'now') as "now",
  i.identity || '/' || i.installed as "identity",
  i.former || '/' || i.installed as "former",
  0 as "end_txid",
  p.head as "end_seq",
  0 as "safe_txid",
  p.head as "safe_seq",
  0 as "pruned_txid",
  i.pruned as "pruned_seq",
  exists (select 1 from sync_change_log where tbl = 'contacts_master' and seq <= p.after) as "kept",
  exists (select 1 from sync_change_log where seq > p.after and tbl = 'contacts_master') as "more",
  null as "held_since",
  (select cast(schema_version as text) from pragma_schema_version) as "shape"
from p
left join sync_feed_identity as i on i.tbl = 'contacts_master' and 3 = (
  select count(*) from sqlite_master
  where type = 'trigger' and tbl_name = 'contacts_master' collate nocase
    and sql like '%sync_change_log%')
