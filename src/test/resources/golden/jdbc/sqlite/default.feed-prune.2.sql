delete from sync_change_log
where tbl = 'contacts_master' and seq <= cast(:?seq as integer) and :?txid is not null
  and :?identity is not null
