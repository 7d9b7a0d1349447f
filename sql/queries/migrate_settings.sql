-- How long a migration waits for the turn of a running hub.
select set_config('lock_timeout', '10s', false)
