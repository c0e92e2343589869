update sync_feed_identity
set
  former = identity,
  identity = lower(hex(randomblob(16))),
  pruned = max(pruned, cast(:?seq as integer))
where tbl = 'contacts_master' and :?identity in (identity || '/' || installed, former || '/' || installed)
  and :?txid is not null
returning identity
