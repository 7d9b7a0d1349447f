-- The turn's tickets, whole.  $1 the turn
insert into ticket (rev, id, no, exercise, state, "into", seq, doc)
    select $1::bigint, unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::boolean[]),
        unnest($5::text[]), unnest($6::uuid[]), unnest($7::bigint[]), unnest($8::json[])
    on conflict (id) do update set rev = excluded.rev, no = excluded.no,
        exercise = excluded.exercise, state = excluded.state, "into" = excluded."into",
        seq = excluded.seq, doc = excluded.doc
