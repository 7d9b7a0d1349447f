-- Hubs have a new name at each start: those of last week are gone.  It need not wait for a standby.
delete from hubs where set_config('synchronous_commit', 'local', true) = 'local'
    and at < clock_timestamp() - interval '7 days'
