-- The session's settings, once a connection; false: a COMMIT would not wait for the disk.
-- Statements here are written so that the index is right whatever the parameters: a plan made once,
-- before there are rows, must not become a scan of the whole table later.
-- $1 idle_in_transaction_session_timeout  $2 lock_timeout
select current_setting('synchronous_commit') in ('on', 'remote_apply') as durable,
    set_config('synchronous_commit', current_setting('synchronous_commit'), false),
    set_config('idle_in_transaction_session_timeout', $1::text, false),
    set_config('lock_timeout', $2::text, false),
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('enable_seqscan', 'off', false),
    set_config('jit', 'off', false)
