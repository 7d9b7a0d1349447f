-- The turn's directory rows.  $1 the turn
insert into directory (rev, kind, id, seq, doc)
    select $1::bigint, unnest($2::text[]), unnest($3::text[]), unnest($4::bigint[]),
        unnest($5::json[])
    on conflict (kind, id) do update set rev = excluded.rev, seq = excluded.seq, doc = excluded.doc
