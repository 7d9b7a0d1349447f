-- The hubs: how far each has told, written by a commit of its own before it tells what others
-- wrote; how many copies a commit reaches; and what the role of a hub may do.

create table hubs (
    name text collate "C" primary key,
    told bigint not null,
    at timestamptz not null default clock_timestamp()
);

-- 1, and the standbys for which a COMMIT waits.  With the rights of its owner, because
-- pg_stat_replication hides its state from others (the owner: superuser or pg_monitor).
create function posko_copies() returns bigint
    language sql stable security definer set search_path = pg_catalog as
$$
    select 1 + least(
        (select count(*) from pg_stat_replication
            where state = 'streaming' and sync_state in ('sync', 'quorum')),
        coalesce(substring(current_setting('synchronous_standby_names')
            from '^\s*(?:any\s+|first\s+|ANY\s+|FIRST\s+)?(\d+)\s*\(')::bigint, 1))
$$;
revoke execute on function posko_copies() from public;

-- A hub need not own its tables: `grant posko_hub to USER` is all it needs.  Roles belong to the
-- whole cluster: it may be there already, or be the administrator's to make.
do
$$
begin
    if not exists (select from pg_roles where rolname = 'posko_hub') then
        create role posko_hub nologin;
    end if;
exception
    when duplicate_object or unique_violation then
        null;
    when insufficient_privilege then
        raise notice 'role posko_hub was not made: this hub runs as the owner of its tables';
end
$$;
do
$$
begin
    if exists (select from pg_roles where rolname = 'posko_hub') then
        grant select on migration to posko_hub;
        grant select, update on head to posko_hub;
        grant select, insert on ledger to posko_hub;
        grant select, insert, update on directory, beat, ticket to posko_hub;
        grant select, insert, update, delete on obligation, hubs to posko_hub;
        grant execute on function posko_copies() to posko_hub;
    end if;
end
$$;
