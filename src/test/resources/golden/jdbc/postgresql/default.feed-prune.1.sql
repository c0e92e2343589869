select public.sync_feed_prune(cast(:?txid as bigint)) as "pruned"
