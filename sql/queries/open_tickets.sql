-- A load's next page: $2 tickets after $1 in order of id.
select id, seq, rev, no, exercise, state, "into", doc from ticket
    where state in ('open', 'resolved') and id > $1::uuid order by id limit $2::bigint
