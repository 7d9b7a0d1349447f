-- A synchronous commit of this hub's own, only when it is about to tell or to keep what others
-- wrote: their rows may be visible before they are on the standby.  Where there is none to wait for,
-- what is visible is on this disk already, and the commit need not wait for it again: that is `lone`,
-- which is joined only so that it is run.
-- $1 hub  $2 what it has told  $3 the turn up to which it holds the rows
with lone as materialized (
    select set_config('synchronous_commit', 'off', true) as how
        where current_setting('synchronous_standby_names') = ''
)
insert into hubs as h (name, told)
    select $1::text, head.seq from head left join lone on lone.how is not null
        where head.seq > $2::bigint or head.rev > $3::bigint
    on conflict (name) do update set told = excluded.told, at = excluded.at
