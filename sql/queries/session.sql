-- The session's settings, once a connection; false: a COMMIT would not wait for the disk.
-- Every statement here looks rows up by an index.  Its plan is made once, perhaps before there are
-- rows, and must not become a walk over a whole table or index later.
-- $1 idle_in_transaction_session_timeout  $2 lock_timeout
select current_setting('synchronous_commit') in ('on', 'remote_apply') as durable,
    set_config('synchronous_commit', current_setting('synchronous_commit'), false),
    set_config('idle_in_transaction_session_timeout', $1::text, false),
    set_config('lock_timeout', $2::text, false),
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('enable_seqscan', 'off', false),
    set_config('enable_hashjoin', 'off', false),
    set_config('enable_mergejoin', 'off', false),
    set_config('jit', 'off', false)
