-- Copies that a COMMIT reaches, whether this server takes writes, its clock, the head.
select posko_copies(),
    not (pg_is_in_recovery() or current_setting('transaction_read_only')::boolean),
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint, seq
    from head
