-- The lock of the turn; the columns of head.sql, and the database's clock, ms, outside of the
-- subquery: so it is read after the lock was given.
select locked.*, floor(extract(epoch from clock_timestamp()) * 1000)::bigint
    from (select seq, at, rev, no, no_exercise, accept_clock from head for update) as locked
