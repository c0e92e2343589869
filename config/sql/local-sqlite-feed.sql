-- The change feed of a local SQLite file. Run after local-sqlite.sql; may be run again.
-- SQLite has one writer at a time, so the order of seq is the order of commits and `seq > position`
-- misses nothing. Of a row's inserts and updates the last is kept; deletes stay until pruned.
-- A REPLACE that drops another row logs no delete for it: the full comparison finds that one.

create table if not exists sync_change_log (
  seq integer primary key autoincrement,
  at  text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  tbl text not null,
  op  text not null check (op in ('I', 'U', 'D')),
  pk  text not null
);

create index if not exists sync_change_log_row on sync_change_log (tbl, pk);

-- Which state of the file this is. The service renews the identity whenever it has read on, so that
-- a file put back from a backup is known by an old one. Each run of this script is told by another
-- value of installed: changes may have been missed before it.
create table if not exists sync_feed_identity (
  tbl       text primary key,
  identity  text not null,
  former    text,
  installed text not null,
  pruned    integer not null default 0 -- entries up to this seq may have been removed
);
insert into sync_feed_identity (tbl, identity, installed)
  values ('contacts_master', lower(hex(randomblob(16))), lower(hex(randomblob(8))))
  on conflict (tbl) do update set installed = excluded.installed;

-- Deletes the row's former entry and adds one, in plain statements: an OR IGNORE or OR REPLACE of
-- the statement that fires a trigger would otherwise govern the trigger's own conflicts too.
create trigger if not exists contacts_master_log_insert
after insert on contacts_master
for each row
begin
  delete from sync_change_log where tbl = 'contacts_master' and pk = cast(new.id as text) and op <> 'D';
  insert into sync_change_log (tbl, op, pk)
    select 'contacts_master', 'I', cast(new.id as text) where new.id is not null;
end;

create trigger if not exists contacts_master_log_update
after update on contacts_master
for each row
begin
  delete from sync_change_log where tbl = 'contacts_master' and pk = cast(old.id as text) and op <> 'D';
  insert into sync_change_log (tbl, op, pk)
    select 'contacts_master', 'D', cast(old.id as text) where old.id <> new.id;
  insert into sync_change_log (tbl, op, pk)
    select 'contacts_master', 'U', cast(new.id as text) where new.id is not null;
end;

create trigger if not exists contacts_master_log_delete
after delete on contacts_master
for each row
begin
  delete from sync_change_log where tbl = 'contacts_master' and pk = cast(old.id as text) and op <> 'D';
  insert into sync_change_log (tbl, op, pk)
    select 'contacts_master', 'D', cast(old.id as text) where old.id is not null;
end;
