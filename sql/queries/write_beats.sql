-- The turn's beats.  $1 the turn
insert into beat (rev, agency, source, first, last, silent)
    select $1::bigint, unnest($2::text[]), unnest($3::text[]), unnest($4::bigint[]),
        unnest($5::bigint[]), unnest($6::bigint[])
    on conflict (agency, source) do update set rev = excluded.rev, first = excluded.first,
        last = excluded.last, silent = excluded.silent
