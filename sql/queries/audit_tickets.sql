-- All tickets whatever their state, $2 after $1 in order of id.
select id, seq, rev, no, exercise, state, "into", doc
    from ticket where id > $1::uuid order by id limit $2::bigint
