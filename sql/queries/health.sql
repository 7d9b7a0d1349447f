-- The head, as rows.c reads it; the clock, the copies that a COMMIT reaches, whether this server takes
-- writes.  One statement: an idle hub asks for nothing else.
select seq, at, rev, no, no_exercise, accept_clock,
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint,
    posko_copies(),
    not (pg_is_in_recovery() or current_setting('transaction_read_only')::boolean)
    from head
