-- Tickets and what is owed on them, as their last record left them.

create table ticket (
    id uuid primary key,     -- the jti of the record that opened it
    no bigint not null check (no > 0),
    exercise boolean not null,
    state text collate "C" not null check (state in ('open', 'resolved', 'closed', 'merged')),
    "into" uuid check (("into" is not null) = (state = 'merged')),
    seq bigint not null,     -- its last record
    rev bigint not null,     -- the turn that wrote this row
    doc json not null,       -- kept as it was written: hubs read it, not PostgreSQL
    unique (exercise, no)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
create index ticket_rev on ticket (rev);
-- What a hub holds in memory, in the order in which it loads it.
create index ticket_live on ticket (id) where state in ('open', 'resolved');

-- One agency owes one thing on one ticket by one time: every clock in the system.  Rows change with
-- their ticket only, so they need no rev of their own.
create table obligation (
    inc uuid not null,
    agency text collate "C" not null,
    what text collate "C" not null,
    about text collate "C" not null,  -- the agency it is about; '': none
    since bigint not null,
    due bigint not null,
    next bigint not null,
    step bigint not null,
    sev text collate "C" not null,    -- the severity whose policy row it runs on
    primary key (inc, agency, what, about)
) with (autovacuum_vacuum_scale_factor = 0.02);
