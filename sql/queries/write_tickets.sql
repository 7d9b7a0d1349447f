-- The turn's tickets, whole.  $1 the turn
insert into ticket (rev, id, no, exercise, state, "into", seq, doc)
    select $1::bigint, n.* from unnest($2::uuid[], $3::bigint[], $4::boolean[], $5::text[],
        $6::uuid[], $7::bigint[], $8::json[]) as n
    on conflict (id) do update set rev = excluded.rev, no = excluded.no,
        exercise = excluded.exercise, state = excluded.state, "into" = excluded."into",
        seq = excluded.seq, doc = excluded.doc
