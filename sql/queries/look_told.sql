-- A synchronous commit of this hub's own, only when it is about to tell or to keep what others
-- wrote: their rows may be visible before they are on the standby.  $1 hub  $2 what it has told
-- $3 the turn up to which it holds the rows
insert into hubs as h (name, told)
    select $1::text, head.seq from head where head.seq > $2::bigint or head.rev > $3::bigint
    on conflict (name) do update set told = excluded.told, at = excluded.at
