-- The turn's beats.  $1 the turn
insert into beat (rev, agency, source, first, last, silent)
    select $1::bigint, n.* from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[],
        $6::bigint[]) as n
    on conflict (agency, source) do update set rev = excluded.rev, first = excluded.first,
        last = excluded.last, silent = excluded.silent
