-- At the end of a migration: running hubs, also of an older version, open their connections anew.
-- The statements that they prepared may name types that are gone, and PostgreSQL would refuse them
-- for as long as the connection lasts.
select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pg_has_role(usesysid, 'usage')
        and (application_name like 'posko turn %' or application_name like 'posko tail %')
