select 0 as "txid", seq as "seq", op as "op", pk as "pk", true as "ours"
from sync_change_log
where tbl = 'contacts_master' and seq > cast(:?after_seq as integer) and :?after_txid is not null
order by seq
limit cast(:?limit as integer)
