-- The directory: agencies, members, devices, places, categories, policies, rules, sources, duty and
-- invitations as their last record made them.  Each is what the ledger says; hubs read it at start
-- instead of the whole ledger.  A policy has one row a version ("default@12"): tickets keep theirs.

create table directory (
    kind text collate "C" not null,
    id text collate "C" not null,
    seq bigint not null,    -- the record that made it so
    doc json not null,      -- kept as it was written: hubs read it, not PostgreSQL
    rev bigint not null,    -- the turn that wrote this row
    primary key (kind, id)
);
create index directory_rev on directory (rev);

-- Beats of sources are not records: a camera that says "alive" every minute would fill the ledger.
-- No index on rev: there are few rows, and so their updates stay in their page.
create table beat (
    agency text collate "C" not null,
    source text collate "C" not null,
    first bigint not null,   -- ms; 0: none
    last bigint not null,
    silent bigint not null,  -- the `since` of the last source.silent
    rev bigint not null,
    primary key (agency, source)
) with (fillfactor = 50);
