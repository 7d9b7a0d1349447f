-- What the migrations make, for readers; made by tests/sql/schema and compared by a test.

CREATE DOMAIN public.counted AS bigint
	CONSTRAINT counted_check CHECK ((VALUE >= 0));

CREATE DOMAIN public.numbered AS bigint
	CONSTRAINT numbered_check CHECK ((VALUE > 0));

CREATE DOMAIN public.only_true AS boolean
	CONSTRAINT only_true_check CHECK (VALUE);

CREATE DOMAIN public.record_typ AS text COLLATE pg_catalog."C"
	CONSTRAINT record_typ_check CHECK ((VALUE = ANY (ARRAY['record'::text, 'admin'::text, 'event'::text])));

CREATE DOMAIN public.sha256_hash AS bytea
	CONSTRAINT sha256_hash_check CHECK ((octet_length(VALUE) = 32));

CREATE DOMAIN public.ticket_state AS text COLLATE pg_catalog."C"
	CONSTRAINT ticket_state_check1 CHECK ((VALUE = ANY (ARRAY['open'::text, 'resolved'::text, 'closed'::text, 'merged'::text])));

CREATE FUNCTION public.head_check_seq() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if (select seq from head) <> coalesce((select max(seq) from ledger), 0) then
        raise exception 'the head is not the ledger''s last row'
            using errcode = 'check_violation';
    end if;
    return null;
end
$$;

CREATE FUNCTION public.head_check_step() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.ledger_check_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.posko_copies() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    select 1 + least(
        (select count(*) from pg_stat_replication
            where state = 'streaming' and sync_state in ('sync', 'quorum')),
        coalesce(substring(current_setting('synchronous_standby_names')
            from '^\s*(?:any\s+|first\s+|ANY\s+|FIRST\s+)?(\d+)\s*\(')::bigint, 1))
$$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception '% of % is refused: it is append-only', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

CREATE TABLE public.beat (
    agency text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    first bigint NOT NULL,
    last bigint NOT NULL,
    silent bigint NOT NULL,
    rev bigint NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.directory (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    doc json NOT NULL,
    rev bigint NOT NULL
);

CREATE TABLE public.head (
    one public.only_true DEFAULT true NOT NULL,
    seq public.counted NOT NULL,
    at public.counted NOT NULL,
    rev public.counted NOT NULL,
    no public.counted NOT NULL,
    no_exercise public.counted NOT NULL,
    accept_clock public.counted NOT NULL
)
WITH (fillfactor='10');

CREATE TABLE public.hubs (
    name text NOT NULL COLLATE pg_catalog."C",
    told bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.ledger (
    seq public.numbered NOT NULL,
    at public.numbered NOT NULL,
    typ public.record_typ NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    iss text NOT NULL COLLATE pg_catalog."C",
    act text NOT NULL COLLATE pg_catalog."C",
    kid text NOT NULL COLLATE pg_catalog."C",
    jti uuid NOT NULL,
    ticket uuid,
    admins text COLLATE pg_catalog."C",
    sha256 public.sha256_hash NOT NULL,
    leaf public.sha256_hash NOT NULL,
    jws text NOT NULL COLLATE pg_catalog."C",
    rev bigint NOT NULL
);

CREATE TABLE public.migration (
    no bigint NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.obligation (
    inc uuid NOT NULL,
    agency text NOT NULL COLLATE pg_catalog."C",
    what text NOT NULL COLLATE pg_catalog."C",
    about text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL,
    due bigint NOT NULL,
    next bigint NOT NULL,
    step bigint NOT NULL,
    sev text NOT NULL COLLATE pg_catalog."C"
)
WITH (autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE public.ticket (
    id uuid NOT NULL,
    no public.numbered NOT NULL,
    exercise boolean NOT NULL,
    state public.ticket_state NOT NULL,
    "into" uuid,
    seq bigint NOT NULL,
    rev bigint NOT NULL,
    doc json NOT NULL,
    CONSTRAINT ticket_check CHECK ((("into" IS NOT NULL) = ((state)::text = 'merged'::text)))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

ALTER TABLE ONLY public.beat
    ADD CONSTRAINT beat_pkey PRIMARY KEY (agency, source);

ALTER TABLE ONLY public.directory
    ADD CONSTRAINT directory_pkey PRIMARY KEY (kind, id);

ALTER TABLE ONLY public.head
    ADD CONSTRAINT head_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.hubs
    ADD CONSTRAINT hubs_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (no);

ALTER TABLE ONLY public.obligation
    ADD CONSTRAINT obligation_pkey PRIMARY KEY (inc, agency, what, about);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_exercise_no_key UNIQUE (exercise, no);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (id);

CREATE INDEX directory_rev ON public.directory USING btree (rev);

CREATE UNIQUE INDEX ledger_jti ON public.ledger USING btree (jti, (((typ)::text = 'event'::text)));

CREATE INDEX ledger_ticket ON public.ledger USING btree (ticket, seq) WHERE (ticket IS NOT NULL);

CREATE INDEX ticket_live ON public.ticket USING btree (id) WHERE ((state)::text = ANY (ARRAY['open'::text, 'resolved'::text]));

CREATE INDEX ticket_rev ON public.ticket USING btree (rev);

CREATE TRIGGER head_goes_forward BEFORE UPDATE ON public.head FOR EACH ROW EXECUTE FUNCTION public.head_check_step();

ALTER TABLE public.head ENABLE ALWAYS TRIGGER head_goes_forward;

CREATE CONSTRAINT TRIGGER head_is_last AFTER INSERT OR UPDATE ON public.head DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.head_check_seq();

ALTER TABLE public.head ENABLE ALWAYS TRIGGER head_is_last;

CREATE TRIGGER head_stays BEFORE DELETE OR TRUNCATE ON public.head FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE public.head ENABLE ALWAYS TRIGGER head_stays;

CREATE TRIGGER ledger_has_no_holes AFTER INSERT ON public.ledger REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_check_added();

ALTER TABLE public.ledger ENABLE ALWAYS TRIGGER ledger_has_no_holes;

CREATE TRIGGER ledger_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE public.ledger ENABLE ALWAYS TRIGGER ledger_is_append_only;

REVOKE ALL ON FUNCTION public.posko_copies() FROM PUBLIC;
GRANT ALL ON FUNCTION public.posko_copies() TO posko_hub;

GRANT SELECT,INSERT,UPDATE ON TABLE public.beat TO posko_hub;

GRANT SELECT,INSERT,UPDATE ON TABLE public.directory TO posko_hub;

GRANT SELECT,UPDATE ON TABLE public.head TO posko_hub;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.hubs TO posko_hub;

GRANT SELECT,INSERT ON TABLE public.ledger TO posko_hub;

GRANT SELECT ON TABLE public.migration TO posko_hub;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.obligation TO posko_hub;

GRANT SELECT,INSERT,UPDATE ON TABLE public.ticket TO posko_hub;

