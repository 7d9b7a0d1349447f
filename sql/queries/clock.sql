-- The database's clock, ms; a statement of its own, so that it is read after the lock was given.
select floor(extract(epoch from clock_timestamp()) * 1000)::bigint
