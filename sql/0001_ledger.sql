-- The ledger: every record in its place, and the head that every turn locks first.
-- It defends itself, whoever connects: rows are only ever added, and `seq` has no hole.

-- What was applied here, with the hash of the file as it was then (hub/store/migrate.c).
create table migration (
    no bigint primary key,
    name text not null,
    sha256 text not null,
    at timestamptz not null default clock_timestamp()
);

-- One row.  Who holds its lock has the turn: order of numbers = order of commits.  It is written by
-- every turn, so nearly all of its page is left free for its own next versions.
create table head (
    one boolean primary key default true check (one),
    seq bigint not null check (seq >= 0),                   -- the last record
    at bigint not null check (at >= 0),                     -- its time, ms
    rev bigint not null check (rev >= 0),                   -- the last turn; rows carry theirs
    no bigint not null check (no >= 0),                     -- the last ticket number
    no_exercise bigint not null check (no_exercise >= 0),   -- the same, of exercises
    accept_clock bigint not null check (accept_clock >= 0)  -- counts poskod --accept-clock
) with (fillfactor = 10);

create table ledger (
    seq bigint primary key check (seq > 0),
    at bigint not null check (at > 0),
    typ text collate "C" not null check (typ in ('record', 'admin', 'event')),
    kind text collate "C" not null,
    iss text collate "C" not null,
    act text collate "C" not null,
    kid text collate "C" not null,
    jti uuid not null,               -- the same string has the same jti: a repeat is found by it
    ticket uuid,                     -- who may read that ticket may read the record
    admins text collate "C",         -- the agency whose admins alone may read it
    sha256 bytea not null check (octet_length(sha256) = 32),
    leaf bytea not null check (octet_length(leaf) = 32),
    jws text collate "C" not null,   -- exactly as it was sent
    rev bigint not null
);
-- The hub's own apart: a clock's jti can be computed, and nobody may take it before it fires.
create unique index ledger_jti on ledger (jti, (typ = 'event'));
create index ledger_ticket on ledger (ticket, seq) where ticket is not null;

create function refuse_change() returns trigger
    language plpgsql as
$$
begin
    raise exception '% of % is refused: it is append-only', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

create trigger ledger_is_append_only before update or delete or truncate on ledger
    for each statement execute function refuse_change();
create trigger head_stays before delete or truncate on head
    for each statement execute function refuse_change();

-- A turn moves the head first, then adds its rows: they follow the last row without a hole and
-- end where the head says.
create function ledger_check_added() returns trigger
    language plpgsql as
$$
declare
    lowest bigint;
    highest bigint;
    rows bigint;
    before bigint;
begin
    select min(seq), max(seq), count(*) into lowest, highest, rows from added;
    if rows = 0 then
        return null;
    end if;
    -- Not max(): its plan may walk all rows below.
    select seq into before from ledger where seq < lowest order by seq desc limit 1;
    if lowest <> coalesce(before, 0) + 1 or highest - lowest + 1 <> rows then
        raise exception 'ledger rows % to % (%) do not follow row %', lowest, highest, rows, before
            using errcode = 'check_violation';
    end if;
    if highest is distinct from (select seq from head) then
        raise exception 'ledger ends at %, but its head says otherwise', highest
            using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create trigger ledger_has_no_holes after insert on ledger
    referencing new table as added
    for each statement execute function ledger_check_added();

-- The head goes forward only, one turn at a time (or none: accept_clock).
create function head_check_step() returns trigger
    language plpgsql as
$$
begin
    if new.seq < old.seq or new.at < old.at or new.rev not in (old.rev, old.rev + 1)
        or (new.seq > old.seq and new.rev = old.rev)
        or new.no < old.no or new.no_exercise < old.no_exercise
        or new.accept_clock < old.accept_clock
    then
        raise exception 'the head goes forward, one turn at a time'
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger head_goes_forward before update on head
    for each row execute function head_check_step();

-- And at COMMIT it is the ledger's last row.
create function head_check_seq() returns trigger
    language plpgsql as
$$
begin
    if (select seq from head) <> coalesce((select max(seq) from ledger), 0) then
        raise exception 'the head is not the ledger''s last row'
            using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger head_is_last after insert or update on head
    deferrable initially deferred
    for each row execute function head_check_seq();

-- Also in a session that switched triggers off for replication.
alter table ledger enable always trigger ledger_is_append_only;
alter table ledger enable always trigger ledger_has_no_holes;
alter table head enable always trigger head_stays;
alter table head enable always trigger head_goes_forward;
alter table head enable always trigger head_is_last;

insert into head (seq, at, rev, no, no_exercise, accept_clock) values (0, 0, 0, 0, 0, 0);
